//! What the main thread does while the others serve: signals, signs of life,
//! and lines that only time makes due.

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::reload::Mailbox;
use crate::error::Result;
use crate::log::Log;
use crate::sys::clock::unix_millis;
use crate::sys::notify::Notify;
use crate::sys::stop::{Signals, Stop, Told};
use crate::timeline::{Id, State};

/// Between two looks at what the log held back, and at boots that stand still.
pub(super) const TICK: Duration = Duration::from_secs(10);

/// A line about lines that were not written, once their time is over.
pub(super) fn tell_of_held_back(log: &Log, now: Instant) {
    if let Some(lines) = log.refusals.held_back(now) {
        tracing::warn!(target: "pxe", lines, "more lines about what was refused were held back");
    }
}

/// What the main thread looks after while the others serve.
pub(super) struct Supervised<'a> {
    pub(super) signals: &'a Signals,
    pub(super) stop: &'a Stop,
    pub(super) notify: &'a Notify,
    pub(super) serves: &'a str,
    pub(super) log: &'a Log,
    pub(super) mailbox: &'a Mailbox,
    pub(super) has_dhcp: bool,
}

impl Supervised<'_> {
    /// Waits for signals until the service is to end.
    pub(super) fn listen(&self, reload: impl Fn() -> Result<()>) {
        let pause = self.notify.watchdog.map_or(TICK, |pause| pause.min(TICK));
        let timeout = PollTimeout::try_from(pause.as_millis()).unwrap_or(PollTimeout::MAX);
        while !self.stop.is_set() {
            let mut fds = [
                PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.stop.as_fd(), PollFlags::POLLIN),
            ];
            if poll(&mut fds, timeout).is_err() {
                continue;
            }
            // A sign of life is one of the DHCP loop, not of this thread,
            // which waits and does nothing that could get stuck. It was asked
            // for the last time round, half a watchdog's time ago.
            if !self.has_dhcp || self.mailbox.answered() {
                self.notify.alive();
                self.mailbox.ask();
            }
            tell_of_held_back(self.log, Instant::now());
            self.tell_of_boots();
            match self.signals.next() {
                Ok(Some(Told::Stop)) => {
                    tracing::info!(target: "pxe", "told to stop");
                    return;
                }
                Ok(Some(Told::Reload)) => {
                    self.notify.reloading();
                    match reload() {
                        Ok(()) => tracing::info!(target: "pxe", "the new configuration holds"),
                        Err(error) => tracing::error!(
                            target: "pxe",
                            hints = %error.hints().join("; "),
                            "the old configuration stays: {error}"
                        ),
                    }
                    self.notify.ready(self.serves);
                }
                Ok(None) | Err(_) => {}
            }
        }
    }

    /// A line for every boot that came to its end: what the other lines of
    /// its client add up to.
    fn tell_of_boots(&self) {
        for boot in self.log.timeline.settled(unix_millis()) {
            // Strangers can begin any number of boots.
            if boot.state != State::Loaded && !self.log.refusals.admit(Instant::now()) {
                continue;
            }
            let or_not = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            let mac = match boot.id {
                Id::Mac(mac) => mac.to_string(),
                Id::Address(_) => "-".to_owned(),
            };
            let address = or_not(boot.address.map(|address| address.to_string()));
            let arch = or_not(boot.architecture.map(|arch| arch.to_string()));
            let (rule, state) = (or_not(boot.rule), boot.state.name());
            let (text, hint) = (&boot.verdict.text, boot.verdict.hint.as_deref());
            match boot.state {
                State::Stopped => tracing::warn!(
                    target: "pxe::boot", %mac, %address, %arch, rule, hint, "{state}: {text}"
                ),
                _ => tracing::info!(
                    target: "pxe::boot", %mac, %address, %arch, rule, hint, "{state}: {text}"
                ),
            }
        }
    }
}
