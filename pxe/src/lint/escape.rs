//! What each server makes of a text between its quotes, and how a text is
//! written so that it arrives.

use super::model::{Eaten, Writing};
use crate::render::quoting;

/// A text as the server understands it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The bytes; nothing where the server refuses the text.
    pub bytes: Option<Vec<u8>>,
    /// What there would be if every escape that surprises were plain text.
    pub intended: Vec<u8>,
    /// Those escapes.
    pub eaten: Vec<Eaten>,
}

impl Decoded {
    /// Text in which nothing is an escape.
    pub fn plain(bytes: impl Into<Vec<u8>>) -> Decoded {
        let bytes = bytes.into();
        Decoded {
            intended: bytes.clone(),
            bytes: Some(bytes),
            eaten: Vec::new(),
        }
    }

    fn wanted(&mut self, bytes: &[u8]) {
        self.intended.extend_from_slice(bytes);
        if let Some(sent) = &mut self.bytes {
            sent.extend_from_slice(bytes);
        }
    }

    fn surprise(&mut self, written: &str, sent: Option<&[u8]>) {
        self.intended.extend_from_slice(written.as_bytes());
        match (&mut self.bytes, sent) {
            (Some(bytes), Some(sent)) => bytes.extend_from_slice(sent),
            (bytes, None) => *bytes = None,
            (None, Some(_)) => {}
        }
        self.eaten.push(Eaten {
            written: written.to_owned(),
            sent: sent.map(<[u8]>::to_vec),
        });
    }
}

/// Splits at backslashes: plain text, then the backslash with what follows.
fn backslashes(text: &str, decoded: &mut Decoded, escape: fn(&str, &mut Decoded) -> usize) {
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        decoded.wanted(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        let length = escape(rest, decoded).clamp(1, rest.len());
        rest = rest.get(length..).unwrap_or_default();
    }
    decoded.wanted(rest.as_bytes());
}

/// As many bytes as a backslash and one character take.
fn pair(rest: &str) -> usize {
    1 + rest[1..].chars().next().map_or(0, char::len_utf8)
}

/// ISC dhcpd between double quotes (its lexer; the tests ask the server):
/// `\t` `\r` `\n` `\b`, `\0`–`\3` and two more octal digits, `\x` and two
/// hexadecimal digits; before any other letter the backslash disappears.
pub fn isc(text: &str) -> Decoded {
    let mut decoded = Decoded {
        bytes: Some(Vec::new()),
        ..Decoded::default()
    };
    backslashes(text, &mut decoded, isc_escape);
    decoded
}

fn isc_escape(rest: &str, decoded: &mut Decoded) -> usize {
    let bytes = rest.as_bytes();
    let length = pair(rest);
    match bytes.get(1) {
        Some(byte @ (b'\\' | b'"')) => decoded.wanted(&[*byte]),
        Some(b't') => decoded.surprise(&rest[..2], Some(b"\t")),
        Some(b'r') => decoded.surprise(&rest[..2], Some(b"\r")),
        Some(b'n') => decoded.surprise(&rest[..2], Some(b"\n")),
        Some(b'b') => decoded.surprise(&rest[..2], Some(b"\x08")),
        Some(b'0'..=b'3') => {
            let digits = rest
                .get(1..4)
                .filter(|digits| digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit)));
            let Some(value) = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) else {
                decoded.surprise(&rest[..length], None);
                return length;
            };
            // A NUL, a letter beyond ASCII: nothing that a path looks like.
            if value == 0 || value >= 0x80 {
                decoded.wanted(&[value]);
            } else {
                decoded.surprise(&rest[..4], Some(&[value]));
            }
            return 4;
        }
        Some(b'x') => {
            let digits = rest
                .get(2..4)
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            match value {
                // Nobody names a folder `\x00`.
                Some(0) => decoded.wanted(&[0]),
                Some(value) => decoded.surprise(&rest[..4], Some(&[value])),
                None => {
                    decoded.surprise(&rest[..2], None);
                    return 2;
                }
            }
            return 4;
        }
        _ => decoded.surprise(&rest[..length], Some(&rest.as_bytes()[1..length])),
    }
    length
}

/// A JSON string as Kea reads it: `\x` is refused, `\b` is a control byte.
pub fn json(text: &str) -> Decoded {
    let mut decoded = Decoded {
        bytes: Some(Vec::new()),
        ..Decoded::default()
    };
    backslashes(text, &mut decoded, json_escape);
    decoded
}

fn json_escape(rest: &str, decoded: &mut Decoded) -> usize {
    let length = pair(rest);
    let control = |decoded: &mut Decoded, byte| decoded.surprise(&rest[..2], Some(&[byte]));
    match rest.as_bytes().get(1) {
        Some(byte @ (b'\\' | b'"' | b'/')) => decoded.wanted(&[*byte]),
        Some(b'b') => control(decoded, 8),
        Some(b'f') => control(decoded, 12),
        Some(b'n') => control(decoded, b'\n'),
        Some(b'r') => control(decoded, b'\r'),
        Some(b't') => control(decoded, b'\t'),
        Some(b'u') => {
            let digits = rest
                .get(2..6)
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            // Kea takes values below 256, as bytes.
            let value = digits
                .and_then(|digits| u16::from_str_radix(digits, 16).ok())
                .and_then(|value| u8::try_from(value).ok());
            let Some(value) = value else {
                decoded.surprise(&rest[..2], None);
                return 2;
            };
            decoded.wanted(&[value]);
            return 6;
        }
        _ => decoded.surprise(&rest[..length], None),
    }
    length
}

