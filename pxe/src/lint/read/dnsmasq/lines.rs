//! Lines as dnsmasq's own reader sees them.

use super::super::{Book, Foreign};
use crate::lint::escape::{self, Decoded};
use crate::lint::model::{Span, Value, Writing};

/// A value between commas.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) decoded: Decoded,
    pub(super) span: Span,
}

impl Part {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.decoded.intended).into_owned()
    }

    pub(super) fn value(self) -> Value {
        Value::new(self.decoded, self.span, Writing::Dnsmasq)
    }
}

#[derive(Debug)]
pub(super) struct Line {
    pub(super) key: String,
    pub(super) parts: Vec<Part>,
    pub(super) span: Span,
}

/// One line; quotes and comments as dnsmasq's own reader sees them.
pub(super) fn parse(
    book: &Book<'_>,
    source: usize,
    start: usize,
    line: &str,
) -> Result<Option<Line>, Foreign> {
    let bytes = line.as_bytes();
    let mut quoted = false;
    let mut white = true;
    let mut end = line.len();
    let mut commas = Vec::new();
    let mut equal = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted && is_escape(bytes, at) => at += 1,
            b'#' if !quoted && white => {
                end = at;
                break;
            }
            b'=' if !quoted && equal.is_none() => equal = Some(at),
            b',' if !quoted && equal.is_some() => commas.push(at),
            _ => {}
        }
        white = byte.is_ascii_whitespace();
        at += 1;
    }
    if quoted {
        return Err(book.foreign(source, start, "a closing double quote on this line"));
    }
    let whole = line[..end].trim_end();
    let first = whole.len() - whole.trim_start().len();
    if whole.trim().is_empty() {
        return Ok(None);
    }
    let key_end = equal.unwrap_or(whole.len());
    let key = whole[first..key_end].trim().to_owned();
    let mut parts = Vec::new();
    if let Some(equal) = equal {
        let mut begin = equal + 1;
        for comma in commas.into_iter().chain([whole.len()]) {
            parts.push(part(source, start, whole, begin, comma));
            begin = comma + 1;
        }
    }
    let span = Span {
        source,
        start: start + first,
        end: start + whole.len(),
    };
    Ok(Some(Line { key, parts, span }))
}

fn part(source: usize, start: usize, line: &str, begin: usize, end: usize) -> Part {
    let raw = line.get(begin..end).unwrap_or_default();
    let text = raw.trim();
    let at = start + begin + (raw.len() - raw.trim_start().len());
    let span = Span {
        source,
        start: at,
        end: at + text.len(),
    };
    let mut decoded = Decoded::plain("");
    // Pieces in quotes and outside them take turns.
    let mut inside = false;
    let mut rest = text;
    loop {
        let end = closing(rest, inside);
        let piece = &rest[..end.unwrap_or(rest.len())];
        let more = if inside {
            escape::dnsmasq(piece)
        } else {
            Decoded::plain(piece)
        };
        decoded.intended.extend(more.intended);
        decoded.eaten.extend(more.eaten);
        if let (Some(bytes), Some(more)) = (&mut decoded.bytes, more.bytes) {
            bytes.extend(more);
        }
        let Some(end) = end else { break };
        rest = &rest[end + 1..];
        inside = !inside;
    }
    Part { decoded, span }
}

/// Whether the backslash at a byte begins an escape; else it is itself.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at + 1)
        .is_some_and(|next| b"\"tnebr\\".contains(next))
}

/// The next quote that counts.
fn closing(text: &str, inside: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return Some(at),
            b'\\' if inside && is_escape(bytes, at) => at += 2,
            _ => at += 1,
        }
    }
    None
}
