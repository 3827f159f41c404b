//! A bound on lines that strangers can cause. What is held back is counted,
//! and the count is written: a flood is seen, but does not fill a disk.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines in one window. A classroom with a mistake in its configuration is
/// still seen machine by machine.
const LINES: u32 = 50;
/// Over how long they are counted.
const WINDOW: Duration = Duration::from_secs(10);

/// The lines of one kind.
#[derive(Debug, Default)]
pub(crate) struct Restraint(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    began: Option<Instant>,
    lines: u32,
    held: u64,
}

impl Restraint {
    /// Whether a line may be written now; those that may not are counted.
    pub(crate) fn admit(&self, now: Instant) -> bool {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if window.is_over(now) {
            window.began = Some(now);
            window.lines = 0;
        }
        if window.lines >= LINES {
            window.held += 1;
            return false;
        }
        window.lines += 1;
        true
    }

    /// How many were held back since it was asked last, once their window is
    /// over.
    pub(crate) fn held_back(&self, now: Instant) -> Option<u64> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if window.held == 0 || !window.is_over(now) {
            return None;
        }
        Some(std::mem::take(&mut window.held))
    }
}

impl Window {
    fn is_over(&self, now: Instant) -> bool {
        self.began
            .is_none_or(|began| now.saturating_duration_since(began) >= WINDOW)
    }
}

#[cfg(test)]
#[path = "restraint/tests.rs"]
mod tests;
