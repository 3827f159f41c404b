//! TFTP packets (RFC 1350, 2347, 2348, 2349, 7440).

/// The longest name taken from a request. Real names are far shorter; the
/// bound keeps path walking cheap.
pub const NAME_MAX: usize = 512;

/// Transfer mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Bytes as they are.
    Octet,
    /// Lines end with CR LF, CR is CR NUL.
    Netascii,
}

/// Error codes (RFC 1350 §5, RFC 2347).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Code {
    /// See the text.
    Undefined = 0,
    /// File not found.
    NotFound = 1,
    /// Access violation.
    Access = 2,
    /// Disk full or allocation exceeded.
    DiskFull = 3,
    /// Illegal TFTP operation.
    Illegal = 4,
    /// Unknown transfer id.
    UnknownTid = 5,
    /// File already exists.
    Exists = 6,
    /// Option negotiation failed.
    Option = 8,
}

/// A read or write request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// Whether the client wants to write.
    pub write: bool,
    /// The file as the client names it.
    pub name: &'a [u8],
    /// The mode.
    pub mode: Mode,
    /// The options, names in any case.
    pub options: Vec<(&'a [u8], &'a [u8])>,
}

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<'a> {
    /// Opcode 1 or 2.
    Request(Request<'a>),
    /// Opcode 3.
    Data(u16, &'a [u8]),
    /// Opcode 4.
    Ack(u16),
    /// Opcode 5: code and text.
    Error(u16, &'a [u8]),
    /// Opcode 6.
    OptionAck(Vec<(&'a [u8], &'a [u8])>),
}

/// Why bytes are not a TFTP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Too short, or without the terminating NUL.
    Truncated,
    /// An opcode that does not exist.
    Opcode,
    /// A mode other than octet and netascii (mail is obsolete).
    Mode,
    /// The name is empty or longer than [`NAME_MAX`].
    Name,
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Malformed::Truncated => "truncated packet",
            Malformed::Opcode => "unknown operation",
            Malformed::Mode => "unknown transfer mode",
            Malformed::Name => "file name empty or too long",
        })
    }
}

impl std::error::Error for Malformed {}

/// Parses a packet.
///
/// # Errors
/// When it is none.
pub fn parse(bytes: &[u8]) -> Result<Packet<'_>, Malformed> {
    let [high, low, rest @ ..] = bytes else {
        return Err(Malformed::Truncated);
    };
    let number = || match rest {
        [high, low, ..] => Ok(u16::from_be_bytes([*high, *low])),
        _ => Err(Malformed::Truncated),
    };
    match u16::from_be_bytes([*high, *low]) {
        opcode @ (1 | 2) => request(opcode == 2, rest).map(Packet::Request),
        3 => Ok(Packet::Data(number()?, &rest[2..])),
        4 => Ok(Packet::Ack(number()?)),
        5 => {
            let code = number()?;
            let text = rest[2..]
                .split(|byte| *byte == 0)
                .next()
                .unwrap_or_default();
            Ok(Packet::Error(code, text))
        }
        6 => Ok(Packet::OptionAck(pairs(rest))),
        _ => Err(Malformed::Opcode),
    }
}

fn request(write: bool, bytes: &[u8]) -> Result<Request<'_>, Malformed> {
    let (name, rest) = string(bytes).ok_or(Malformed::Truncated)?;
    let (mode, rest) = string(rest).ok_or(Malformed::Truncated)?;
    if name.is_empty() || name.len() > NAME_MAX {
        return Err(Malformed::Name);
    }
    let mode = if mode.eq_ignore_ascii_case(b"octet") {
        Mode::Octet
    } else if mode.eq_ignore_ascii_case(b"netascii") {
        Mode::Netascii
    } else {
        return Err(Malformed::Mode);
    };
    Ok(Request {
        write,
        name,
        mode,
        options: pairs(rest),
    })
}

/// Option names and values; an incomplete last pair is left out, since some
/// ROMs pad the packet.
fn pairs(mut bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    while let Some((name, rest)) = string(bytes) {
        let Some((value, rest)) = string(rest) else {
            break;
        };
        if !name.is_empty() {
            found.push((name, value));
        }
        bytes = rest;
    }
    found
}

fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

/// An ERROR packet.
pub fn error(code: Code, text: &str) -> Vec<u8> {
    let mut bytes = vec![0, 5];
    bytes.extend((code as u16).to_be_bytes());
    // The text goes into one packet and is a NUL-terminated string.
    bytes.extend(text.bytes().filter(|byte| *byte != 0).take(480));
    bytes.push(0);
    bytes
}

/// An ACK packet.
pub fn ack(block: u16) -> [u8; 4] {
    let [high, low] = block.to_be_bytes();
    [0, 4, high, low]
}

/// The head of a DATA packet.
pub fn data_head(block: u16) -> [u8; 4] {
    let [high, low] = block.to_be_bytes();
    [0, 3, high, low]
}

/// A read request.
pub fn read_request(name: &[u8], options: &[(&str, String)]) -> Vec<u8> {
    let mut bytes = vec![0, 1];
    bytes.extend_from_slice(name);
    bytes.extend(b"\0octet\0");
    push_pairs(&mut bytes, options);
    bytes
}

/// An OACK packet.
pub fn option_ack(options: &[(&str, String)]) -> Vec<u8> {
    let mut bytes = vec![0, 6];
    push_pairs(&mut bytes, options);
    bytes
}

fn push_pairs(bytes: &mut Vec<u8>, options: &[(&str, String)]) {
    for (name, value) in options {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(value.as_bytes());
        bytes.push(0);
    }
}

#[cfg(test)]
#[path = "tftp/tests.rs"]
mod tests;
