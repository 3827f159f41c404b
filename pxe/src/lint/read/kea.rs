//! Kea's configuration: JSON with `#`, `//` and `/* */` comments, commas too
//! many, and `<?include "FILE"?>`.

mod json;

use self::json::{Kind, Node};
use super::{Book, Foreign};
use crate::lint::escape;
use crate::lint::model::{Applies, ArchitectureTest, Field, Span, Twin, Value, Writing};

const EXPECTED: &str = "`{ \"Dhcp4\": { … } }`, or members of \"Dhcp4\"";

/// Names of the options that matter.
const NAMES: &[(&str, u8)] = &[
    ("vendor-encapsulated-options", 43),
    ("vendor-class-identifier", 60),
    ("tftp-server-name", 66),
    ("boot-file-name", 67),
];

pub(in crate::lint) fn read(mut book: Book<'_>) -> Result<super::Reading, Foreign> {
    let (root, bare) = json::parse(&mut book)?;
    let dhcp4 = if bare {
        &root
    } else {
        root.get("Dhcp4").unwrap_or(&root)
    };
    if !bare
        && root.get("Dhcp4").is_none()
        && dhcp4.get("subnet4").is_none()
        && dhcp4.get("option-data").is_none()
    {
        return Err(book.foreign(0, root.span.start, EXPECTED));
    }
    book.known += 1;
    let definitions = definitions(&book, dhcp4);
    scope(&mut book, dhcp4, 0, &definitions);
    book.finish(EXPECTED)
}

/// Options of one's own: name and code.
fn definitions(book: &Book<'_>, dhcp4: &Node) -> Vec<(String, u8)> {
    let list = dhcp4.get("option-def").map(Node::items).unwrap_or_default();
    list.iter()
        .filter_map(|node| {
            Some((
                text(book, node.get("name")?),
                number(book, node.get("code")?)?,
            ))
        })
        .collect()
}

/// What a string means, as text.
fn text(book: &Book<'_>, node: &Node) -> String {
    let decoded = escape::json(inner(book, node));
    String::from_utf8_lossy(&decoded.intended).into_owned()
}

fn inner<'b>(book: &'b Book<'_>, node: &Node) -> &'b str {
    let written = book.reading.written(node.span);
    if matches!(node.kind, Kind::Text) && written.len() >= 2 {
        &written[1..written.len() - 1]
    } else {
        written
    }
}

fn number(book: &Book<'_>, node: &Node) -> Option<u8> {
    book.reading.written(node.span).trim().parse().ok()
}

fn scope(book: &mut Book<'_>, node: &Node, scope: usize, definitions: &[(String, u8)]) {
    if matches!(node.kind, Kind::Object(_)) {
        let brace = book.reading.written(node.span).starts_with('{');
        let at = node.span.start + usize::from(brace);
        book.reading.scopes[scope].members = Some(Span {
            start: at,
            end: at,
            ..node.span
        });
    }
    for (name, field) in [
        ("next-server", Field::NextServer),
        ("server-hostname", Field::ServerName),
        ("boot-file-name", Field::File),
    ] {
        let Some(value) = node.get(name) else {
            continue;
        };
        let written = inner(book, value).to_owned();
        let value = if field == Field::NextServer {
            let inside = Span {
                start: value.span.start + 1,
                end: value.span.end.saturating_sub(1).max(value.span.start + 1),
                ..value.span
            };
            Value::address(&written, inside)
        } else {
            Value::new(escape::json(&written), value.span, Writing::Json)
        };
        let statement = value.span;
        book.set(scope, field, value, statement);
    }
    let options = node.get("option-data").map(Node::items).unwrap_or_default();
    for option in options {
        option_data(book, option, scope, definitions);
    }
    for (list, word, key) in [
        ("shared-networks", "shared-network", "name"),
        ("subnet4", "subnet", "subnet"),
        ("pools", "pool", "pool"),
        ("reservations", "reservation", "hw-address"),
        ("client-classes", "class", "name"),
    ] {
        for child in node.get(list).map(Node::items).unwrap_or_default() {
            let name = child
                .get(key)
                .map_or_else(|| "without a name".to_owned(), |node| text(book, node));
            let name: String = format!("{word} {name}").chars().take(80).collect();
            let number = book.scope(name, scope);
            if number == scope {
                return;
            }
            let applies = &mut book.reading.scopes[number].applies;
            applies.other = word == "reservation";
            if word == "class" {
                let found = child.get("test").map_or_else(
                    || Applies {
                        other: true,
                        ..Applies::default()
                    },
                    |node| condition(book, node),
                );
                book.reading.scopes[number].applies = found;
            }
            self::scope(book, child, number, definitions);
        }
    }
}

