use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn agreement(window: u16, options: bool) -> Agreement {
    Agreement {
        block: 512,
        window,
        timeout: None,
        acknowledged: if options {
            vec![("windowsize", window.to_string())]
        } else {
            Vec::new()
        },
    }
}

const MS: Duration = Duration::from_millis(1);

fn send(first: u64, count: u16) -> Action {
    Action::Send { first, count }
}

#[test]
fn a_plain_transfer_goes_block_by_block_to_a_short_last_one() {
    let (mut transfer, action) = Transfer::start(&agreement(1, false), 1024, MS);
    assert_eq!(action, send(1, 1));
    assert_eq!(transfer.on_ack(1, MS), send(2, 1));
    assert_eq!(transfer.on_ack(2, MS), send(3, 1));
    assert_eq!(transfer.on_ack(3, MS), Action::Finished);
}

#[test]
fn options_are_acknowledged_before_the_first_window() {
    let (mut transfer, action) = Transfer::start(&agreement(4, true), 512 * 5, MS);
    assert_eq!(action, Action::OptionAck);
    assert_eq!(transfer.on_ack(4, MS), Action::Wait);
    assert_eq!(transfer.on_ack(0, MS), send(1, 4));
    assert_eq!(transfer.on_ack(4, MS), send(5, 2));
    assert_eq!(transfer.on_ack(6, MS), Action::Finished);
}

#[test]
fn a_gap_is_filled_at_once_and_once() {
    let (mut transfer, _) = Transfer::start(&agreement(4, false), 512 * 20, MS);
    // Block 3 was lost.
    assert_eq!(transfer.on_ack(2, MS), send(3, 4));
    // The same report again, for the packets behind the gap.
    assert_eq!(transfer.on_ack(2, MS), Action::Wait);
    assert_eq!(transfer.on_ack(6, MS), send(7, 4));
    // The first of a window was lost.
    assert_eq!(transfer.on_ack(6, MS), send(7, 4));
    assert_eq!(transfer.on_ack(6, MS), Action::Wait);
    assert_eq!(transfer.resends(), 2);
}

#[test]
fn repeated_acks_of_single_blocks_do_not_multiply() {
    let (mut transfer, _) = Transfer::start(&agreement(1, false), 512 * 20, MS);
    assert_eq!(transfer.on_ack(1, MS), send(2, 1));
    for _ in 0..10 {
        assert_eq!(transfer.on_ack(1, MS), Action::Wait);
    }
}

#[test]
fn acks_from_the_future_and_the_past_change_nothing() {
    let (mut transfer, _) = Transfer::start(&agreement(4, false), 512 * 20, MS);
    assert_eq!(transfer.on_ack(4, MS), send(5, 4));
    for stray in [9, 100, 3, 1, 65535] {
        assert_eq!(transfer.on_ack(stray, MS), Action::Wait, "{stray}");
    }
}

#[test]
fn silence_is_answered_with_growing_pauses_and_an_end() {
    let (mut transfer, _) = Transfer::start(&agreement(1, false), 512 * 20, Duration::ZERO);
    let mut pauses = Vec::new();
    let mut now = Duration::ZERO;
    loop {
        let next = transfer.deadline();
        assert!(next > now);
        assert_eq!(transfer.on_timeout(next - MS), Action::Wait);
        pauses.push((next - now).as_secs());
        now = next;
        match transfer.on_timeout(now) {
            Action::GaveUp => break,
            action => assert_eq!(action, send(1, 1)),
        }
    }
    assert_eq!(pauses, [1, 2, 4, 8, 8, 8]);
    assert!(now >= PATIENCE);
}

#[test]
fn the_pause_follows_the_measured_round_trip() {
    let (mut transfer, _) = Transfer::start(&agreement(1, false), 512 * 99, Duration::ZERO);
    let mut now = Duration::ZERO;
    for block in 1..30 {
        now += MS * 20;
        transfer.on_ack(block, now);
    }
    let pause = transfer.deadline() - now;
    assert!((SHORTEST_TIMEOUT..MS * 100).contains(&pause), "{pause:?}");
}

