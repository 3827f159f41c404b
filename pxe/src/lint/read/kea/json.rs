//! JSON as Kea reads it, with the place of every value.

use super::super::{Book, DEEPEST, Foreign};
use crate::lint::model::Span;
use crate::lint::rules;

#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    Text,
    Other,
}

impl Node {
    /// The last member of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Object(members) => members
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .map(|(_, node)| node),
            Kind::Array(_) | Kind::Text | Kind::Other => None,
        }
    }

    pub(super) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Array(items) => items,
            Kind::Object(_) | Kind::Text | Kind::Other => &[],
        }
    }
}

/// The whole file, and whether it is members of an object without its braces.
///
/// # Errors
/// At the first place that is not JSON as Kea has it.
pub(super) fn parse(book: &mut Book<'_>) -> Result<(Node, bool), Foreign> {
    let mut parser = Parser { depth: 0 };
    let mut place = Place {
        source: 0,
        text: book.text(0),
        at: 0,
    };
    parser.blank(book, &mut place)?;
    let bare = place.peek() == Some(b'"');
    let root = if bare {
        // Members only: what goes into "Dhcp4".
        let span = Span {
            source: 0,
            start: place.at,
            end: place.at,
        };
        let members = parser.members(book, &mut place, None)?;
        Node {
            span,
            kind: Kind::Object(members),
        }
    } else {
        if place.peek() != Some(b'{') {
            return Err(book.foreign(0, place.at, super::EXPECTED));
        }
        let node = parser.value(book, &mut place)?;
        parser.blank(book, &mut place)?;
        if place.peek().is_some() {
            return Err(book.foreign(place.source, place.at, "the end of the file"));
        }
        node
    };
    Ok((root, bare))
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
            Some(_) if place.rest().starts_with(rules::CURLY) => {
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
