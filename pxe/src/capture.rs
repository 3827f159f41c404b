//! Packet captures (pcap and pcapng) read packet by packet: what was sent over
//! UDP and TCP, and what was refused by ICMP, between IPv4 addresses. Memory
//! is bounded whatever the file claims. Pure: the bytes come from a reader.

mod frame;

use std::io::{self, Read};
use std::net::SocketAddrV4;

use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};

pub use frame::link_name;

/// What is read at once, and what a reader begins with.
const BUFFER: usize = 256 * 1024;
/// The longest block that is read: a capture of jumbo frames has 64 KiB, the
/// secrets and comments of pcapng may be longer.
const LONGEST_BLOCK: usize = 8 * 1024 * 1024;
const TOO_LONG: &str = "a packet or block longer than 8 MiB";
/// Interfaces of a section of pcapng.
const MOST_INTERFACES: usize = 1024;

/// What a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload<'a> {
    /// A UDP datagram, or as much of it as was recorded.
    Udp(&'a [u8]),
    /// A TCP segment.
    Tcp {
        /// Its sequence number.
        sequence: u32,
        /// The connection ends here: FIN or RST.
        ends: bool,
        /// What it carries.
        data: &'a [u8],
    },
    /// ICMP: nobody listens on the port that a datagram was sent to. Source
    /// and destination of the packet are those of that datagram.
    Unreachable,
}

/// A packet that was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Its number in the file, from 1.
    pub number: u64,
    /// When it was recorded, in nanoseconds of Unix time.
    pub at: u64,
    /// Who sent it.
    pub source: SocketAddrV4,
    /// Whom it is for.
    pub destination: SocketAddrV4,
    /// What it carries.
    pub payload: Payload<'a>,
}

/// What a file held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Packets, understood or not.
    pub packets: u64,
    /// The last packet is cut short: the recorder was ended, or the file was
    /// copied while it was written.
    pub cut: bool,
    /// Link types that are not read, with the number of their packets.
    pub unknown_links: Vec<(i32, u64)>,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// The system says so.
    Io(io::Error),
    /// It is no capture.
    Foreign,
    /// It is damaged.
    Damaged {
        /// Where, in bytes from the beginning.
        offset: usize,
        /// How.
        what: &'static str,
    },
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unreadable::Io(error) => error.fmt(f),
            Unreadable::Foreign => f.write_str("neither pcap nor pcapng"),
            Unreadable::Damaged { offset, what } => write!(f, "damaged at byte {offset}: {what}"),
        }
    }
}

impl std::error::Error for Unreadable {}

