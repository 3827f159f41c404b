//! Where one LDAP message ends and the next begins (RFC 4511 section 5.1),
//! and whether what lies between is BER that can be read without harm.
//!
//! Nothing of a message is given on before all of it has passed here, so that
//! no peer makes the reader behind wait for ever, grow without bound or
//! recurse without end.

use std::fmt;

/// The largest message that is taken. The largest that a directory has reason
/// to send here, an account in some thousand groups, has some 100 KiB.
pub const LARGEST: usize = 16 << 20;
/// An entry is nested six deep, a referral five.
const DEEPEST: usize = 32;

/// LDAPMessage is a SEQUENCE.
pub(super) const SEQUENCE: u8 = 0x30;
const CONSTRUCTED: u8 = 0x20;
/// Tags of more than one byte, which LDAP has none of.
const LONG_TAG: u8 = 0x1f;

/// Why bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMessage {
    /// They are no BER, or BER that LDAP does not use.
    Malformed,
    /// The message would have this many bytes.
    TooLarge(usize),
    /// It is nested more than any message of LDAP is.
    TooDeep,
}

impl fmt::Display for NotMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotMessage::Malformed => f.write_str("the server sent something that is not LDAP"),
            NotMessage::TooLarge(bytes) => write!(
                f,
                "the server announced a message of {bytes} bytes, and more than {LARGEST} are not taken"
            ),
            NotMessage::TooDeep => write!(
                f,
                "the server sent a message of more than {DEEPEST} levels, which LDAP never has"
            ),
        }
    }
}

impl std::error::Error for NotMessage {}

/// How many bytes the first message has, once all of it is there.
///
/// # Errors
/// As soon as it is known that no message can come of these bytes.
pub fn message(bytes: &[u8]) -> Result<Option<usize>, NotMessage> {
    match bytes.first() {
        None => return Ok(None),
        Some(&SEQUENCE) => {}
        Some(_) => return Err(NotMessage::Malformed),
    }
    let Some(header) = Header::read(bytes)? else {
        return Ok(None);
    };
    let Some(end) = header.end(0).filter(|end| *end <= LARGEST) else {
        return Err(NotMessage::TooLarge(header.content));
    };
    let Some(message) = bytes.get(..end) else {
        return Ok(None);
    };
    check(message).map(|()| Some(end))
}

/// Walks through all elements; no recursion, so that no depth can hurt.
fn check(message: &[u8]) -> Result<(), NotMessage> {
    let mut ends = vec![message.len()];
    let mut at = 0;
    while let Some(&end) = ends.last() {
        if at == end {
            ends.pop();
            continue;
        }
        let header = Header::read(&message[at..end])?.ok_or(NotMessage::Malformed)?;
        let stop = header.end(at).filter(|stop| *stop <= end);
        let stop = stop.ok_or(NotMessage::Malformed)?;
        if header.constructed {
            if ends.len() > DEEPEST {
                return Err(NotMessage::TooDeep);
            }
            ends.push(stop);
            at += header.bytes;
        } else {
            at = stop;
        }
    }
    Ok(())
}

/// The elements of checked bytes one after the other, each its tag and its
/// content; ends early where they are no BER after all.
pub(super) fn elements(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let header = Header::read(rest).ok()??;
        let (element, after) = rest.split_at_checked(header.end(0)?)?;
        let tag = rest[0];
        rest = after;
        Some((tag, &element[header.bytes..]))
    })
}

/// Tag and length of an element.
struct Header {
    constructed: bool,
    /// Its own size.
    bytes: usize,
    /// The size of what follows.
    content: usize,
}

impl Header {
    /// `None` while it is not all there.
    fn read(bytes: &[u8]) -> Result<Option<Self>, NotMessage> {
        let [tag, first, rest @ ..] = bytes else {
            return Ok(None);
        };
        if tag & LONG_TAG == LONG_TAG {
            return Err(NotMessage::Malformed);
        }
        let (octets, content) = match *first {
            short @ 0..=0x7f => (0, usize::from(short)),
            // Indefinite lengths are not used (RFC 4511 section 5.1).
            0x80 => return Err(NotMessage::Malformed),
            long => {
                let octets = usize::from(long & 0x7f);
                if octets > size_of::<u64>() {
                    return Err(NotMessage::Malformed);
                }
                let Some(number) = rest.get(..octets) else {
                    return Ok(None);
                };
                let number = number
                    .iter()
                    .fold(0u64, |number, octet| number << 8 | u64::from(*octet));
                (octets, usize::try_from(number).unwrap_or(usize::MAX))
            }
        };
        Ok(Some(Header {
            constructed: tag & CONSTRUCTED != 0,
            bytes: 2 + octets,
            content,
        }))
    }

    /// Where the element ends that begins at `start`.
    fn end(&self, start: usize) -> Option<usize> {
        start.checked_add(self.bytes)?.checked_add(self.content)
    }
}

#[cfg(test)]
#[path = "frame/tests.rs"]
mod tests;
