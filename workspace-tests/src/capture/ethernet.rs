//! Ethernet, IPv4, UDP and TCP headers. Fragments are left out: nothing that
//! boots a machine is longer than a frame.

use std::net::{Ipv4Addr, SocketAddrV4};

pub(super) struct Datagram<'a> {
    pub(super) from: SocketAddrV4,
    pub(super) to: SocketAddrV4,
    pub(super) payload: Payload<'a>,
}

pub(super) enum Payload<'a> {
    Udp(&'a [u8]),
    Tcp(&'a [u8]),
}

const IPV4: [u8; 2] = [8, 0];
const TCP: u8 = 6;
const UDP: u8 = 17;

pub(super) fn datagram(frame: &[u8]) -> Option<Datagram<'_>> {
    if frame.get(12..14)? != IPV4 {
        return None;
    }
    let packet = frame.get(14..)?;
    let header = usize::from(*packet.first()? & 15) * 4;
    let total = usize::from(half(packet, 2)?);
    let fragment = half(packet, 6)? & 0x3fff;
    if fragment != 0 {
        return None;
    }
    let body = packet.get(header..total)?;
    let address = |at: usize| -> Option<Ipv4Addr> {
        let bytes: [u8; 4] = packet.get(at..at + 4)?.try_into().ok()?;
        Some(bytes.into())
    };
    let payload = match *packet.get(9)? {
        UDP => Payload::Udp(body.get(8..usize::from(half(body, 4)?))?),
        TCP => Payload::Tcp(body.get(usize::from(*body.get(12)? >> 4) * 4..)?),
        _ => return None,
    };
    Some(Datagram {
        from: SocketAddrV4::new(address(12)?, half(body, 0)?),
        to: SocketAddrV4::new(address(16)?, half(body, 2)?),
        payload,
    })
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}
