//! Tells systemd how the service is (sd_notify): one datagram of text.

use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The way to the supervisor, when there is one.
#[derive(Debug, Default)]
pub(crate) struct Notify {
    socket: Option<UnixDatagram>,
    /// How often it wants a sign of life.
    pub watchdog: Option<Duration>,
}

impl Notify {
    /// Connects to what `NOTIFY_SOCKET` and `WATCHDOG_USEC` say. Opened
    /// before the rights are given up.
    ///
    /// # Errors
    /// When a supervisor is named but cannot be reached.
    pub(crate) fn from_environment() -> io::Result<Notify> {
        let Some(name) = std::env::var_os("NOTIFY_SOCKET") else {
            return Ok(Notify::default());
        };
        let name = name.as_bytes();
        let address = match name {
            [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest)?,
            path => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(path))?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address)?;
        let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
        // A watchdog of the process that started us is not ours.
        let own = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let interval = number("WATCHDOG_USEC").filter(|micros| own && *micros > 0);
        Ok(Notify {
            socket: Some(socket),
            // The manual page advises half; with a quarter one late sign is
            // not yet the end.
            watchdog: interval.map(|micros| Duration::from_micros(micros / 4)),
        })
    }

    /// Ready to serve; `status` is what `systemctl status` shows.
    pub(crate) fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}"));
    }

    /// Reading the configuration again; [`ready`](Self::ready) follows.
    pub(crate) fn reloading(&self) {
        let micros = nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC)
            .map_or(0, |now| now.tv_sec() * 1_000_000 + now.tv_nsec() / 1000);
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
    }

    /// About to end.
    pub(crate) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// Still alive.
    pub(crate) fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// A supervisor that does not listen changes nothing for the clients.
    fn tell(&self, text: &str) {
        if let Some(socket) = &self.socket {
            let _ = socket.send(text.as_bytes());
        }
    }
}