/// Reads a capture, and shows every packet that is understood.
///
/// # Errors
/// When it is no capture, or is damaged; the packets before that were shown.
pub fn read(reader: impl Read, mut show: impl FnMut(Packet<'_>)) -> Result<Summary, Unreadable> {
    let mut failure = None;
    let whole = Whole {
        reader,
        failure: &mut failure,
    };
    let result = read_blocks(whole, &mut show);
    match failure {
        Some(error) => Err(Unreadable::Io(error)),
        None => result,
    }
}

/// What a UDP datagram carries that was copied as a whole frame of Ethernet or
/// as an IP packet.
pub fn datagram(bytes: &[u8]) -> Option<&[u8]> {
    [frame::ETHERNET, frame::RAW[0]]
        .into_iter()
        .find_map(|kind| match frame::parse(kind, bytes)? {
            Ok((_, _, Payload::Udp(data))) => Some(data),
            _ => None,
        })
}

fn read_blocks(
    reader: impl Read,
    show: &mut impl FnMut(Packet<'_>),
) -> Result<Summary, Unreadable> {
    let mut blocks = create_reader(BUFFER, reader).map_err(|_| Unreadable::Foreign)?;
    let mut summary = Summary::default();
    let mut links = Links::default();
    let mut capacity = BUFFER;
    loop {
        let offset = blocks.consumed();
        let damaged = |what| Unreadable::Damaged { offset, what };
        match blocks.next() {
            Ok((len, block)) => {
                links.take(&block, &mut summary, show);
                if links.known.len() > MOST_INTERFACES {
                    return Err(damaged("more interfaces than any machine has"));
                }
                blocks.consume(len);
            }
            Err(PcapError::Eof) => return Ok(summary),
            Err(PcapError::UnexpectedEof) => {
                if links.claimed(blocks.data()) > LONGEST_BLOCK {
                    return Err(damaged(TOO_LONG));
                }
                summary.cut = !blocks.data().is_empty();
                return Ok(summary);
            }
            Err(PcapError::Incomplete(_)) => {
                let before = blocks.data().len();
                if blocks.refill().is_err() {
                    return Err(damaged("it cannot be read on"));
                }
                if blocks.data().len() == before && !blocks.reader_exhausted() {
                    return Err(damaged("a block that has no end"));
                }
            }
            Err(PcapError::BufferTooSmall) => {
                capacity *= 4;
                if capacity > LONGEST_BLOCK || !blocks.grow(capacity) {
                    return Err(damaged(TOO_LONG));
                }
                if blocks.refill().is_err() {
                    return Err(damaged("it cannot be read on"));
                }
            }
            Err(_) => return Err(damaged("no packet or block begins here")),
        }
    }
}

/// The link types of a file, and how their clocks count.
#[derive(Default)]
struct Links {
    known: Vec<Link>,
    /// Where a packet or block says how long it is, and in which order.
    length_at: usize,
    big_endian: bool,
}

#[derive(Clone, Copy)]
struct Link {
    kind: Linktype,
    /// Units in a second.
    resolution: u64,
    /// Seconds to add.
    offset: i64,
}

impl Links {
    /// How long the packet or block that begins here says it is.
    fn claimed(&self, data: &[u8]) -> usize {
        let bytes = data.get(self.length_at..self.length_at + 4);
        let Some(bytes) = bytes.and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()) else {
            return 0;
        };
        let claimed = if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        };
        usize::try_from(claimed).unwrap_or(usize::MAX)
    }

    fn take(
        &mut self,
        block: &PcapBlockOwned<'_>,
        summary: &mut Summary,
        show: &mut impl FnMut(Packet<'_>),
    ) {
        let (link, units, frame) = match block {
            PcapBlockOwned::LegacyHeader(header) => {
                let nanoseconds = header.is_nanosecond_precision();
                (self.length_at, self.big_endian) = (8, header.is_bigendian());
                self.known = vec![Link {
                    kind: header.network,
                    resolution: if nanoseconds {
                        1_000_000_000
                    } else {
                        1_000_000
                    },
                    offset: 0,
                }];
                return;
            }
            PcapBlockOwned::NG(Block::SectionHeader(section)) => {
                (self.length_at, self.big_endian) = (4, section.big_endian());
                self.known.clear();
                return;
            }
            PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
                self.known.push(Link {
                    kind: interface.linktype,
                    resolution: interface.ts_resolution().unwrap_or(1_000_000).max(1),
                    offset: interface.ts_offset(),
                });
                return;
            }
            PcapBlockOwned::Legacy(packet) => {
                let Some(link) = self.known.first() else {
                    return;
                };
                let units = u64::from(packet.ts_sec)
                    .saturating_mul(link.resolution)
                    .saturating_add(packet.ts_usec.into());
                (link, units, packet.data)
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                let index = usize::try_from(packet.if_id).unwrap_or(usize::MAX);
                let Some(link) = self.known.get(index) else {
                    return;
                };
                let len = usize::try_from(packet.caplen).unwrap_or(0);
                let frame = packet.data.get(..len).unwrap_or(packet.data);
                let units = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                (link, units, frame)
            }
            PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                // Has no time of its own.
                let Some(link) = self.known.first() else {
                    return;
                };
                let len = usize::try_from(packet.origlen).unwrap_or(0);
                (link, 0, packet.data.get(..len).unwrap_or(packet.data))
            }
            PcapBlockOwned::NG(_) => return,
        };
        summary.packets += 1;
        let kind = link.kind.0;
        match frame::parse(kind, frame) {
            Some(Ok((source, destination, payload))) => show(Packet {
                number: summary.packets,
                at: link.nanoseconds(units),
                source,
                destination,
                payload,
            }),
            // Not IPv4, or nothing that a boot uses.
            Some(Err(())) => {}
            None => match summary.unknown_links.iter_mut().find(|own| own.0 == kind) {
                Some((_, count)) => *count += 1,
                None => summary.unknown_links.push((kind, 1)),
            },
        }
    }
}

impl Link {
    fn nanoseconds(self, units: u64) -> u64 {
        const SECOND: u128 = 1_000_000_000;
        let since = u128::from(units) * SECOND / u128::from(self.resolution);
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        let offset = self.offset.saturating_mul(1_000_000_000);
        since.saturating_add_signed(offset)
    }
}

/// A reader that gives less than was asked for only at the end, so that a
/// pipe looks like a file, and that keeps the system's own error.
struct Whole<'a, R> {
    reader: R,
    failure: &'a mut Option<io::Error>,
}

impl<R: Read> Read for Whole<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(len) => filled += len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let kind = error.kind();
                    *self.failure = Some(error);
                    return Err(kind.into());
                }
            }
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests;
