//! DHCP messages as the tests see them: decoded leniently, options raw and in
//! wire order; and a client's own messages, composed byte by byte, so that a
//! test can also say what no client should.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// Where the options begin (RFC 2131 2: the fixed fields and the cookie).
pub const OPTIONS: usize = 240;
const COOKIE: [u8; 4] = [0x63, 0x82, 0x53, 0x63];

/// Names of option 53's values (RFC 2132 9.6).
const KINDS: [&str; 9] = [
    "?", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM",
];

/// Option 53: DISCOVER.
pub const DISCOVER: u8 = 1;
/// Option 53: OFFER.
pub const OFFER: u8 = 2;
/// Option 53: REQUEST.
pub const REQUEST: u8 = 3;
/// Option 53: ACK.
pub const ACK: u8 = 5;
/// Option 53: NAK.
pub const NAK: u8 = 6;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The whole payload.
    pub bytes: Vec<u8>,
    /// The options in wire order, without pad and end; a split one is there
    /// as often as it was sent.
    pub options: Vec<(u8, Vec<u8>)>,
}

impl Message {
    /// Reads a payload; none without the magic cookie.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < OPTIONS || bytes[OPTIONS - 4..OPTIONS] != COOKIE {
            return None;
        }
        let mut options = Vec::new();
        let mut rest = &bytes[OPTIONS..];
        while let [code, tail @ ..] = rest {
            rest = tail;
            if *code == 255 {
                break;
            }
            if *code == 0 {
                continue;
            }
            let [length, tail @ ..] = rest else { break };
            let length = usize::from(*length).min(tail.len());
            options.push((*code, tail[..length].to_vec()));
            rest = &tail[length..];
        }
        Some(Message {
            bytes: bytes.to_vec(),
            options,
        })
    }

    /// Option 53, or 0.
    pub fn kind(&self) -> u8 {
        self.option(53)
            .and_then(|v| v.first().copied())
            .unwrap_or(0)
    }

    /// The first instance of an option.
    pub fn option(&self, code: u8) -> Option<&[u8]> {
        self.options
            .iter()
            .find(|(found, _)| *found == code)
            .map(|(_, value)| value.as_slice())
    }

    /// An option that is text, as it lies there.
    pub fn text(&self, code: u8) -> Option<String> {
        self.option(code).map(shown)
    }

    /// The transaction id.
    pub fn xid(&self) -> [u8; 4] {
        [self.bytes[4], self.bytes[5], self.bytes[6], self.bytes[7]]
    }

    /// The client's own address, when it has one.
    pub fn ciaddr(&self) -> Ipv4Addr {
        self.address(12)
    }

    /// The address given to the client.
    pub fn yiaddr(&self) -> Ipv4Addr {
        self.address(16)
    }

    /// The next server.
    pub fn siaddr(&self) -> Ipv4Addr {
        self.address(20)
    }

    /// The six bytes of an Ethernet client.
    pub fn mac(&self) -> [u8; 6] {
        std::array::from_fn(|i| self.bytes[28 + i])
    }

    /// The `file` field up to its first NUL.
    pub fn file(&self) -> &[u8] {
        until_nul(&self.bytes[108..236])
    }

    /// The `sname` field up to its first NUL.
    pub fn sname(&self) -> &[u8] {
        until_nul(&self.bytes[44..108])
    }

    /// The payload with what differs from run to run zeroed: xid and secs.
    pub fn normalised(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes[4..10].fill(0);
        bytes
    }

    /// One line: kind, addresses, boot fields, options.
    pub fn summary(&self) -> String {
        let kind = KINDS.get(usize::from(self.kind())).unwrap_or(&"?");
        let mut line = format!(
            "{kind} ciaddr={} yiaddr={} siaddr={} sname='{}' file='{}' len={}",
            self.ciaddr(),
            self.yiaddr(),
            self.siaddr(),
            shown(self.sname()),
            shown(self.file()),
            self.bytes.len()
        );
        for (code, value) in &self.options {
            let _ = match code {
                53 => Ok(()),
                12 | 15 | 17 | 60 | 66 | 67 => write!(line, " {code}='{}'", shown(value)),
                _ => write!(line, " {code}={}", hex(value)),
            };
        }
        line
    }

    fn address(&self, at: usize) -> Ipv4Addr {
        Ipv4Addr::new(
            self.bytes[at],
            self.bytes[at + 1],
            self.bytes[at + 2],
            self.bytes[at + 3],
        )
    }
}

