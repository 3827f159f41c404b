//! DHCP messages (RFC 2131 §2), parsed so that no packet panics and no option
//! hides a later one, and emitted as firmware of every age reads them.

use std::net::Ipv4Addr;

pub use dhcproto::v4::MessageType;
use dhcproto::v4::borrowed;

use super::options::{self, END, PAD};

/// Bytes before the options, the magic cookie with them.
const FIXED: usize = 240;
const SNAME: std::ops::Range<usize> = 44..108;
const FILE: std::ops::Range<usize> = 108..236;
const COOKIE: [u8; 4] = [99, 130, 83, 99];

/// The shortest message sent: relays and old ROMs drop shorter BOOTP packets
/// (RFC 951 §3 has 300 bytes).
pub const SHORTEST: usize = 300;
/// The longest message a client must take when it does not say (RFC 2131 §2:
/// 312 bytes of options; with the header of IP and UDP 576 bytes).
pub const DEFAULT_LONGEST: usize = 576 - 28;
/// The longest message that is ever sent: one Ethernet frame.
pub const LONGEST: usize = 1472;
/// The longest `file` that ends with a NUL. EDK2 reads on into the options
/// when all 128 bytes are used.
pub const FILE_MAX: usize = 127;
/// The longest `sname` that ends with a NUL.
pub const SNAME_MAX: usize = 63;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// A client, or a relay for it.
    Request,
    /// A server.
    Reply,
}

/// Why bytes are not a DHCP message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Shorter than the fixed part.
    Short,
    /// `op` is neither request nor reply.
    Op,
    /// The magic cookie is missing: BOOTP without options, or not DHCP.
    Cookie,
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Malformed::Short => "shorter than 240 bytes",
            Malformed::Op => "neither a request nor a reply",
            Malformed::Cookie => "no DHCP magic cookie",
        })
    }
}

impl std::error::Error for Malformed {}

/// A hardware address of up to 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct HardwareAddress {
    bytes: [u8; 16],
    len: u8,
}

impl HardwareAddress {
    /// The first 16 of these bytes: `hlen` may claim more than `chaddr` holds.
    pub fn new(bytes: &[u8]) -> Self {
        let len = bytes.len().min(16);
        let mut address = HardwareAddress {
            bytes: [0; 16],
            len: 0,
        };
        address.bytes[..len].copy_from_slice(&bytes[..len]);
        address.len = u8::try_from(len).unwrap_or(16);
        address
    }

    /// The address of an Ethernet card.
    pub const fn ethernet(card: [u8; 6]) -> Self {
        let [a, b, c, d, e, f] = card;
        HardwareAddress {
            bytes: [a, b, c, d, e, f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            len: 6,
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl std::fmt::Display for HardwareAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, byte) in self.as_bytes().iter().enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02x}")?;
        }
        Ok(())
    }
}

/// Options, each code once, in the order of first appearance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options(Vec<(u8, Vec<u8>)>);