#[test]
fn block_numbers_wrap_to_zero() {
    let (mut transfer, mut action) = Transfer::start(&agreement(1, false), 512 * 70_000, MS);
    for block in 1..=70_001_u64 {
        assert_eq!(action, send(block, 1));
        action = transfer.on_ack((block % 65536) as u16, MS);
    }
    assert_eq!(action, Action::Finished);
}

/// A client after RFC 7440 that acknowledges each window, reports gaps, and
/// repeats itself after a second without packets.
struct Client {
    received: u64,
    window: u64,
    since_ack: u64,
    heard: Duration,
}

impl Client {
    fn data(&mut self, block: u64, last: u64) -> Option<u16> {
        if block != self.received + 1 {
            let report = block > self.received && self.since_ack > 0;
            self.since_ack = 0;
            return report.then_some(self.received as u16);
        }
        self.received += 1;
        self.since_ack += 1;
        if self.since_ack == self.window || self.received == last {
            self.since_ack = 0;
            return Some(self.received as u16);
        }
        None
    }
}

proptest! {
    /// With packets lost, doubled and overtaken in both directions, in
    /// virtual time, every transfer ends with every block received.
    #[test]
    fn every_transfer_over_a_bad_network_ends_whole(
        window in prop::sample::select(vec![1_u16, 4, 16]),
        blocks in 0_u64..120,
        fates in proptest::collection::vec(0_u8..20, 40..80),
    ) {
        let size = blocks * 512;
        let last = blocks + 1;
        let (mut transfer, first) = Transfer::start(&agreement(window, false), size, Duration::ZERO);
        let mut client = Client { received: 0, window: window.into(), since_ack: 0, heard: Duration::ZERO };
        // (arrival, order) -> towards the client a block, towards the server an ACK
        let mut flight: BTreeMap<(Duration, u64), Result<u64, u16>> = BTreeMap::new();
        let mut order = 0_u64;
        let mut fate = fates.iter().cycle();
        let mut launch = |flight: &mut BTreeMap<_, _>, now: Duration, packet: Result<u64, u16>| {
            let copies = match fate.next() { Some(0 | 1) => 0, Some(2) => 2, _ => 1 };
            for copy in 0..copies {
                order += 1;
                let late = if order.is_multiple_of(7) { MS * 3 } else { MS };
                flight.insert((now + late + MS * copy, order), packet);
            }
        };
        let mut now = Duration::ZERO;
        let mut pending = vec![first];
        let mut finished = false;
        for _ in 0..200_000 {
            for action in pending.drain(..) {
                match action {
                    Action::Send { first, count } => {
                        for block in first..first + u64::from(count) {
                            prop_assert!(block <= last);
                            launch(&mut flight, now, Ok(block));
                        }
                    }
                    Action::Finished => finished = true,
                    Action::GaveUp => prop_assert!(false, "gave up"),
                    Action::Wait | Action::OptionAck => {}
                }
            }
            if finished {
                break;
            }
            let next_packet = flight.keys().next().map(|(at, _)| *at);
            let timer = transfer.deadline();
            let repeat = client.heard + Duration::from_secs(1);
            now = [next_packet, Some(timer), Some(repeat)].into_iter().flatten().min().unwrap().max(now);
            if next_packet.is_some_and(|at| at <= now) {
                let (_, packet) = flight.pop_first().unwrap();
                match packet {
                    Ok(block) => {
                        client.heard = now;
                        if let Some(ack) = client.data(block, last) {
                            launch(&mut flight, now, Err(ack));
                        }
                    }
                    Err(ack) => pending.push(transfer.on_ack(ack, now)),
                }
            } else if timer <= now {
                pending.push(transfer.on_timeout(now));
            } else {
                client.heard = now;
                client.since_ack = 0;
                launch(&mut flight, now, Err(client.received as u16));
            }
        }
        prop_assert!(finished, "stuck at {} of {last}", client.received);
        prop_assert_eq!(client.received, last);
    }
}
