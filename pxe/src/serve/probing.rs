//! Offers that wait until it is seen whether somebody already uses their
//! address (RFC 2131 §3.1, point 2). A machine that answers an echo has it;
//! silence for half a second means it is free, as far as one can know.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use crate::sys::echo::Echo;

const PATIENCE: Duration = Duration::from_millis(500);
/// Offers that wait at once; further ones go out without a question, because
/// a flood of DISCOVERs must not hold up the others.
const MOST: usize = 256;

/// The offers that wait, by address.
#[derive(Debug)]
pub(super) struct Probing<T> {
    echo: Echo,
    waiting: BTreeMap<Ipv4Addr, (Instant, T)>,
}

impl<T> Probing<T> {
    pub(super) fn new(echo: Echo) -> Probing<T> {
        Probing {
            echo,
            waiting: BTreeMap::new(),
        }
    }

    /// Asks for the address and keeps the offer; gives it back when it is to
    /// go out at once. A client that repeats itself is not asked for twice.
    pub(super) fn hold(&mut self, address: Ipv4Addr, offer: T, now: Instant) -> Option<T> {
        if self.waiting.contains_key(&address) {
            return None;
        }
        if self.waiting.len() >= MOST || self.echo.ask(address).is_err() {
            return Some(offer);
        }
        self.waiting.insert(address, (now + PATIENCE, offer));
        None
    }

    /// The addresses that turned out to be in use; their offers are dropped.
    pub(super) fn in_use(&mut self) -> Vec<Ipv4Addr> {
        let mut found = Vec::new();
        while let Some(address) = self.echo.answered() {
            if self.waiting.remove(&address).is_some() {
                found.push(address);
            }
        }
        found
    }

    /// The offers whose address stayed silent.
    pub(super) fn free(&mut self, now: Instant) -> Vec<T> {
        let ripe: Vec<Ipv4Addr> = self
            .waiting
            .iter()
            .filter(|(_, (due, _))| *due <= now)
            .map(|(address, _)| *address)
            .collect();
        ripe.iter()
            .filter_map(|address| self.waiting.remove(address))
            .map(|(_, offer)| offer)
            .collect()
    }

    /// How long until the next offer is due.
    pub(super) fn pause(&self, now: Instant) -> Option<Duration> {
        let due = self.waiting.values().map(|(due, _)| *due).min()?;
        Some(due.saturating_duration_since(now))
    }
}

impl<T> AsFd for Probing<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.echo.as_fd()
    }
}