impl Options {
    /// The value of an option.
    pub fn get(&self, code: u8) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|(own, _)| *own == code)
            .map(|(_, value)| value.as_slice())
    }

    /// The value as an address, when it is at least four bytes.
    pub fn address(&self, code: u8) -> Option<Ipv4Addr> {
        let bytes: [u8; 4] = self.get(code)?.get(..4)?.try_into().ok()?;
        Some(Ipv4Addr::from(bytes))
    }

    /// The value as a number of two bytes.
    pub fn short(&self, code: u8) -> Option<u16> {
        Some(u16::from_be_bytes(self.get(code)?.try_into().ok()?))
    }

    /// The value as a number of four bytes.
    pub fn long(&self, code: u8) -> Option<u32> {
        Some(u32::from_be_bytes(self.get(code)?.try_into().ok()?))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &[u8])> {
        self.0.iter().map(|(code, value)| (*code, value.as_slice()))
    }

    /// Sets an option, in place of an earlier value of it.
    pub fn set(&mut self, code: u8, value: impl Into<Vec<u8>>) {
        let value = value.into();
        match self.0.iter_mut().find(|(own, _)| *own == code) {
            Some((_, old)) => *old = value,
            None => self.0.push((code, value)),
        }
    }

    /// Takes an option out.
    pub fn remove(&mut self, code: u8) {
        self.0.retain(|(own, _)| *own != code);
    }

    /// Several occurrences of a code are one long value, wherever they stand
    /// (RFC 3396 §7).
    fn append(&mut self, code: u8, value: &[u8]) {
        match self.0.iter_mut().find(|(own, _)| *own == code) {
            Some((_, old)) => old.extend_from_slice(value),
            None => self.0.push((code, value.to_vec())),
        }
    }

    /// Reads options up to END or the end of the bytes; a last option that
    /// runs past the end is dropped, the ones before it count.
    fn scan(&mut self, mut bytes: &[u8]) {
        while let [code, rest @ ..] = bytes {
            match *code {
                END => return,
                PAD => bytes = rest,
                code => {
                    let [len, rest @ ..] = rest else { return };
                    let Some((value, rest)) = rest.split_at_checked(usize::from(*len)) else {
                        return;
                    };
                    self.append(code, value);
                    bytes = rest;
                }
            }
        }
    }
}

/// A DHCP message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub op: Op,
    /// Hardware type, 1 for Ethernet.
    pub htype: u8,
    /// The relays it went through.
    pub hops: u8,
    /// Transaction id.
    pub xid: u32,
    /// Seconds since the client began.
    pub secs: u16,
    /// Flags; the highest bit asks for broadcast answers.
    pub flags: u16,
    /// The client's address, when it has one.
    pub ciaddr: Ipv4Addr,
    /// The address given to the client.
    pub yiaddr: Ipv4Addr,
    /// The next server: where the boot file is.
    pub siaddr: Ipv4Addr,
    /// The relay agent.
    pub giaddr: Ipv4Addr,
    /// The client's hardware address.
    pub chaddr: HardwareAddress,
    /// Server name, up to its NUL; empty when it holds options.
    pub sname: Vec<u8>,
    /// Boot file, up to its NUL; empty when it holds options.
    pub file: Vec<u8>,
    /// The options.
    pub options: Options,
}

impl Message {
    /// Parses a message; any bytes give a message or a reason.
    ///
    /// # Errors
    /// When it is not DHCP at all. What is odd within a message is tolerated.
    pub fn parse(bytes: &[u8]) -> Result<Message, Malformed> {
        let fixed = borrowed::Message::new(bytes).map_err(|_| Malformed::Short)?;
        let op = match bytes[0] {
            1 => Op::Request,
            2 => Op::Reply,
            _ => return Err(Malformed::Op),
        };
        if bytes[236..FIXED] != COOKIE {
            return Err(Malformed::Cookie);
        }
        let mut options = Options::default();
        options.scan(&bytes[FIXED..]);
        // RFC 2131 §4.1: the overloaded fields are read after the options,
        // `file` first. An overload found in them has no meaning.
        let overload = options
            .get(options::OVERLOAD)
            .and_then(<[u8]>::first)
            .copied()
            .unwrap_or(0);
        let mut sname = fixed.sname().to_vec();
        let mut file = fixed.fname().to_vec();
        if overload & 1 != 0 {
            options.scan(&bytes[FILE]);
            file.clear();
        }
        if overload & 2 != 0 {
            options.scan(&bytes[SNAME]);
            sname.clear();
        }
        // `chaddr` has 16 bytes whatever `hlen` says, so the accessor of the
        // borrowed message, which believes it, is not used.
        let hlen = usize::from(bytes[2]).min(16);
        Ok(Message {
            op,
            htype: bytes[1],
            hops: fixed.hops(),
            xid: fixed.xid(),
            secs: fixed.secs(),
            flags: u16::from_be_bytes([bytes[10], bytes[11]]),
            ciaddr: fixed.ciaddr(),
            yiaddr: fixed.yiaddr(),
            siaddr: fixed.siaddr(),
            giaddr: fixed.giaddr(),
            chaddr: HardwareAddress::new(&bytes[28..28 + hlen]),
            sname,
            file,
            options,
        })
    }

