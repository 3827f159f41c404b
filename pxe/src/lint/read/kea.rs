//! Kea's configuration: JSON with `#`, `//` and `/* */` comments, commas too
//! many, and `<?include "FILE"?>`.

use super::{Book, DEEPEST, Foreign};
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

#[derive(Debug)]
struct Node {
    span: Span,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    Text,
    Other,
}

impl Node {
    fn get(&self, name: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Object(members) => members
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .map(|(_, node)| node),
            Kind::Array(_) | Kind::Text | Kind::Other => None,
        }
    }

    fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Array(items) => items,
            Kind::Object(_) | Kind::Text | Kind::Other => &[],
        }
    }
}

pub(in crate::lint) fn read(mut book: Book<'_>) -> Result<super::Reading, Foreign> {
    let mut parser = Parser { depth: 0 };
    let mut place = Place {
        source: 0,
        text: book.text(0),
        at: 0,
    };
    parser.blank(&mut book, &mut place)?;
    let bare = place.peek() == Some(b'"');
    let root = if bare {
        // Members only: what goes into "Dhcp4".
        let span = Span {
            source: 0,
            start: place.at,
            end: place.at,
        };
        let members = parser.members(&mut book, &mut place, None)?;
        Node {
            span,
            kind: Kind::Object(members),
        }
    } else {
        if place.peek() != Some(b'{') {
            return Err(book.foreign(0, place.at, EXPECTED));
        }
        let node = parser.value(&mut book, &mut place)?;
        parser.blank(&mut book, &mut place)?;
        if place.peek().is_some() {
            return Err(book.foreign(place.source, place.at, "the end of the file"));
        }
        node
    };
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
    applies.other = lower.contains("not ")
        || lower.contains("not(")
        || lower.contains("option[77]")
        || lower.contains("option[175]")
        || lower.contains("user-class")
        || lower.contains("member(");
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
        } else if !right.contains("PXEClient") && !right.contains("HTTPClient") {
            applies.other = true;
        }
        from = begin + length;
    }
    if applies.tests.is_empty() && !applies.http && !applies.pxe {
        applies.other = true;
    }
    applies
}

struct Place {
    source: usize,
    text: String,
    at: usize,
}

