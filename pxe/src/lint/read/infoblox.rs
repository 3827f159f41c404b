//! Infoblox NIOS: the CSV of an export, or the fields of its pages written
//! down as `Label: value`. Inside is ISC dhcpd, which reads them in its quotes.

use super::{Book, Foreign, lines};
use crate::lint::escape;
use crate::lint::model::{
    Applies, ArchitectureTest, FILE_OPTION, Field, SERVER_OPTION, Span, VENDOR_CLASS, Value,
    Writing,
};

const EXPECTED: &str = "a CSV export of Infoblox, whose first line begins with `header-`, or \
                        lines such as `Boot File: pxelinux.0`";

pub(in crate::lint) fn read(mut book: Book<'_>) -> Result<super::Reading, Foreign> {
    let text = book.text(0);
    let first = text.trim_start_matches('\u{feff}').trim_start();
    if first.get(..7).is_some_and(|word| {
        word.trim_matches('"')
            .to_ascii_lowercase()
            .starts_with("header")
    }) {
        export(&mut book, &text)?;
    } else {
        labels(&mut book, &text);
    }
    book.finish(EXPECTED)
}

/// A field of a CSV line: its text, and where it stands with its quotes.
fn fields(line: &str, start: usize) -> Vec<(String, Span)> {
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let rest = &line[at..];
        let begin = at;
        let mut text = String::new();
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut inside = quoted;
            at += 1;
            loop {
                let Some(end) = inside.find('"') else {
                    text.push_str(inside);
                    at = line.len();
                    break;
                };
                text.push_str(&inside[..end]);
                at += end + 1;
                inside = &inside[end + 1..];
                let Some(more) = inside.strip_prefix('"') else {
                    break;
                };
                text.push('"');
                at += 1;
                inside = more;
            }
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            text.push_str(&rest[..end]);
            at += end;
        }
        fields.push((
            text,
            Span {
                source: 0,
                start: start + begin,
                end: start + at,
            },
        ));
        match line[at..].find(',') {
            Some(comma) => at += comma + 1,
            None => return fields,
        }
    }
}

fn export(book: &mut Book<'_>, text: &str) -> Result<(), Foreign> {
    let mut columns: Vec<Option<Field>> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut kind = String::new();
    for (start, line) in lines(text) {
        let line = line.trim_end_matches('\r');
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let row = fields(line, start);
        let word = row[0].0.trim_start_matches('\u{feff}').to_ascii_lowercase();
        if let Some(what) = word
            .strip_prefix("header-")
            .or_else(|| word.strip_prefix("header"))
        {
            book.known += 1;
            what.clone_into(&mut kind);
            names = row
                .iter()
                .map(|(name, _)| name.trim_matches('*').to_ascii_lowercase())
                .collect();
            columns = names.iter().map(|name| column(name)).collect();
            continue;
        }
        if word != kind {
            return Err(book.foreign(
                0,
                start,
                format!("a row of `{kind}`, or a line that begins with `header-`"),
            ));
        }
        let name: Vec<&str> = names
            .iter()
            .zip(&row)
            .skip(1)
            .filter(|(name, _)| {
                ["address", "network", "name", "ip_address", "start_address"].contains(&&***name)
            })
            .map(|(_, (value, _))| &**value)
            .take(1)
            .collect();
        // An export has many rows that say nothing about booting.
        let says = row
            .iter()
            .zip(&columns)
            .any(|((text, _), field)| field.is_some() && !text.is_empty());
        if !says {
            continue;
        }
        let scope = book.scope(format!("{kind} {}", name.join(" ")), 0);
        if scope == 0 {
            return Err(book.foreign(0, start, "fewer rows"));
        }
        let statement = Span {
            source: 0,
            start,
            end: start + line.len(),
        };
        if ["fixedaddress", "hostaddress", "optionfilter"].contains(&&*kind) {
            book.reading.scopes[scope].applies.other = true;
        }
        for ((text, span), field) in row.iter().zip(&columns) {
            let Some(field) =
                field.filter(|_| !text.is_empty() && !text.eq_ignore_ascii_case("<empty>"))
            else {
                continue;
            };
            let value = if field == Field::NextServer {
                Value::address(text.trim(), *span)
            } else if field.is_text() {
                Value::new(escape::isc(text), *span, Writing::CsvIsc)
            } else {
                super::hex(text).map_or_else(
                    || Value::unknown(*span),
                    |bytes| Value::of_bytes(bytes, *span),
                )
            };
            book.set(scope, field, value, statement);
        }
    }
    Ok(())
}

fn column(name: &str) -> Option<Field> {
    match name {
        "boot_file" | "bootfile" => Some(Field::File),
        "next_server" | "nextserver" => Some(Field::NextServer),
        "boot_server" | "bootserver" => Some(Field::ServerName),
        _ => {
            let code = name
                .strip_prefix("option-")?
                .rsplit('-')
                .find_map(|part| part.parse().ok())?;
            Field::of_code(code)
        }
    }
}

fn labels(book: &mut Book<'_>, text: &str) {
    let mut scope = 0;
    for (start, line) in lines(text) {
        let line = line.trim_end_matches('\r');
        if let Some(comment) = line.strip_prefix('#') {
            // `# uefi-x64: an Option Filter on option 93 = 0007 or 0009, with`
            if let Some((name, rest)) = comment.split_once(": an Option Filter on option 93 = ") {
                let class = book.scope(format!("filter {}", name.trim()), 0);
                if class == 0 {
                    return;
                }
                let span = Span {
                    source: 0,
                    start,
                    end: start + line.len(),
                };
                let codes = rest
                    .split(|c: char| !c.is_ascii_hexdigit())
                    .filter(|word| word.len() == 4);
                let tests = codes
                    .filter_map(|word| u16::from_str_radix(word, 16).ok())
                    .map(|code| ArchitectureTest {
                        code,
                        span,
                        twin: None,
                    });
                book.reading.scopes[class].applies = Applies {
                    tests: tests.collect(),
                    ..Applies::default()
                };
                scope = class;
            }
            continue;
        }
        let Some((label, value)) = line.split_once(':') else {
            continue;
        };
        let label = label.trim().to_ascii_lowercase();
        let field = match &*label {
            "boot file" => Field::File,
            "next server" => Field::NextServer,
            "boot server" => Field::ServerName,
            _ if label.contains("(66)") => SERVER_OPTION,
            _ if label.contains("(67)") => FILE_OPTION,
            _ if label.contains("(60)") => VENDOR_CLASS,
            _ => continue,
        };
        book.known += 1;
        let begin = start + line.len() - value.trim_start_matches([' ', '\t']).len();
        let span = Span {
            source: 0,
            start: begin,
            end: start + line.len(),
        };
        let written = &text[span.start..span.end];
        if written.is_empty() {
            continue;
        }
        let value = if field == Field::NextServer {
            Value::address(written.trim(), span)
        } else {
            Value::new(escape::isc(written), span, Writing::BareIsc)
        };
        book.set(
            scope,
            field,
            value,
            Span {
                source: 0,
                start,
                end: start + line.len(),
            },
        );
    }
}
