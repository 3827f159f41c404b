//! ICMP echo (RFC 792): is there a machine behind an address?

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::socket::{self, MsgFlags, SockaddrIn};
use socket2::{Domain, Protocol, Socket, Type};

const REQUEST: u8 = 8;
const REPLY: u8 = 0;

/// A socket that asks and hears answers.
#[derive(Debug)]
pub(crate) struct Echo {
    socket: Socket,
    /// Tells our questions from those of other programs.
    identifier: u16,
}

impl Echo {
    /// Opens it.
    ///
    /// # Errors
    /// `PermissionDenied` without CAP_NET_RAW.
    pub(crate) fn open() -> io::Result<Echo> {
        let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))?;
        socket.set_nonblocking(true)?;
        let [_, _, high, low] = std::process::id().to_be_bytes();
        let identifier = u16::from_be_bytes([high, low]);
        Ok(Echo { socket, identifier })
    }

    /// Asks an address.
    ///
    /// # Errors
    /// As the system reports.
    pub(crate) fn ask(&self, address: Ipv4Addr) -> io::Result<()> {
        let request = request(self.identifier);
        let to = SocketAddrV4::new(address, 0);
        self.socket.send_to(&request, &to.into())?;
        Ok(())
    }

    /// The next address that answered one of our questions; `None` when there
    /// is none.
    pub(crate) fn answered(&self) -> Option<Ipv4Addr> {
        let mut buffer = [0; 256];
        loop {
            let fd = std::os::fd::AsRawFd::as_raw_fd(&self.socket);
            let mut slices = [io::IoSliceMut::new(&mut buffer)];
            let message =
                socket::recvmsg::<SockaddrIn>(fd, &mut slices, None, MsgFlags::empty()).ok()?;
            let (len, from) = (message.bytes, message.address);
            if let Some(from) = from
                && is_reply(&buffer[..len], self.identifier)
            {
                return Some(from.ip());
            }
        }
    }
}

impl AsFd for Echo {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn request(identifier: u16) -> [u8; 8] {
    let [high, low] = identifier.to_be_bytes();
    // RFC 1071: the sum of all halves, which are these two.
    let sum = u32::from(u16::from_be_bytes([REQUEST, 0])) + u32::from(identifier);
    let folded = (sum & 0xffff) + (sum >> 16);
    let [_, _, first, second] = (!folded).to_be_bytes();
    [REQUEST, 0, first, second, high, low, 0, 0]
}

/// What a raw socket hears begins with the IP header.
fn is_reply(packet: &[u8], identifier: u16) -> bool {
    let header = usize::from(packet.first().unwrap_or(&0) & 0x0f) * 4;
    let [high, low] = identifier.to_be_bytes();
    packet
        .get(header..)
        .is_some_and(|icmp| matches!(icmp, [REPLY, 0, _, _, a, b, ..] if [*a, *b] == [high, low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_a_checksum_that_holds_and_only_its_reply_is_one() {
        for identifier in [0, 1, 0x1234, 0xf7ff, 0xffff] {
            let packet = request(identifier);
            let sum: u32 = packet
                .chunks(2)
                .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
                .sum();
            assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff, "{identifier}");
            let mut reply = [&[0x45][..], &[0; 19], &packet].concat();
            assert!(!is_reply(&reply, identifier), "our own question");
            reply[20] = REPLY;
            assert!(is_reply(&reply, identifier));
            assert!(!is_reply(&reply, identifier ^ 1));
        }
        assert!(!is_reply(&[], 0) && !is_reply(&[0x4f], 0));
    }
}