impl Place {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

struct Parser {
    depth: usize,
}

impl Parser {
    /// Skips blanks and comments.
    fn blank(&mut self, book: &mut Book<'_>, place: &mut Place) -> Result<(), Foreign> {
        loop {
            let rest = place.rest();
            let skip = if rest.starts_with('\u{feff}') {
                3
            } else if rest.starts_with(|c: char| c.is_ascii_whitespace()) {
                1
            } else if rest.starts_with('#') || rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(end) => end + 2,
                    None => {
                        return Err(book.foreign(place.source, place.at, "`*/` after this `/*`"));
                    }
                }
            } else {
                return Ok(());
            };
            place.at += skip;
        }
    }

    /// The name in `<?include "FILE"?>`, behind which the place then is.
    fn include(&mut self, book: &mut Book<'_>, place: &mut Place) -> Option<usize> {
        let rest = place.rest();
        let body = rest.strip_prefix("<?include")?;
        let end = body.find("?>")?;
        let name = body[..end].trim().trim_matches('"').to_owned();
        let start = place.at;
        place.at += "<?include".len() + end + 2;
        let span = Span {
            source: place.source,
            start,
            end: place.at,
        };
        // A file that is not there leaves an empty object behind.
        Some(book.include(span, &name).unwrap_or(usize::MAX))
    }

    fn deeper(&mut self, book: &Book<'_>, place: &Place) -> Result<(), Foreign> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(book.foreign(place.source, place.at, format!("at most {DEEPEST} levels")));
        }
        Ok(())
    }

    fn value(&mut self, book: &mut Book<'_>, place: &mut Place) -> Result<Node, Foreign> {
        self.blank(book, place)?;
        let start = place.at;
        let span = |place: &Place| Span {
            source: place.source,
            start,
            end: place.at,
        };
        match place.peek() {
            Some(b'<') => {
                let Some(included) = self.include(book, place) else {
                    return Err(book.foreign(place.source, start, "a value"));
                };
                if included == usize::MAX {
                    return Ok(Node {
                        span: span(place),
                        kind: Kind::Other,
                    });
                }
                self.deeper(book, place)?;
                let mut inside = Place {
                    source: included,
                    text: book.text(included),
                    at: 0,
                };
                let node = self.value(book, &mut inside)?;
                self.depth -= 1;
                Ok(node)
            }
            Some(b'{') => {
                self.deeper(book, place)?;
                place.at += 1;
                let members = self.members(book, place, Some(b'}'))?;
                self.depth -= 1;
                Ok(Node {
                    span: span(place),
                    kind: Kind::Object(members),
                })
            }
            Some(b'[') => {
                self.deeper(book, place)?;
                place.at += 1;
                let mut items = Vec::new();
                loop {
                    self.blank(book, place)?;
                    match place.peek() {
                        Some(b']') => break,
                        Some(b',') => place.at += 1,
                        Some(_) => items.push(self.value(book, place)?),
                        None => return Err(book.foreign(place.source, place.at, "`]`")),
                    }
                }
                place.at += 1;
                self.depth -= 1;
                Ok(Node {
                    span: span(place),
                    kind: Kind::Array(items),
                })
            }
            Some(b'"') => {
                self.text(book, place)?;
                Ok(Node {
                    span: span(place),
                    kind: Kind::Text,
                })
            }
            Some(byte) if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'+' => {
                while place.peek().is_some_and(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
                }) {
                    place.at += 1;
                }
                Ok(Node {
                    span: span(place),
                    kind: Kind::Other,
                })
            }
            Some(_) if place.rest().starts_with(super::super::rules::CURLY) => {
                // A quote pasted from a page: Kea refuses it, the rule says so.
                let closing = |c| c == '\u{201d}' || c == '\u{201c}' || c == '"' || c == '\n';
                let mut rest = place.rest().char_indices();
                rest.next();
                let Some((end, last)) = rest.find(|(_, c)| closing(*c)) else {
                    return Err(book.foreign(place.source, start, "straight quotes (\")"));
                };
                place.at += end + if last == '\n' { 0 } else { last.len_utf8() };
                Ok(Node {
                    span: span(place),
                    kind: Kind::Other,
                })
            }
            _ => Err(book.foreign(place.source, start, "a value")),
        }
    }

    /// A string with its quotes; escapes are looked at later.
    fn text(&mut self, book: &Book<'_>, place: &mut Place) -> Result<String, Foreign> {
        let start = place.at;
        let bytes = place.text.as_bytes();
        let mut at = start + 1;
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at += 2,
                Some(b'\n') | None => {
                    return Err(book.foreign(place.source, start, "a closing quote for this one"));
                }
                Some(_) => at += 1,
            }
        }
        place.at = at + 1;
        Ok(place.text.get(start + 1..at).unwrap_or_default().to_owned())
    }

    fn members(
        &mut self,
        book: &mut Book<'_>,
        place: &mut Place,
        end: Option<u8>,
    ) -> Result<Vec<(String, Node)>, Foreign> {
        let mut members = Vec::new();
        loop {
            self.blank(book, place)?;
            match place.peek() {
                found if found == end => break,
                Some(b',') => place.at += 1,
                Some(b'"') => {
                    let key = self.text(book, place)?;
                    self.blank(book, place)?;
                    if place.peek() != Some(b':') {
                        return Err(book.foreign(place.source, place.at, "`:`"));
                    }
                    place.at += 1;
                    members.push((key, self.value(book, place)?));
                }
                Some(b'<') => {
                    // An included file may hold members too.
                    let at = place.at;
                    let Some(included) = self.include(book, place) else {
                        return Err(book.foreign(place.source, at, "a member"));
                    };
                    if included != usize::MAX {
                        self.deeper(book, place)?;
                        let mut inside = Place {
                            source: included,
                            text: book.text(included),
                            at: 0,
                        };
                        members.extend(self.members(book, &mut inside, None)?);
                        self.depth -= 1;
                    }
                }
                _ => return Err(book.foreign(place.source, place.at, "a member in double quotes")),
            }
        }
        if end.is_some() {
            place.at += 1;
        }
        Ok(members)
    }
}
