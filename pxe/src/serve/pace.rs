//! When packets are taken and when is synced: at once for a client that comes
//! alone, in turns for those that come close together. A wakeup and a sync are
//! what an exchange costs most of, and one of each serves a whole turn.

use std::time::{Duration, Instant};

/// Packets taken before their answers go out.
pub(super) const BURST: usize = 512;
/// Turns follow each other after this time, which no client notices.
const TURN: Duration = Duration::from_millis(3);
/// So many packets found at once are clients that come close together.
const CROWD: usize = 4;

/// The pace of the loop.
#[derive(Debug)]
pub(super) struct Pace {
    turn: Instant,
    rests: bool,
}

impl Pace {
    pub(super) fn begin(now: Instant) -> Pace {
        Pace {
            turn: now,
            rests: false,
        }
    }

    /// Until then packets are left where they are.
    pub(super) fn rest(&self) -> Option<Instant> {
        self.rests.then_some(self.turn)
    }

    /// After so many packets were taken, and with so many changes that wait to
    /// be durable: whether they are synced now.
    pub(super) fn after(&mut self, taken: usize, changes: usize, now: Instant) -> bool {
        let idle = changes == 0 && taken < CROWD;
        let turns = !idle && (now >= self.turn || changes >= BURST);
        if turns {
            self.turn = now + TURN;
        }
        let syncs = turns && changes > 0;
        // A burst that was cut short left packets behind.
        self.rests = !idle && taken < BURST && (taken >= CROWD || !syncs);
        syncs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    #[test]
    fn a_client_that_comes_alone_waits_for_nothing() {
        let mut now = Instant::now();
        let mut pace = Pace::begin(now);
        for _ in 0..3 {
            assert!(!pace.after(1, 0, now), "a DISCOVER rests on nothing");
            assert_eq!(pace.rest(), None);
            now += MILLI;
            assert!(pace.after(1, 1, now), "its REQUEST is synced at once");
            assert_eq!(pace.rest(), None);
            now += 10 * MILLI;
        }
    }

    #[test]
    fn who_asks_soon_after_another_is_synced_with_those_who_ask_meanwhile() {
        let now = Instant::now();
        let mut pace = Pace::begin(now);
        assert!(pace.after(1, 1, now));
        assert!(!pace.after(1, 1, now + MILLI));
        assert_eq!(pace.rest(), Some(now + TURN));
        assert!(pace.after(2, 3, now + TURN));
        assert_eq!(pace.rest(), None);
    }

    #[test]
    fn a_crowd_is_served_in_turns_whether_or_not_there_is_something_to_sync() {
        let now = Instant::now();
        let mut pace = Pace::begin(now);
        assert!(!pace.after(CROWD, 0, now));
        assert_eq!(pace.rest(), Some(now + TURN));
        assert!(pace.after(CROWD, 2, now + TURN));
        assert_eq!(pace.rest(), Some(now + 2 * TURN));
        assert!(!pace.after(0, 0, now + 2 * TURN));
        assert_eq!(pace.rest(), None, "they are gone");
    }

    #[test]
    fn nothing_rests_while_packets_are_left_behind() {
        let now = Instant::now();
        let mut pace = Pace::begin(now);
        assert!(!pace.after(BURST, 0, now));
        assert_eq!(pace.rest(), None);
        assert!(pace.after(BURST, BURST, now), "though no turn is due");
        assert_eq!(pace.rest(), None);
    }

    #[test]
    fn changes_never_wait_longer_than_a_turn() {
        let now = Instant::now();
        let mut pace = Pace::begin(now);
        assert!(pace.after(1, 1, now));
        assert!(!pace.after(1, 1, now + MILLI));
        // Woken by something else: it is still the same turn.
        assert!(!pace.after(0, 1, now + 2 * MILLI));
        assert_eq!(pace.rest(), Some(now + TURN));
        assert!(pace.after(0, 1, now + TURN));
    }
}
