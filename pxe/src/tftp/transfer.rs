//! One read transfer from the server's side: which blocks go out when.
//!
//! Blocks are counted from 1 without wrapping; on the wire they are taken
//! modulo 65536, so a file longer than that many blocks goes on with block 0
//! (what every implementation does; RFC 1350 does not say). Time is measured
//! from any fixed moment.

use std::time::Duration;

use super::negotiate::Agreement;

/// Without an answer for this long the client is taken for gone.
pub const PATIENCE: Duration = Duration::from_secs(30);
const FIRST_TIMEOUT: Duration = Duration::from_secs(1);
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(50);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(8);

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing before the next packet or the deadline.
    Wait,
    /// Send the OACK.
    OptionAck,
    /// Send these blocks.
    Send {
        /// The first block.
        first: u64,
        /// How many.
        count: u16,
    },
    /// The last block is acknowledged.
    Finished,
    /// The client does not answer any more.
    GaveUp,
}

/// The state of a transfer.
#[derive(Debug)]
pub struct Transfer {
    window: u16,
    fixed_timeout: Option<Duration>,
    /// Number of the last block, the one shorter than the others.
    last: u64,
    acked: u64,
    sent: u64,
    options_pending: bool,
    /// The window after this block went out again at once; another gap
    /// report about it waits for the timer, so that late duplicates of one
    /// report do not multiply the traffic.
    resent_after: Option<u64>,
    resends: u64,
    timing: Timing,
    sent_at: Duration,
    progress_at: Duration,
    deadline: Duration,
}

impl Transfer {
    /// A transfer of `size` bytes that starts at `now`, and its first action.
    pub fn start(agreement: &Agreement, size: u64, now: Duration) -> (Transfer, Action) {
        let mut transfer = Transfer {
            window: agreement.window.max(1),
            fixed_timeout: agreement.timeout,
            last: size / u64::from(agreement.block.max(1)) + 1,
            acked: 0,
            sent: 0,
            options_pending: !agreement.acknowledged.is_empty(),
            resent_after: None,
            resends: 0,
            timing: Timing::default(),
            sent_at: now,
            progress_at: now,
            deadline: now,
        };
        let action = if transfer.options_pending {
            transfer.arm(now);
            Action::OptionAck
        } else {
            transfer.send_window(now)
        };
        (transfer, action)
    }

    /// An ACK came in.
    pub fn on_ack(&mut self, block: u16, now: Duration) -> Action {
        if self.options_pending {
            if block != 0 {
                return Action::Wait;
            }
            self.options_pending = false;
            self.measure(now);
            return self.send_window(now);
        }
        // Truncation is the wrap of the wire.
        let ahead = u64::from(block.wrapping_sub(self.acked as u16));
        if ahead == 0 {
            // With single blocks a repeated ACK is a late duplicate; to
            // answer it would double every later block (RFC 1123 §4.2.3.1,
            // the sorcerer's apprentice). With windows it reports that the
            // first block of the window is missing (RFC 7440 §4).
            if self.window == 1 || self.resent_after == Some(self.acked) {
                return Action::Wait;
            }
            self.resent_after = Some(self.acked);
            self.resends += 1;
            return self.send_window(now);
        }
        if ahead > self.sent - self.acked {
            return Action::Wait;
        }
        let gap = ahead < self.sent - self.acked;
        self.acked += ahead;
        self.measure(now);
        if self.acked == self.last {
            return Action::Finished;
        }
        if gap {
            self.resends += 1;
            self.resent_after = Some(self.acked);
        }
        self.send_window(now)
    }

    /// The deadline passed.
    pub fn on_timeout(&mut self, now: Duration) -> Action {
        if now < self.deadline {
            return Action::Wait;
        }
        if now >= self.progress_at + PATIENCE {
            return Action::GaveUp;
        }
        self.timing.back_off();
        self.resends += 1;
        if self.options_pending {
            self.arm(now);
            return Action::OptionAck;
        }
        self.resent_after = None;
        self.send_window(now)
    }

    /// When [`on_timeout`](Self::on_timeout) is due.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// How often something was sent again.
    pub fn resends(&self) -> u64 {
        self.resends
    }

    /// Bytes acknowledged, for blocks of this size.
    pub fn acknowledged(&self) -> u64 {
        self.acked
    }

    fn send_window(&mut self, now: Duration) -> Action {
        let count = u64::from(self.window).min(self.last - self.acked);
        self.sent = self.acked + count;
        self.arm(now);
        Action::Send {
            first: self.acked + 1,
            count: u16::try_from(count).unwrap_or(self.window),
        }
    }

    fn arm(&mut self, now: Duration) {
        self.sent_at = now;
        let timeout = match self.fixed_timeout {
            Some(fixed) => fixed,
            None => self.timing.timeout(),
        };
        self.deadline = now + timeout;
    }

    fn measure(&mut self, now: Duration) {
        self.progress_at = now;
        self.timing.measured(now.saturating_sub(self.sent_at));
    }
}

/// Round trips after RFC 6298 §2.
#[derive(Debug, Default)]
struct Timing {
    smoothed: Option<(Duration, Duration)>,
    backoff: u32,
}

impl Timing {
    fn measured(&mut self, sample: Duration) {
        // After a resend it is unknown which packet was answered (Karn).
        if self.backoff == 0 {
            self.smoothed = Some(match self.smoothed {
                None => (sample, sample / 2),
                Some((mean, variation)) => (
                    (mean * 7 + sample) / 8,
                    (variation * 3 + mean.abs_diff(sample)) / 4,
                ),
            });
        }
        self.backoff = 0;
    }

    fn back_off(&mut self) {
        self.backoff = (self.backoff + 1).min(16);
    }

    fn timeout(&self) -> Duration {
        let base = self
            .smoothed
            .map_or(FIRST_TIMEOUT, |(mean, variation)| mean + variation * 4);
        (base.clamp(SHORTEST_TIMEOUT, LONGEST_TIMEOUT) * 2_u32.pow(self.backoff))
            .min(LONGEST_TIMEOUT)
    }
}

#[cfg(test)]
#[path = "transfer/tests.rs"]
mod tests;
