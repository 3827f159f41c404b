//! One write transfer from the server's side: which blocks are taken, what is
//! acknowledged when (RFC 1350 §4, RFC 7440 §3). Time is measured from any
//! fixed moment.

use std::time::Duration;

use super::negotiate::Agreement;
use super::transfer::PATIENCE;

const TIMEOUT: Duration = Duration::from_secs(1);

/// The state of a transfer to us.
#[derive(Debug)]
pub struct Reception {
    block: usize,
    window: u64,
    timeout: Duration,
    /// Blocks that came in order.
    got: u64,
    since_acknowledged: u64,
    /// One report of a gap is enough; what is still on its way behind it
    /// would ask for the same again and again.
    gap_reported: bool,
    finished: bool,
    progress_at: Duration,
    deadline: Duration,
}

/// What to do with a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Intake {
    /// Its bytes are the next of the file.
    pub take: bool,
    /// The acknowledgement to send.
    pub acknowledge: Option<u16>,
    /// It is the last block: make the file durable, then acknowledge.
    pub finished: bool,
}

/// What to do when nothing came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// Not yet.
    Wait,
    /// Begin again: the OACK, or the ACK of block 0.
    Begin,
    /// This acknowledgement again.
    Acknowledge(u16),
    /// The client is gone.
    GaveUp,
}

impl Reception {
    /// A transfer that begins at `now`, with its OACK or ACK 0 just sent.
    pub fn start(agreement: &Agreement, now: Duration) -> Reception {
        let timeout = agreement.timeout.unwrap_or(TIMEOUT);
        Reception {
            block: usize::from(agreement.block),
            window: agreement.window.max(1).into(),
            timeout,
            got: 0,
            since_acknowledged: 0,
            gap_reported: false,
            finished: false,
            progress_at: now,
            deadline: now + timeout,
        }
    }

    /// A block of `len` bytes came.
    pub fn on_data(&mut self, number: u16, len: usize, now: Duration) -> Intake {
        if len > self.block {
            return Intake::default();
        }
        let acknowledged = self.acknowledgement();
        let ahead = number.wrapping_sub(acknowledged);
        if self.finished || ahead == 0 {
            // What was taken already: our acknowledgement was lost. Only the
            // newest is repeated, or every late block would have one.
            return Intake {
                acknowledge: (ahead == 0).then_some(acknowledged),
                ..Intake::default()
            };
        }
        if ahead > 1 {
            let gap = u64::from(ahead) <= self.window && !self.gap_reported;
            self.gap_reported |= gap;
            return Intake {
                acknowledge: gap.then_some(acknowledged),
                ..Intake::default()
            };
        }
        self.got += 1;
        self.since_acknowledged += 1;
        self.gap_reported = false;
        self.progress_at = now;
        self.deadline = now + self.timeout;
        self.finished = len < self.block;
        let due = self.finished || self.since_acknowledged >= self.window;
        if due {
            self.since_acknowledged = 0;
        }
        Intake {
            take: true,
            acknowledge: due.then(|| self.acknowledgement()),
            finished: self.finished,
        }
    }

    /// The deadline passed.
    pub fn on_timeout(&mut self, now: Duration) -> Overdue {
        if now < self.deadline {
            return Overdue::Wait;
        }
        if now >= self.progress_at + PATIENCE {
            return Overdue::GaveUp;
        }
        self.deadline = now + self.timeout;
        self.since_acknowledged = 0;
        self.gap_reported = false;
        if self.got == 0 {
            Overdue::Begin
        } else {
            Overdue::Acknowledge(self.acknowledgement())
        }
    }

    /// When [`on_timeout`](Self::on_timeout) is due.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// The newest block as the wire counts, modulo 65536.
    fn acknowledgement(&self) -> u16 {
        (self.got & 0xffff) as u16
    }
}

#[cfg(test)]
#[path = "reception/tests.rs"]
mod tests;
