//! A UDP port that somebody else on this host has: copies of what comes to it
//! are taken from the packet layer, answers leave with its number as source
//! through a raw socket. The other server notices nothing.
//!
//! Two sockets on one port (SO_REUSEADDR) would not do: broadcasts reach
//! both, but what is addressed to this host alone reaches the one that was
//! opened last, so the other server would miss every renewal of a lease.

use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd};

use nix::libc;
use nix::sys::socket::{self, LinkAddr, MsgFlags};
use socket2::{Domain, Protocol, SockFilter, Socket, Type};

use super::net::{Interface, Received, send_from};

const ETHERTYPE_IPV4: u16 = 0x0800;
const UDP: u8 = 17;
const IPV4_HEADER: usize = 20;
const UDP_HEADER: usize = 8;

/// Both ways of such a port.
#[derive(Debug)]
pub(crate) struct Beside {
    packets: Socket,
    raw: Socket,
    port: u16,
    interfaces: Vec<Interface>,
}

impl Beside {
    /// Listens to a port on these interfaces.
    ///
    /// # Errors
    /// `PermissionDenied` without CAP_NET_RAW.
    pub(crate) fn open(port: u16, interfaces: &[Interface]) -> io::Result<Beside> {
        let ethertype = Protocol::from(i32::from(ETHERTYPE_IPV4.to_be()));
        let packets = Socket::new(Domain::PACKET, Type::DGRAM, Some(ethertype))?;
        packets.attach_filter(&filter(port))?;
        packets.set_nonblocking(true)?;
        let raw = Socket::new(
            Domain::IPV4,
            Type::RAW,
            Some(Protocol::from(libc::IPPROTO_RAW)),
        )?;
        raw.set_broadcast(true)?;
        raw.set_nonblocking(true)?;
        Ok(Beside {
            packets,
            raw,
            port,
            interfaces: interfaces.to_vec(),
        })
    }

    /// The next packet for one of our addresses or for all; `WouldBlock` when
    /// there is none.
    ///
    /// # Errors
    /// As the system reports.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> io::Result<Received> {
        loop {
            let mut slices = [IoSliceMut::new(buffer)];
            let message = socket::recvmsg::<LinkAddr>(
                self.packets.as_raw_fd(),
                &mut slices,
                None,
                MsgFlags::empty(),
            )?;
            let (len, from) = (message.bytes, message.address);
            let interface = from.and_then(|from| u32::try_from(from.ifindex()).ok());
            // What comes before the filter was in place, or passes through
            // this host to another, is not for us.
            let Some(received) = self.accept(&buffer[..len], interface.unwrap_or(0)) else {
                continue;
            };
            let (start, received) = received;
            buffer.copy_within(start..start + received.len, 0);
            return Ok(received);
        }
    }

    fn accept(&self, packet: &[u8], interface: u32) -> Option<(usize, Received)> {
        let datagram = parse(packet)?;
        let destination = *datagram.destination.ip();
        let to_all = destination.is_broadcast()
            || self
                .interfaces
                .iter()
                .any(|one| one.index == interface && one.broadcast() == destination);
        let ours = self.interfaces.iter().any(|one| one.address == destination);
        if datagram.destination.port() != self.port || !(to_all || ours) {
            return None;
        }
        let received = Received {
            len: datagram.len,
            source: datagram.source,
            destination,
            local: if ours {
                destination
            } else {
                Ipv4Addr::UNSPECIFIED
            },
            interface,
        };
        Some((datagram.start, received))
    }

    /// Sends from our port; see [`super::net::PacketSocket::send`].
    ///
    /// # Errors
    /// As the system reports.
    pub(crate) fn send(
        &self,
        bytes: &[u8],
        to: SocketAddrV4,
        from: Ipv4Addr,
        interface: u32,
    ) -> io::Result<()> {
        let packet = emit(bytes, SocketAddrV4::new(from, self.port), to)?;
        // A raw socket has no port of its own to send to.
        let host = SocketAddrV4::new(*to.ip(), 0);
        send_from(&self.raw, &packet, host, from, interface)
    }
}

impl AsFd for Beside {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.packets.as_fd()
    }
}

