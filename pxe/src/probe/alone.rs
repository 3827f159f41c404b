//! One server, asked alone from a port of our own: no right is needed, and no
//! other client notices.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsFd as _;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Wire;
use super::interrupt::Interrupt;
use crate::error::{Error, Kind, Result};
use crate::wire::dhcp::{LONGEST, Message};

/// A server and our socket towards it.
#[derive(Debug)]
pub(super) struct Alone {
    socket: UdpSocket,
    own: Ipv4Addr,
}

impl Alone {
    pub(super) fn open(server: SocketAddrV4) -> Result<Alone> {
        let socket = UdpSocket::bind(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0))
            .and_then(|socket| socket.connect(server).map(|()| socket))
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
            .map_err(|error| {
                Error::new(Kind::Peer, server.to_string(), "cannot be asked")
                    .because(error)
                    .hint("is there a route to it?")
            })?;
        let own = match socket.local_addr().map(|address| address.ip()) {
            Ok(IpAddr::V4(own)) => own,
            _ => Ipv4Addr::UNSPECIFIED,
        };
        Ok(Alone { socket, own })
    }

    /// Our address towards it.
    pub(super) fn own(&self) -> Ipv4Addr {
        self.own
    }
}

impl Wire for Alone {
    fn send(&self, message: &Message) -> io::Result<()> {
        let bytes = message.emit(LONGEST).0;
        match self.socket.send(&bytes) {
            // What is told here became of an earlier packet; this one did not
            // leave.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                self.socket.send(&bytes).map(|_| ())
            }
            other => other.map(|_| ()),
        }
    }

    fn receive(
        &self,
        buffer: &mut [u8],
        left: Duration,
        interrupt: Option<&Interrupt>,
    ) -> io::Result<Option<(usize, SocketAddrV4)>> {
        wait(self.socket.as_fd(), left, interrupt)?;
        match self.socket.recv_from(buffer) {
            Ok((len, SocketAddr::V4(from))) => Ok(Some((len, from))),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn reaches_many(&self) -> bool {
        false
    }
}

/// Waits until a socket can be read, a signal came or the time is over.
pub(super) fn wait(
    socket: std::os::fd::BorrowedFd<'_>,
    left: Duration,
    interrupt: Option<&Interrupt>,
) -> io::Result<()> {
    let mut sources = vec![PollFd::new(socket, PollFlags::POLLIN)];
    sources.extend(interrupt.map(|own| PollFd::new(own.as_fd(), PollFlags::POLLIN)));
    // Never less than a millisecond, which would be a circle.
    let left = left.max(Duration::from_millis(1));
    let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
    match poll(&mut sources, timeout) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
