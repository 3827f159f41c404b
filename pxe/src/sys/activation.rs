//! Sockets that a supervisor opened for this process (socket activation):
//! descriptors from 3 on, their number in `LISTEN_FDS`, ours when
//! `LISTEN_PID` says so.

use std::io;
use std::net::{SocketAddrV4, TcpListener, UdpSocket};
use std::os::fd::{BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::socket::{SockType, SockaddrIn, getsockname, getsockopt, sockopt};

const FIRST: RawFd = 3;
/// More is not a number of sockets but a mistake.
const MOST: RawFd = 64;

/// What was handed over and not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Activation(Vec<(Kind, SocketAddrV4, OwnedFd)>);

/// What a socket carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Datagrams.
    Udp,
    /// Connections.
    Tcp,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Kind::Udp => "UDP",
            Kind::Tcp => "TCP",
        })
    }
}

impl Activation {
    /// Takes over what the environment names. Call once, and before anything
    /// else is opened.
    ///
    /// # Errors
    /// When a descriptor is not an IPv4 socket for datagrams or connections.
    pub(crate) fn from_environment() -> io::Result<Activation> {
        let number = |name: &str| -> Option<RawFd> { std::env::var(name).ok()?.parse().ok() };
        let own = number("LISTEN_PID").is_none_or(|pid| pid == nix::unistd::getpid().as_raw());
        let Some(count) = number("LISTEN_FDS").filter(|count| own && *count > 0) else {
            return Ok(Activation::default());
        };
        if count > MOST {
            return Err(io::Error::other(format!("{count} sockets are too many")));
        }
        (FIRST..FIRST + count)
            .map(adopt)
            .collect::<io::Result<_>>()
            .map(Activation)
    }

    /// The UDP socket of a port, if it was handed over.
    pub(crate) fn udp(&mut self, port: u16) -> Option<UdpSocket> {
        self.take(Kind::Udp, port).map(UdpSocket::from)
    }

    /// The TCP listener of a port, if it was handed over.
    pub(crate) fn tcp(&mut self, port: u16) -> Option<TcpListener> {
        self.take(Kind::Tcp, port).map(TcpListener::from)
    }

    /// What nobody took.
    pub(crate) fn left(&self) -> impl Iterator<Item = (Kind, SocketAddrV4)> + '_ {
        self.0.iter().map(|(kind, address, _)| (*kind, *address))
    }

    fn take(&mut self, kind: Kind, port: u16) -> Option<OwnedFd> {
        let index = self
            .0
            .iter()
            .position(|(other, address, _)| *other == kind && address.port() == port)?;
        Some(self.0.remove(index).2)
    }
}

fn adopt(fd: RawFd) -> io::Result<(Kind, SocketAddrV4, OwnedFd)> {
    let failed = |why: &str| io::Error::other(format!("descriptor {fd}: {why}"));
    #[expect(
        unsafe_code,
        reason = "a number from the environment can be checked in no other way"
    )]
    // SAFETY: used for this one question, whose answer for a number that is
    // no open descriptor is EBADF.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    fcntl(borrowed, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))
        .map_err(|error| failed(&error.to_string()))?;
    #[expect(unsafe_code, reason = "inherited descriptors have no owner yet")]
    // SAFETY: it is open, as was just seen; the protocol gives it to this
    // process, which asks for it once and before it opens anything itself.
    let owned = unsafe { OwnedFd::from_raw_fd(fd) };
    let kind = match getsockopt(&owned, sockopt::SockType) {
        Ok(SockType::Datagram) => Kind::Udp,
        Ok(SockType::Stream) => Kind::Tcp,
        Ok(_) | Err(_) => return Err(failed("not a socket for datagrams or connections")),
    };
    let address: SockaddrIn = getsockname(std::os::fd::AsRawFd::as_raw_fd(&owned))
        .map_err(|_| failed("not an IPv4 socket; write ListenDatagram=0.0.0.0:67"))?;
    let address = SocketAddrV4::new(address.ip(), address.port());
    Ok((kind, address, owned))
}
