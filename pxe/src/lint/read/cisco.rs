//! Cisco IOS, as `show running-config` prints it: the lines of each
//! `ip dhcp pool`.

use super::{Book, Foreign, hex, lines};
use crate::lint::model::{Field, SERVERS_OPTION, Span, Value, Writing};

const EXPECTED: &str = "a running-config of Cisco IOS with an `ip dhcp pool`";

pub(in crate::lint) fn read(mut book: Book<'_>) -> Result<super::Reading, Foreign> {
    let text = book.text(0);
    let mut scope = 0;
    for (start, line) in lines(&text) {
        let line = line.trim_end_matches('\r');
        let words: Vec<&str> = line.split_whitespace().collect();
        let indented = line.starts_with([' ', '\t']);
        if let ["ip", "dhcp", "pool", name, ..] = *words {
            book.known += 1;
            scope = book.scope(format!("pool {name}"), 0);
            continue;
        }
        if !indented && !line.starts_with('!') && !line.is_empty() {
            scope = 0;
        }
        // Lines of a pool alone are what somebody is about to paste.
        if !indented {
            continue;
        }
        let value_of = |skip: usize| {
            let mut rest = line;
            for _ in 0..skip {
                rest = rest.trim_start();
                rest = &rest[rest.find(char::is_whitespace).unwrap_or(rest.len())..];
            }
            let rest = rest.trim_start();
            let at = start + line.len() - rest.len();
            (
                rest,
                Span {
                    source: 0,
                    start: at,
                    end: start + line.len(),
                },
            )
        };
        let indent = line.len() - line.trim_start().len();
        let statement = Span {
            source: 0,
            start: start + indent,
            end: start + line.len(),
        };
        match *words {
            ["next-server", address, ..] => {
                book.known += 1;
                let (_, span) = value_of(1);
                let span = Span {
                    end: span.start + address.len(),
                    ..span
                };
                book.set(
                    scope,
                    Field::NextServer,
                    Value::address(address, span),
                    statement,
                );
            }
            ["bootfile", ..] => {
                book.known += 1;
                let (name, span) = value_of(1);
                book.set(
                    scope,
                    Field::File,
                    Value::plain(name, span, Writing::Plain),
                    statement,
                );
            }
            ["option", code, kind, ..] => {
                book.known += 1;
                let Some(field) = code.parse().ok().and_then(Field::of_code) else {
                    continue;
                };
                let (written, span) = value_of(3);
                let value = match kind {
                    "ascii" => {
                        let bare = written
                            .strip_prefix('"')
                            .and_then(|text| text.strip_suffix('"'));
                        Value::plain(bare.unwrap_or(written), span, Writing::Quoted)
                    }
                    "hex" => match hex(written) {
                        Some(bytes) => Value::of_bytes(bytes, span),
                        None => {
                            return Err(book.foreign(0, span.start, "pairs of hexadecimal digits"));
                        }
                    },
                    "ip" if field == SERVERS_OPTION => {
                        Value::addresses(written.split_whitespace(), span)
                    }
                    _ => Value::unknown(span),
                };
                book.set(scope, field, value, statement);
            }
            _ => {}
        }
    }
    book.finish(EXPECTED)
}
