//! Signals that must wait while an address is borrowed.

use std::cell::Cell;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// SIGINT, SIGTERM and SIGHUP, held for as long as this lives.
#[derive(Debug)]
pub(super) struct Interrupt {
    before: SigSet,
    signals: SignalFd,
    came: Cell<Option<Signal>>,
}

impl Interrupt {
    /// Holds them.
    pub(super) fn hold() -> io::Result<Interrupt> {
        let mut set = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            set.add(signal);
        }
        let before = set.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        let signals = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        Ok(Interrupt {
            before,
            signals,
            came: Cell::new(None),
        })
    }

    /// Whether one came.
    pub(super) fn came(&self) -> bool {
        if self.came.get().is_none()
            && let Ok(Some(info)) = self.signals.read_signal()
        {
            let signal = i32::try_from(info.ssi_signo).ok();
            self.came
                .set(signal.and_then(|number| Signal::try_from(number).ok()));
        }
        self.came.get().is_some()
    }

    /// Lets them through again; the one that came does what it does.
    pub(super) fn release(self) {
        self.came();
        drop(self);
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        let _ = self.before.thread_set_mask();
        if let Some(signal) = self.came.get() {
            let _ = nix::sys::signal::raise(signal);
        }
    }
}

impl AsFd for Interrupt {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }
}
