//! Tells systemd how the service is (sd_notify): one datagram of text.

use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The way to the supervisor, when there is one.
#[derive(Debug, Default)]
pub struct Notify {
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
    pub fn from_environment() -> io::Result<Notify> {
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
        let interval = std::env::var("WATCHDOG_USEC")
            .ok()
            .and_then(|text| text.parse().ok());
        Ok(Notify {
            socket: Some(socket),
            // Half of it, as the manual page advises.
            watchdog: interval.map(|micros: u64| Duration::from_micros(micros / 2)),
        })
    }

    /// Ready to serve.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// Reading the configuration again; [`ready`](Self::ready) follows.
    pub fn reloading(&self) {
        let micros = nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC)
            .map_or(0, |now| now.tv_sec() * 1_000_000 + now.tv_nsec() / 1000);
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
    }

    /// About to end.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// Still alive.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// A supervisor that does not listen changes nothing for the clients.
    fn tell(&self, text: &str) {
        if let Some(socket) = &self.socket {
            let _ = socket.send(text.as_bytes());
        }
    }
}