fn option_data(book: &mut Book<'_>, option: &Node, scope: usize, definitions: &[(String, u8)]) {
    let named = option.get("name").map(|node| text(book, node));
    let space = option.get("space").map(|node| text(book, node));
    if space.is_some_and(|space| space != "dhcp4") {
        return;
    }
    let code = option
        .get("code")
        .and_then(|node| number(book, node))
        .or_else(|| {
            let named = named.as_deref()?;
            let standard = NAMES
                .iter()
                .find(|(name, _)| *name == named)
                .map(|(_, code)| *code);
            let defined = definitions
                .iter()
                .find(|(name, _)| name == named)
                .map(|(_, code)| *code);
            standard.or(defined)
        });
    let Some(field) = code.and_then(Field::of_code) else {
        return;
    };
    let Some(data) = option.get("data") else {
        return;
    };
    let written = inner(book, data).to_owned();
    let csv = option
        .get("csv-format")
        .is_none_or(|node| book.reading.written(node.span) != "false");
    let value = if !csv {
        let hex = written.trim().strip_prefix("0x").unwrap_or(written.trim());
        let quoted = written
            .trim()
            .strip_prefix('\'')
            .and_then(|text| text.strip_suffix('\''));
        let bytes = match quoted {
            Some(text) => Some(escape::json(text).intended),
            None => super::hex(hex),
        };
        match bytes {
            Some(mut bytes) => {
                if field.is_text() {
                    strip_nul(&mut bytes);
                }
                Value::of_bytes(bytes, data.span)
            }
            None => Value::unknown(data.span),
        }
    } else if field.is_text() {
        let mut decoded = escape::json(&written);
        decoded.bytes = decoded.bytes.map(|bytes| escape::kea_option(&bytes, false));
        decoded.intended = escape::kea_option(&decoded.intended, true);
        Value::new(decoded, data.span, Writing::KeaOption)
    } else if field == crate::lint::model::SERVERS_OPTION {
        Value::addresses(written.split(','), data.span)
    } else {
        Value::unknown(data.span)
    };
    book.set(scope, field, value, option.span);
}

/// Kea's text options lose NULs at their end.
fn strip_nul(bytes: &mut Vec<u8>) {
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
}

/// What a class asks: `option[93].hex == 0x0007`, alone or with `or`.
fn condition(book: &Book<'_>, node: &Node) -> Applies {
    let mut applies = Applies::default();
    let written = inner(book, node).to_owned();
    let base = node.span.start + 1;
    super::vendor_classes(&written, &mut applies);
    let lower = written.to_ascii_lowercase();
    // Whoever is not iPXE is firmware; what else is denied is not followed.
    let asked = lower
        .replace("not option[77]", "")
        .replace("not option[175]", "");
    let asked = asked.replace("not member(", "");
    applies.other = [
        "not ",
        "not(",
        "option[77]",
        "option[175]",
        "user-class",
        "member(",
    ]
    .iter()
    .any(|word| asked.contains(word));
    let mut from = 0;
    while let Some(found) = written[from..].find("==") {
        let equal = from + found;
        let right = written[equal + 2..].trim_start();
        let begin = equal + 2 + (written.len() - equal - 2 - right.len());
        let length = right
            .find(|c: char| c.is_whitespace() || c == ')')
            .unwrap_or(right.len());
        let left_begin = [" or ", " and ", "("]
            .iter()
            .filter_map(|word| {
                written[from..equal]
                    .rfind(word)
                    .map(|at| from + at + word.len())
            })
            .filter(|at| {
                !written[*at..equal].contains(',') || written[*at..equal].contains("substring")
            })
            .max()
            .unwrap_or(from);
        let left = &written[left_begin..equal];
        let right = &right[..length];
        let code = right
            .strip_prefix("0x")
            .and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let about =
            left.contains("[93]") || left.contains("client-system") || left.contains("pxe.arch");
        let class = super::vendor_architecture(right).or_else(|| {
            right
                .trim_matches('\'')
                .parse()
                .ok()
                .filter(|_| right.len() == 7 && left.contains("60"))
        });
        let span = Span {
            source: node.span.source,
            start: base + left_begin,
            end: base + begin + length,
        };
        if let Some(code) = code.filter(|_| about) {
            let twin = super::super::rules::other_x64(code).map(|other| Twin {
                at: Span {
                    start: span.end,
                    ..span
                },
                text: format!(
                    " or {}== 0x{other:04x}",
                    written[left_begin..equal].trim_start()
                ),
            });
            applies.tests.push(ArchitectureTest { code, span, twin });
        } else if let Some(code) = class {
            let twin = super::super::rules::other_x64(code).map(|other| Twin {
                at: Span {
                    start: span.end,
                    ..span
                },
                text: format!(
                    " or {}== {}",
                    written[left_begin..equal].trim_start(),
                    right.replace(&format!("{code:05}"), &format!("{other:05}"))
                ),
            });
            applies.tests.push(ArchitectureTest { code, span, twin });
        } else if !["PXEClient", "HTTPClient", "iPXE"]
            .iter()
            .any(|one| right.contains(one))
        {
            applies.other = true;
        }
        from = begin + length;
    }
    if applies.tests.is_empty() && !applies.http && !applies.pxe {
        applies.other = true;
    }
    applies
}
