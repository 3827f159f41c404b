//! Every client's boot, step by step: what came in and the time go in; where
//! each client stands, and why it stands there, comes out. Pure.
//!
//! What strangers send fills it, so it is bounded: in clients, in steps of
//! each, in bytes of each text. A transfer's progress is a counter that its
//! engine stores to and that is read when somebody looks: the engines neither
//! wait here nor tell every block.

mod book;
mod count;
mod event;
mod record;
mod state;
mod view;

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use book::Book;
pub use count::Counts;
pub use event::{Answered, Exchange, Id, Millis, Outcome, Way};
pub use state::{State, Verdict};
pub use view::{Detail, News, Past, Row, Snapshot, StepRow};

/// Clients remembered.
pub const MOST_CLIENTS: usize = 4096;
/// Steps of one boot that are kept: the first and the last of them.
pub const MOST_STEPS: usize = 40;

/// The timelines of all clients, shared by who writes and who looks.
#[derive(Debug, Default)]
pub struct Timeline(Mutex<Book>);

/// A transfer under way.
#[derive(Debug)]
pub struct Transfer {
    client: Id,
    number: u64,
    way: Way,
    reached: Arc<AtomicU64>,
}

impl Transfer {
    /// So many bytes have arrived, as far as is known.
    pub fn reached(&self, bytes: u64) {
        self.reached.store(bytes, Ordering::Relaxed);
    }

    /// How it travels.
    pub fn way(&self) -> Way {
        self.way
    }

    /// How many bytes had arrived when it was told last.
    pub fn bytes(&self) -> u64 {
        self.reached.load(Ordering::Relaxed)
    }
}

impl Timeline {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A DHCP message, and what came of it.
    pub fn exchanged(&self, exchange: &Exchange<'_>, now: Millis) {
        self.book().exchanged(exchange, now);
    }

    /// A transfer begins.
    pub fn began(
        &self,
        address: Ipv4Addr,
        way: Way,
        file: &str,
        size: Option<u64>,
        now: Millis,
    ) -> Transfer {
        self.book().began(address, way, file, size, now)
    }

    /// A transfer has ended.
    pub fn ended(&self, transfer: &Transfer, outcome: &Outcome, resends: u64, now: Millis) {
        self.book().ended(transfer, outcome, resends, now);
    }

    /// A request for a file was refused; `code` is TFTP's or HTTP's number.
    pub fn refused(
        &self,
        address: Ipv4Addr,
        way: Way,
        file: &str,
        code: u16,
        why: &str,
        now: Millis,
    ) {
        self.book().refused(address, way, file, (code, why), now);
    }

    /// Where every client stands.
    pub fn snapshot(&self, now: Millis) -> Snapshot {
        self.book().snapshot(now)
    }

    /// One client's boot, and those before it.
    pub fn detail(&self, client: Id, now: Millis) -> Option<Detail> {
        self.book().detail(client, now)
    }

    /// What is new since that number, which was given by the call before;
    /// without one, where everybody stands now.
    pub fn news(&self, since: Option<u64>, now: Millis) -> News {
        self.book().news(since, now)
    }

    /// The boots that have come to an end since it was asked last.
    pub fn settled(&self, now: Millis) -> Vec<Row> {
        self.book().settled(now)
    }

    /// Numbers since the start.
    pub fn counts(&self, now: Millis) -> Counts {
        self.book().counts(now)
    }
}

#[cfg(test)]
#[path = "timeline/tests.rs"]
mod tests;
