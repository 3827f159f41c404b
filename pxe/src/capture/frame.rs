//! One recorded frame, down to what UDP, TCP or ICMP carry.

use std::net::{Ipv4Addr, SocketAddrV4};

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice, UdpSlice, ip_number};

use super::Payload;

/// Link types (the registry of LINKTYPE_ values, tcpdump.org).
const NULL: i32 = 0;
pub(super) const ETHERNET: i32 = 1;
pub(super) const RAW: [i32; 4] = [12, 14, 101, 228];
const LOOP: i32 = 108;
const LINUX_SLL: i32 = 113;
const LINUX_SLL2: i32 = 276;

/// What a link type is called.
pub fn link_name(kind: i32) -> String {
    let name = match kind {
        105 => "Wi-Fi (802.11)",
        127 => "Wi-Fi with radiotap",
        195 | 230 => "802.15.4",
        189 | 220 => "USB",
        147..=162 => "a private link type",
        _ => return format!("link type {kind}"),
    };
    format!("{name}, link type {kind}")
}

type Parsed<'a> = (SocketAddrV4, SocketAddrV4, Payload<'a>);

/// Reads a frame: `None` for a link type that is not known, an error for a
/// frame that is none of ours.
pub(super) fn parse(kind: i32, frame: &[u8]) -> Option<Result<Parsed<'_>, ()>> {
    let half = |at: usize| -> Option<u16> {
        let bytes: [u8; 2] = frame.get(at..at + 2)?.try_into().ok()?;
        Some(u16::from_be_bytes(bytes))
    };
    let behind = |protocol: Option<u16>, at: usize| {
        let rest = frame.get(at..)?;
        Some(LaxSlicedPacket::from_ether_type(EtherType(protocol?), rest))
    };
    let packet = match kind {
        ETHERNET => LaxSlicedPacket::from_ethernet(frame).ok(),
        LINUX_SLL => behind(half(14), 16),
        LINUX_SLL2 => behind(half(0), 20),
        NULL | LOOP => frame
            .get(4..)
            .and_then(|rest| LaxSlicedPacket::from_ip(rest).ok()),
        kind if RAW.contains(&kind) => LaxSlicedPacket::from_ip(frame).ok(),
        _ => return None,
    };
    Some(packet.and_then(|packet| parts(&packet)).ok_or(()))
}

fn parts<'a>(packet: &LaxSlicedPacket<'a>) -> Option<Parsed<'a>> {
    let Some(LaxNetSlice::Ipv4(ip)) = &packet.net else {
        return None;
    };
    let source = ip.header().source_addr();
    let destination = ip.header().destination_addr();
    let ends = |from: u16, to: u16| {
        (
            SocketAddrV4::new(source, from),
            SocketAddrV4::new(destination, to),
        )
    };
    let udp = |udp: &UdpSlice<'a>| {
        let (from, to) = ends(udp.source_port(), udp.destination_port());
        (from, to, Payload::Udp(udp.payload()))
    };
    match &packet.transport {
        Some(TransportSlice::Udp(slice)) => Some(udp(slice)),
        Some(TransportSlice::Tcp(tcp)) => {
            let (from, to) = ends(tcp.source_port(), tcp.destination_port());
            let payload = Payload::Tcp {
                sequence: tcp.sequence_number(),
                ends: tcp.fin() || tcp.rst(),
                data: tcp.payload(),
            };
            Some((from, to, payload))
        }
        Some(TransportSlice::Icmpv4(icmp)) if (icmp.type_u8(), icmp.code_u8()) == (3, 3) => {
            let (from, to) = quoted(icmp.payload())?;
            Some((from, to, Payload::Unreachable))
        }
        Some(_) => None,
        // Blocks longer than a packet: the first fragment has the ports.
        None => {
            let first = ip.header().fragments_offset().value() == 0;
            let is_udp = ip.payload().ip_number == ip_number::UDP;
            if !(first && is_udp) {
                return None;
            }
            let slice = UdpSlice::from_slice_lax(ip.payload().payload).ok()?;
            Some(udp(&slice))
        }
    }
}

/// The ends of the datagram that an ICMP message quotes: its IP header and
/// eight bytes (RFC 792).
fn quoted(bytes: &[u8]) -> Option<(SocketAddrV4, SocketAddrV4)> {
    let header = usize::from(*bytes.first()? & 0x0f) * 4;
    if *bytes.get(9)? != ip_number::UDP.0 {
        return None;
    }
    let address = |at: usize| -> Option<Ipv4Addr> {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(Ipv4Addr::from(four))
    };
    let port = |at: usize| -> Option<u16> {
        let two: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(u16::from_be_bytes(two))
    };
    Some((
        SocketAddrV4::new(address(12)?, port(header)?),
        SocketAddrV4::new(address(16)?, port(header + 2)?),
    ))
}