    /// The kind of message; `None` for BOOTP and for values that do not exist.
    pub fn message_type(&self) -> Option<MessageType> {
        match self.options.get(options::MESSAGE_TYPE)? {
            [value @ 1..=8] => Some(MessageType::from(*value)),
            _ => None,
        }
    }

    /// An empty answer to this message with what every answer copies
    /// (RFC 2131 §4.3.1, table 3).
    pub fn reply(&self, kind: MessageType) -> Message {
        let mut options = Options::default();
        options.set(options::MESSAGE_TYPE, [u8::from(kind)]);
        Message {
            op: Op::Reply,
            htype: self.htype,
            hops: 0,
            xid: self.xid,
            secs: 0,
            flags: self.flags,
            ciaddr: Ipv4Addr::UNSPECIFIED,
            yiaddr: Ipv4Addr::UNSPECIFIED,
            siaddr: Ipv4Addr::UNSPECIFIED,
            giaddr: self.giaddr,
            chaddr: self.chaddr,
            sname: Vec::new(),
            file: Vec::new(),
            options,
        }
    }

    /// The bytes: message type first, relay agent information last (RFC 3046
    /// §2.2), padded to [`SHORTEST`]. What does not fit into `longest` is left
    /// out, later options first, and named.
    pub fn emit(&self, longest: usize) -> (Vec<u8>, Vec<u8>) {
        let longest = longest.clamp(DEFAULT_LONGEST, LONGEST);
        let mut bytes = Vec::with_capacity(SHORTEST.max(512));
        let hlen = u8::try_from(self.chaddr.as_bytes().len()).unwrap_or(16);
        bytes.extend([
            if self.op == Op::Request { 1 } else { 2 },
            self.htype,
            hlen,
            self.hops,
        ]);
        bytes.extend(self.xid.to_be_bytes());
        bytes.extend(self.secs.to_be_bytes());
        bytes.extend(self.flags.to_be_bytes());
        for address in [self.ciaddr, self.yiaddr, self.siaddr, self.giaddr] {
            bytes.extend(address.octets());
        }
        bytes.extend(self.chaddr.bytes);
        let mut field = |value: &[u8], room: usize| {
            let len = value.len().min(room - 1);
            bytes.extend_from_slice(&value[..len]);
            bytes.resize(bytes.len() + room - len, 0);
        };
        field(&self.sname, SNAME.len());
        field(&self.file, FILE.len());
        bytes.extend(COOKIE);

        let relay = self.options.get(options::RELAY_AGENT_INFORMATION);
        let reserved = relay.map_or(0, encoded_len) + 1;
        let mut left_out = Vec::new();
        let first = self
            .options
            .iter()
            .filter(|(code, _)| *code == options::MESSAGE_TYPE);
        let others = self.options.iter().filter(|(code, _)| {
            ![options::MESSAGE_TYPE, options::RELAY_AGENT_INFORMATION].contains(code)
        });
        for (code, value) in first.chain(others) {
            if bytes.len() + encoded_len(value) + reserved > longest {
                left_out.push(code);
            } else {
                push_option(&mut bytes, code, value);
            }
        }
        if let Some(value) = relay {
            push_option(&mut bytes, options::RELAY_AGENT_INFORMATION, value);
        }
        bytes.push(END);
        if bytes.len() < SHORTEST {
            bytes.resize(SHORTEST, PAD);
        }
        (bytes, left_out)
    }
}

fn encoded_len(value: &[u8]) -> usize {
    value.len() + 2 * value.len().div_ceil(255).max(1)
}

/// Values longer than 255 bytes become several options (RFC 3396 §6).
fn push_option(bytes: &mut Vec<u8>, code: u8, value: &[u8]) {
    if value.is_empty() {
        bytes.extend([code, 0]);
    }
    for part in value.chunks(255) {
        bytes.extend([code, u8::try_from(part.len()).unwrap_or(255)]);
        bytes.extend_from_slice(part);
    }
}

#[cfg(test)]
#[path = "dhcp/tests.rs"]
mod tests;
