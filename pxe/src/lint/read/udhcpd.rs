//! BusyBox udhcpd: a word and its value a line, `#` begins a comment, nothing
//! is an escape.

use super::{Book, Foreign, lines};
use crate::lint::model::{Field, SERVERS_OPTION, Span, Value, Writing};

const EXPECTED: &str = "lines of udhcpd.conf, such as `boot_file pxelinux.0`";
const KNOWN: &[&str] = &[
    "start",
    "end",
    "interface",
    "max_leases",
    "auto_time",
    "decline_time",
    "conflict_time",
    "offer_time",
    "min_lease",
    "lease_file",
    "pidfile",
    "notify_file",
    "siaddr",
    "sname",
    "boot_file",
    "option",
    "opt",
    "static_lease",
    "remaining",
];
/// Options that matter, as BusyBox names them.
const OPTIONS: &[(&str, u8)] = &[("tftp", 66), ("bootfile", 67), ("vendor", 60)];

pub(in crate::lint) fn read(mut book: Book<'_>) -> Result<super::Reading, Foreign> {
    let text = book.text(0);
    for (start, line) in lines(&text) {
        let bare = line.split('#').next().unwrap_or_default();
        let Some((word, _, rest)) = word(bare, 0) else {
            continue;
        };
        let word = word.trim_start_matches('\u{feff}');
        if !KNOWN.contains(&word) {
            return Err(book.foreign(0, start, EXPECTED));
        }
        book.known += 1;
        let statement = Span {
            source: 0,
            start,
            end: start + bare.trim_end_matches([' ', '\t', '\r']).len(),
        };
        let field = match word {
            "siaddr" => Some(Field::NextServer),
            "sname" => Some(Field::ServerName),
            "boot_file" => Some(Field::File),
            _ => None,
        };
        let whole = |from: usize| {
            let value = bare[from..].trim_matches([' ', '\t']);
            let at = start
                + from
                + (bare[from..].len() - bare[from..].trim_start_matches([' ', '\t']).len());
            (
                value,
                Span {
                    source: 0,
                    start: at,
                    end: at + value.len(),
                },
            )
        };
        if let Some(field) = field {
            let (value, span) = whole(rest);
            let value = if field == Field::NextServer {
                Value::address(value.trim_end(), span)
            } else {
                Value::plain(value, span, Writing::Plain)
            };
            book.set(0, field, value, statement);
        } else if matches!(word, "option" | "opt") {
            let Some((name, _, rest)) = self::word(bare, rest) else {
                continue;
            };
            let code = OPTIONS
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, code)| *code)
                .or_else(|| {
                    name.strip_prefix("0x")
                        .map_or(name.parse().ok(), |hex| u8::from_str_radix(hex, 16).ok())
                });
            let Some(field) = code.and_then(Field::of_code) else {
                continue;
            };
            let (value, span) = whole(rest);
            let named = OPTIONS.iter().any(|(known, _)| *known == name);
            let value = if field == SERVERS_OPTION || !named {
                // By number udhcpd reads hexadecimal digits.
                super::hex(value).map_or_else(
                    || Value::unknown(span),
                    |bytes| Value::of_bytes(bytes, span),
                )
            } else {
                // A value of an option ends at a blank.
                let first = value.split([' ', '\t']).next().unwrap_or_default();
                let mut sent = Value::plain(first, span, Writing::Plain);
                sent.intended = value.as_bytes().to_vec();
                sent
            };
            book.set(0, field, value, statement);
        }
    }
    book.finish(EXPECTED)
}

/// The next word from a byte on, where it begins, and the byte after it.
fn word(text: &str, from: usize) -> Option<(&str, usize, usize)> {
    let rest = text.get(from..)?;
    let begin = from + rest.find(|c: char| !c.is_whitespace())?;
    let length = text[begin..]
        .find(|c: char| c.is_whitespace())
        .unwrap_or(text.len() - begin);
    Some((&text[begin..begin + length], begin, begin + length))
}