/// A client's message under construction.
#[derive(Debug, Clone)]
pub struct Request {
    /// The whole payload without the end option.
    pub bytes: Vec<u8>,
}

impl Request {
    /// A BOOTREQUEST of this kind from an Ethernet client.
    pub fn new(kind: u8, mac: [u8; 6], xid: u32) -> Self {
        let mut bytes = vec![0_u8; OPTIONS];
        bytes[..4].copy_from_slice(&[1, 1, 6, 0]);
        bytes[4..8].copy_from_slice(&xid.to_be_bytes());
        bytes[28..34].copy_from_slice(&mac);
        bytes[OPTIONS - 4..].copy_from_slice(&COOKIE);
        Request { bytes }.with(53, &[kind])
    }

    /// Adds an option of at most 255 bytes.
    pub fn with(mut self, code: u8, value: &[u8]) -> Self {
        let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
        self.bytes.extend([code, length]);
        self.bytes.extend(&value[..usize::from(length)]);
        self
    }

    /// Says that a relay at this address passed the message on.
    pub fn relayed_by(mut self, relay: Ipv4Addr) -> Self {
        self.bytes[24..28].copy_from_slice(&relay.octets());
        self.bytes[3] = 1;
        self
    }

    /// Asks for an answer by broadcast (RFC 2131 2): the client has no
    /// address that its host would take a packet for.
    pub fn by_broadcast(mut self) -> Self {
        self.bytes[10] |= 0x80;
        self
    }

    /// Sets the client's own address.
    pub fn from_address(mut self, address: Ipv4Addr) -> Self {
        self.bytes[12..16].copy_from_slice(&address.octets());
        self
    }

    /// What firmware of this architecture adds (RFC 4578).
    pub fn as_firmware(self, architecture: u16) -> Self {
        let class = format!("PXEClient:Arch:{architecture:05}:UNDI:003000");
        self.with(55, &[1, 3, 43, 54, 60, 66, 67, 97])
            .with(60, class.as_bytes())
            .with(93, &architecture.to_be_bytes())
            .with(94, &[1, 3, 0])
            .with(97, &[0; 17])
    }

    /// The payload, ended and padded to BOOTP's 300 bytes.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.push(255);
        let length = self.bytes.len().max(300);
        self.bytes.resize(length, 0);
        self.bytes
    }
}

/// Bytes as text in which nothing is hidden: anything but printable ASCII is
/// `\xNN`, and a backslash is there twice.
pub fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            0x20..0x7f => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn until_nul(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    &field[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_decodes_to_what_was_composed() {
        let mac = [2, 0, 0, 0, 0, 9];
        let relay = Ipv4Addr::new(10, 0, 0, 1);
        let payload = Request::new(DISCOVER, mac, 0x0102_0304)
            .relayed_by(relay)
            .as_firmware(7)
            .finish();
        let message = Message::decode(&payload).unwrap();
        assert_eq!(message.kind(), DISCOVER);
        assert_eq!(message.mac(), mac);
        assert_eq!(message.xid(), [1, 2, 3, 4]);
        assert_eq!(message.option(93), Some(&[0_u8, 7][..]));
        assert_eq!(&payload[24..28], relay.octets());
        assert!(payload.len() > 300, "nothing is padded");
        assert_eq!(payload.last(), Some(&255), "the end option");
    }

    #[test]
    fn a_broken_option_ends_the_list_without_a_panic() {
        let mut payload = Request::new(DISCOVER, [0; 6], 1).bytes;
        payload.extend([67, 200, b'a']);
        let message = Message::decode(&payload).unwrap();
        assert_eq!(message.option(67), Some(&b"a"[..]));
        assert!(Message::decode(&payload[..239]).is_none());
    }

    #[test]
    fn text_shows_every_byte() {
        assert_eq!(shown(b"\\boot\0\xff"), "\\\\boot\\x00\\xff");
    }
}
