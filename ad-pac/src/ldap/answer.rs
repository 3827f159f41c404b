//! Entries read straight out of the messages that carry them (RFC 4511
//! section 4.5.2), in one pass: a directory sends tens of thousands.

use super::Entry;
use super::frame::{NotMessage, SEQUENCE, elements};

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SET: u8 = 0x31;
/// `[APPLICATION 4]`
const SEARCH_RESULT_ENTRY: u8 = 0x64;

/// The identifier of a request, which its answers carry.
pub type MessageId = i32;

/// The entry that a message carries, and whose answer it is; `None` when it
/// carries something else. The message is one that [`super::frame::message`]
/// let through.
///
/// # Errors
/// When it begins as an entry and is none.
pub fn entry(message: &[u8]) -> Option<Result<(MessageId, Entry), NotMessage>> {
    let (_, content) = elements(message).next()?;
    let mut parts = elements(content);
    let id = parts.next()?;
    let (tag, operation) = parts.next()?;
    (tag == SEARCH_RESULT_ENTRY).then(|| {
        let read = || Some((message_id(id)?, search_result_entry(operation)?));
        read().ok_or(NotMessage::Malformed)
    })
}

fn message_id((tag, content): (u8, &[u8])) -> Option<MessageId> {
    let id = match (tag, content) {
        (INTEGER, [first, ..]) if content.len() <= size_of::<MessageId>() => {
            let sign = if first & 0x80 == 0 { 0 } else { -1 };
            content
                .iter()
                .fold(sign, |id, byte| id << 8 | MessageId::from(*byte))
        }
        _ => return None,
    };
    Some(id)
}

fn search_result_entry(operation: &[u8]) -> Option<Entry> {
    let mut parts = elements(operation);
    let dn = octets(parts.next()?)?;
    let mut entry = Entry::new(String::from_utf8_lossy(dn));
    for attribute in elements(inside(SEQUENCE, parts.next()?)?) {
        let mut parts = elements(inside(SEQUENCE, attribute)?);
        let name = str::from_utf8(octets(parts.next()?)?).ok()?;
        let values = elements(inside(SET, parts.next()?)?);
        let values: Option<Vec<Vec<u8>>> = values
            .map(|value| octets(value).map(<[u8]>::to_vec))
            .collect();
        entry.add(name, values?);
    }
    Some(entry)
}

fn octets(element: (u8, &[u8])) -> Option<&[u8]> {
    inside(OCTET_STRING, element)
}

fn inside(wanted: u8, (tag, content): (u8, &[u8])) -> Option<&[u8]> {
    (tag == wanted).then_some(content)
}

#[cfg(test)]
#[path = "answer/tests.rs"]
mod tests;