/// Lets through whole UDP datagrams to a port, so that the kernel does not
/// wake us for anything else. The packet begins with its IP header.
fn filter(port: u16) -> [SockFilter; 9] {
    const LOAD_BYTE: u16 = 0x30;
    const LOAD_HALF: u16 = 0x28;
    const LOAD_HALF_BEHIND_X: u16 = 0x48;
    const X_IS_HEADER_LENGTH: u16 = 0xb1;
    const IF_EQUAL: u16 = 0x15;
    const IF_BITS: u16 = 0x45;
    const RETURN: u16 = 0x06;
    [
        SockFilter::new(LOAD_BYTE, 0, 0, 9),
        SockFilter::new(IF_EQUAL, 0, 6, UDP.into()),
        SockFilter::new(LOAD_HALF, 0, 0, 6),
        SockFilter::new(IF_BITS, 4, 0, 0x3fff),
        SockFilter::new(X_IS_HEADER_LENGTH, 0, 0, 0),
        SockFilter::new(LOAD_HALF_BEHIND_X, 0, 0, 2),
        SockFilter::new(IF_EQUAL, 0, 1, port.into()),
        SockFilter::new(RETURN, 0, 0, 0xffff),
        SockFilter::new(RETURN, 0, 0, 0),
    ]
}

/// A UDP datagram in an IPv4 packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Datagram {
    /// Who sent it.
    pub source: SocketAddrV4,
    /// Whom it is for.
    pub destination: SocketAddrV4,
    /// Where its payload begins in the packet.
    pub start: usize,
    /// How long the payload is.
    pub len: usize,
}

/// Reads an IPv4 packet (RFC 791, RFC 768). Checksums are not looked at:
/// within a host they are not computed, and elsewhere the card did it.
pub fn parse(packet: &[u8]) -> Option<Datagram> {
    let first = *packet.first()?;
    let header = usize::from(first & 0x0f) * 4;
    if first >> 4 != 4 || header < IPV4_HEADER || *packet.get(9)? != UDP {
        return None;
    }
    // A fragment: DHCP clients do not send any.
    if half(packet, 6)? & 0x3fff != 0 {
        return None;
    }
    let total = usize::from(half(packet, 2)?).min(packet.len());
    let start = header + UDP_HEADER;
    // What the sender says, and never more than there is.
    let claimed = usize::from(half(packet, header + 4)?).checked_sub(UDP_HEADER)?;
    let len = total.checked_sub(start)?.min(claimed);
    let address = |at: usize| -> Option<Ipv4Addr> {
        let bytes: [u8; 4] = packet.get(at..at + 4)?.try_into().ok()?;
        Some(Ipv4Addr::from(bytes))
    };
    Some(Datagram {
        source: SocketAddrV4::new(address(12)?, half(packet, header)?),
        destination: SocketAddrV4::new(address(16)?, half(packet, header + 2)?),
        start,
        len,
    })
}

fn half(packet: &[u8], at: usize) -> Option<u16> {
    let bytes: [u8; 2] = packet.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_be_bytes(bytes))
}

/// Writes an IPv4 packet; the kernel fills in its length, identification and
/// header checksum.
fn emit(payload: &[u8], from: SocketAddrV4, to: SocketAddrV4) -> io::Result<Vec<u8>> {
    let too_long = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let udp_len = u16::try_from(UDP_HEADER + payload.len()).map_err(too_long)?;
    let mut packet = Vec::with_capacity(IPV4_HEADER + UDP_HEADER + payload.len());
    packet.extend([0x45, 0, 0, 0, 0, 0, 0, 0, 64, UDP, 0, 0]);
    packet.extend(from.ip().octets());
    packet.extend(to.ip().octets());
    packet.extend(from.port().to_be_bytes());
    packet.extend(to.port().to_be_bytes());
    packet.extend(udp_len.to_be_bytes());
    packet.extend([0, 0]);
    packet.extend_from_slice(payload);
    // RFC 768: over addresses, protocol and length too; 0 would mean none.
    let pseudo = [&[0, UDP][..], &udp_len.to_be_bytes()].concat();
    let checksum = match !sum(&[&packet[12..], &pseudo]) {
        0 => 0xffff,
        other => other,
    };
    packet[IPV4_HEADER + 6..IPV4_HEADER + 8].copy_from_slice(&checksum.to_be_bytes());
    Ok(packet)
}

/// The sum of RFC 1071, over parts of which only the last may be odd.
fn sum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0_u32;
    for part in parts.iter().rev() {
        for pair in part.chunks(2) {
            let low = pair.get(1).copied().unwrap_or(0);
            sum += u32::from(u16::from_be_bytes([pair[0], low]));
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap_or(u16::MAX)
}

#[cfg(test)]
#[path = "beside/tests.rs"]
mod tests;