/// What Kea makes of the text of an option after JSON: the first value of a
/// list, `\,` a comma, `\\` a backslash, blanks around it and NULs at its end
/// gone. `whole` goes on behind a comma, as somebody meant who forgot its
/// backslash.
pub fn kea_option(text: &[u8], whole: bool) -> Vec<u8> {
    let mut value = Vec::new();
    let mut escaped = false;
    for byte in text {
        match (escaped, byte) {
            (false, b'\\') => {
                escaped = true;
                continue;
            }
            (false, b',') if !whole => break,
            (true, b'\\' | b',') => value.push(*byte),
            (true, other) => value.extend([b'\\', *other]),
            (false, other) => value.push(*other),
        }
        escaped = false;
    }
    if escaped {
        value.push(b'\\');
    }
    let blank = |byte: &u8| byte.is_ascii_whitespace();
    while value.first().is_some_and(blank) {
        value.remove(0);
    }
    while value.last().is_some_and(|byte| blank(byte) || *byte == 0) {
        value.pop();
    }
    value
}

/// dnsmasq between double quotes: `\"` `\\` and five letters; elsewhere a
/// backslash stays one.
pub fn dnsmasq(text: &str) -> Decoded {
    let mut decoded = Decoded {
        bytes: Some(Vec::new()),
        ..Decoded::default()
    };
    backslashes(text, &mut decoded, dnsmasq_escape);
    decoded
}

fn dnsmasq_escape(rest: &str, decoded: &mut Decoded) -> usize {
    let control = match rest.as_bytes().get(1) {
        Some(byte @ (b'\\' | b'"')) => {
            decoded.wanted(&[*byte]);
            return 2;
        }
        Some(b't') => b'\t',
        Some(b'n') => b'\n',
        Some(b'b') => 8,
        Some(b'r') => b'\r',
        Some(b'e') => 27,
        _ => {
            decoded.wanted(b"\\");
            return 1;
        }
    };
    decoded.surprise(&rest[..2], Some(&[control]));
    2
}

/// RouterOS between double quotes: letters of C, `\$` `\?` `\_` (a blank), two
/// hexadecimal digits in capitals; anything else is a syntax error.
pub fn routeros(text: &str) -> Decoded {
    let mut decoded = Decoded {
        bytes: Some(Vec::new()),
        ..Decoded::default()
    };
    backslashes(text, &mut decoded, routeros_escape);
    decoded
}

fn routeros_escape(rest: &str, decoded: &mut Decoded) -> usize {
    let length = pair(rest);
    let control = |decoded: &mut Decoded, byte| decoded.surprise(&rest[..2], Some(&[byte]));
    match rest.as_bytes().get(1) {
        Some(byte @ (b'\\' | b'"' | b'$' | b'?')) => decoded.wanted(&[*byte]),
        Some(b'_') => decoded.wanted(b" "),
        Some(b'n') => control(decoded, b'\n'),
        Some(b'r') => control(decoded, b'\r'),
        Some(b't') => control(decoded, b'\t'),
        Some(b'a') => control(decoded, 7),
        Some(b'b') => control(decoded, 8),
        Some(b'f') => control(decoded, 12),
        Some(b'v') => control(decoded, 11),
        _ => {
            let digits = rest.get(1..3).filter(|digits| {
                digits
                    .bytes()
                    .all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F'))
            });
            if let Some(value) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                if value == 0 || value >= 0x80 {
                    decoded.wanted(&[value]);
                } else {
                    decoded.surprise(&rest[..3], Some(&[value]));
                }
                return 3;
            }
            decoded.surprise(&rest[..length], None);
        }
    }
    length
}

/// A text as it must stand in a file to be sent; nothing where that writing
/// cannot say it.
pub fn written(writing: Writing, bytes: &[u8]) -> Option<String> {
    let text = || std::str::from_utf8(bytes).ok();
    let printable = || text().filter(|text| !text.chars().any(char::is_control));
    let isc = || quoting::isc(bytes);
    Some(match writing {
        Writing::Isc => format!("\"{}\"", isc()),
        Writing::BareIsc => isc(),
        Writing::Json => quoting::json(printable()?),
        Writing::KeaOption => quoting::kea_option(printable()?),
        Writing::Dnsmasq => quoting::dnsmasq(printable()?),
        Writing::RouterOs => quoting::routeros(printable()?),
        Writing::RouterOsText => {
            let quoted = quoting::routeros(printable()?);
            quoted[1..quoted.len() - 1].to_owned()
        }
        Writing::PowerShell => quoting::powershell(printable()?),
        Writing::Quoted => format!("\"{}\"", printable().filter(|text| !text.contains('"'))?),
        Writing::Xml => quoting::xml(printable()?),
        Writing::XmlIsc => quoting::xml(&isc()),
        Writing::CsvIsc => {
            let value = isc();
            if value.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", value.replace('"', "\"\""))
            } else {
                value
            }
        }
        Writing::Plain => printable()
            .filter(|text| !text.contains([' ', '#']))?
            .to_owned(),
        Writing::Hex => return None,
    })
}
