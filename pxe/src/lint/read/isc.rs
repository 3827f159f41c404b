//! ISC dhcpd's configuration: statements ended by `;`, blocks in braces,
//! comments from `#` to the end of the line.

use std::collections::HashMap;
use std::ops::Range;

use super::{Book, DEEPEST, Foreign, MOST_SCOPES};
use crate::lint::escape;
use crate::lint::model::{Applies, ArchitectureTest, Field, Span, Twin, Value, Writing};

const EXPECTED: &str = "statements of dhcpd.conf, such as `option bootfile-name \"pxelinux.0\";`";

/// What a standard option is called here.
const NAMES: &[(&str, u8)] = &[
    ("vendor-encapsulated-options", 43),
    ("vendor-class-identifier", 60),
    ("tftp-server-name", 66),
    ("bootfile-name", 67),
    ("pxe-system-type", 93),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Text,
    Mark,
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    /// Bytes of the source, quotes included.
    at: Range<usize>,
}

/// How an option of one's own is defined.
#[derive(Debug, Clone, Copy)]
struct Definition {
    code: u8,
    address: bool,
}

pub(in crate::lint) fn read(mut book: Book<'_>) -> Result<super::Reading, Foreign> {
    let mut reader = Reader {
        definitions: HashMap::new(),
        stack: vec![0],
        nested: 0,
    };
    reader.source(&mut book, 0)?;
    book.finish(EXPECTED)
}

struct Reader {
    definitions: HashMap<String, Definition>,
    stack: Vec<usize>,
    nested: usize,
}

impl Reader {
    fn source(&mut self, book: &mut Book<'_>, source: usize) -> Result<(), Foreign> {
        if self.nested >= DEEPEST {
            return Err(book.foreign(source, 0, format!("at most {DEEPEST} files in each other")));
        }
        self.nested += 1;
        let text = book.text(source);
        let depth = self.stack.len();
        let tokens = tokens(&text).map_err(|(at, expected)| book.foreign(source, at, expected))?;
        let mut statement: Vec<Token> = Vec::new();
        for token in tokens {
            let written = &text[token.at.clone()];
            match (token.kind, written) {
                (Kind::Mark, "{") => {
                    self.open(book, source, &text, &statement)?;
                    statement.clear();
                }
                (Kind::Mark, "}") => {
                    if !statement.is_empty() {
                        return Err(book.foreign(source, token.at.start, "`;` before `}`"));
                    }
                    if self.stack.len() <= depth {
                        return Err(book.foreign(source, token.at.start, "no `}` without its `{`"));
                    }
                    self.stack.pop();
                }
                (Kind::Mark, ";") => {
                    self.statement(book, source, &text, &statement, token.at.end)?;
                    statement.clear();
                }
                _ => statement.push(token),
            }
        }
        if self.stack.len() > depth {
            return Err(book.foreign(source, text.len(), "`}` for each `{`"));
        }
        if let Some(first) = statement.first() {
            return Err(book.foreign(source, first.at.start, "a statement that ends with `;`"));
        }
        self.nested -= 1;
        Ok(())
    }

    fn scope(&self) -> usize {
        self.stack.last().copied().unwrap_or(0)
    }

    fn open(
        &mut self,
        book: &mut Book<'_>,
        source: usize,
        text: &str,
        header: &[Token],
    ) -> Result<(), Foreign> {
        let at = header.first().map_or(0, |token| token.at.start);
        if self.stack.len() > DEEPEST {
            return Err(book.foreign(
                source,
                at,
                format!("at most {DEEPEST} blocks in each other"),
            ));
        }
        if book.reading.scopes.len() >= MOST_SCOPES {
            return Err(book.foreign(source, at, format!("at most {MOST_SCOPES} blocks")));
        }
        let Some(first) = header.first() else {
            // Only dhcpd's own lists begin so.
            return Err(book.foreign(source, at, EXPECTED));
        };
        let word = text[first.at.clone()].to_ascii_lowercase();
        let words: Vec<&str> = header.iter().map(|token| &text[token.at.clone()]).collect();
        let mut applies = Applies::default();
        match &*word {
            "if" | "elsif" => applies = condition(source, text, header),
            "else" => {
                applies.otherwise = true;
                if words
                    .get(1)
                    .is_some_and(|next| next.eq_ignore_ascii_case("if"))
                {
                    applies = condition(source, text, header);
                }
            }
            // What a class is about stands in it.
            "host" | "subclass" | "on" | "zone" | "key" | "failover" => applies.other = true,
            _ => {}
        }
        let header_end = header.last().map_or(at, |token| token.at.end);
        let written: Vec<&str> = text[at..header_end].split_whitespace().collect();
        let name = written.join(" ");
        let name = name.split(" netmask").next().unwrap_or_default();
        let name: String = name.chars().take(80).collect();
        // A class stands for itself wherever it is written.
        let parent = if word == "class" || word == "subclass" {
            0
        } else {
            self.scope()
        };
        let scope = book.scope(name, parent);
        book.reading.scopes[scope].applies = applies;
        if word == "class" {
            book.reading.scopes[scope].applies.other = true;
        }
        if [
            "subnet",
            "class",
            "group",
            "host",
            "shared-network",
            "pool",
            "if",
        ]
        .contains(&&*word)
        {
            book.known += 1;
        }
        self.stack.push(scope);
        Ok(())
    }

    fn statement(
        &mut self,
        book: &mut Book<'_>,
        source: usize,
        text: &str,
        tokens: &[Token],
        end: usize,
    ) -> Result<(), Foreign> {
        let Some(first) = tokens.first() else {
            return Ok(());
        };
        let span = Span {
            source,
            start: first.at.start,
            end,
        };
        let word = text[first.at.clone()].to_ascii_lowercase();
        match &*word {
            "include" => {
                if let Some(name) = tokens.get(1).filter(|token| token.kind == Kind::Text) {
                    book.known += 1;
                    let name = text[name.at.start + 1..name.at.end - 1].to_owned();
                    if let Some(included) = book.include(span, &name) {
                        self.source(book, included)?;
                    }
                }
            }
            "match" => {
                let mut applies = condition(source, text, tokens);
                applies.other |= !text[span.start..span.end].contains('=');
                let scope = self.scope();
                book.reading.scopes[scope].applies = applies;
            }
            "filename" => self.set(book, source, text, Field::File, &tokens[1..], span),
            "server-name" => self.set(book, source, text, Field::ServerName, &tokens[1..], span),
            "next-server" => {
                book.known += 1;
                if let Some(token) = tokens.get(1) {
                    let at = Span {
                        source,
                        start: token.at.start,
                        end: token.at.end,
                    };
                    let value = if tokens.len() == 2 {
                        Value::address(&text[token.at.clone()], at)
                    } else {
                        Value::unknown(at)
                    };
                    book.set(self.scope(), Field::NextServer, value, span);
                }
            }
            "option" => self.option(book, source, text, tokens, span),
            "default-lease-time" | "max-lease-time" | "authoritative" | "range" | "allow"
            | "deny" | "ddns-update-style" | "hardware" | "fixed-address" => book.known += 1,
            _ => {}
        }
        Ok(())
    }

    fn option(
        &mut self,
        book: &mut Book<'_>,
        source: usize,
        text: &str,
        tokens: &[Token],
        span: Span,
    ) {
        let word = |index: usize| tokens.get(index).map(|token| &text[token.at.clone()]);
        let Some(name) = word(1) else {
            return;
        };
        book.known += 1;
        let name = name
            .strip_prefix("dhcp.")
            .unwrap_or(name)
            .to_ascii_lowercase();
        if word(2) == Some("code") {
            // option NAME code N = TYPE
            if let Some(code) = word(3).and_then(|code| code.parse::<u8>().ok()) {
                let address = tokens
                    .iter()
                    .any(|token| &text[token.at.clone()] == "ip-address");
                self.definitions.insert(name, Definition { code, address });
            }
            return;
        }
        let standard = NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, code)| *code);
        let unknown = name
            .strip_prefix("unknown-")
            .or_else(|| name.strip_prefix("option-"))
            .and_then(|code| code.parse().ok());
        let defined = self.definitions.get(&name).copied();
        let code = standard.or(unknown).or(defined.map(|one| one.code));
        let Some(field) = code.and_then(Field::of_code) else {
            return;
        };
        if defined.is_some_and(|one| one.address) {
            if let (Some(first), Some(last)) = (tokens.get(2), tokens.last()) {
                let at = Span {
                    source,
                    start: first.at.start,
                    end: last.at.end,
                };
                let value = Value::addresses(text[at.start..at.end].split(','), at);
                book.set(self.scope(), field, value, span);
            }
            return;
        }
        self.set(
            book,
            source,
            text,
            field,
            tokens.get(2..).unwrap_or_default(),
            span,
        );
    }

    fn set(
        &self,
        book: &mut Book<'_>,
        source: usize,
        text: &str,
        field: Field,
        value: &[Token],
        statement: Span,
    ) {
        book.known += 1;
        // `option NAME = EXPRESSION`: there, text may be bytes too.
        let is_equal = |token: &Token| text.get(token.at.clone()) == Some("=");
        let expression = value.first().is_some_and(is_equal);
        let value = value.get(usize::from(expression)..).unwrap_or_default();
        let (Some(first), Some(last)) = (value.first(), value.last()) else {
            return;
        };
        let at = Span {
            source,
            start: first.at.start,
            end: last.at.end,
        };
        let written = &text[at.start..at.end];
        let value = if value.len() == 1 && first.kind == Kind::Text {
            Value::new(
                escape::isc(&written[1..written.len() - 1]),
                at,
                Writing::Isc,
            )
        } else if let Some(bytes) = hex_list(written).filter(|_| expression || !field.is_text()) {
            Value::of_bytes(bytes, at)
        } else if written.starts_with(['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}']) {
            // Not a text for dhcpd, but what somebody meant as one.
            let mut value = Value::plain(written, at, Writing::Isc);
            value.intended = written.trim_matches(super::super::rules::CURLY).into();
            value
        } else {
            Value::unknown(at)
        };
        book.set(self.scope(), field, value, statement);
    }
}

/// `06:1:8`, as dhcpd reads bytes.
fn hex_list(text: &str) -> Option<Vec<u8>> {
    text.split(':')
        .map(|byte| {
            let byte = byte.trim();
            let digits = byte.len() <= 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
            u8::from_str_radix(byte, 16).ok().filter(|_| digits)
        })
        .collect()
}

/// What a condition asks, as far as booting goes.
fn condition(source: usize, text: &str, tokens: &[Token]) -> Applies {
    let mut applies = Applies::default();
    let words: Vec<&str> = tokens.iter().map(|token| &text[token.at.clone()]).collect();
    let mut begin = 1;
    for (index, word) in words.iter().enumerate() {
        match *word {
            "or" | "and" | "if" => begin = index + 1,
            // Whoever is not iPXE is firmware; what else is denied is not followed.
            "!=" => {
                let ipxe = |word: &&str| word.contains("iPXE");
                applies.other |= !words.get(index + 1).is_some_and(ipxe);
            }
            "not" => applies.other |= words.get(index + 1) != Some(&"exists"),
            "=" => {
                let Some(right) = tokens.get(index + 1) else {
                    continue;
                };
                let left = words[begin..index].concat();
                let right_text = &text[right.at.clone()];
                let at = tokens
                    .get(begin)
                    .map_or(right.at.start, |token| token.at.start);
                let span = Span {
                    source,
                    start: at,
                    end: right.at.end,
                };
                let about_architecture = left.contains("arch")
                    || left.contains("93")
                    || left.contains("pxe-system-type")
                    || left.contains("client-system");
                if right.kind == Kind::Text {
                    let inner = right_text.trim_matches('"');
                    super::vendor_classes(inner, &mut applies);
                    let from_class = super::vendor_architecture(inner).or_else(|| {
                        // substring(option vendor-class-identifier, 15, 5)
                        (left.contains("vendor-class-identifier") && inner.len() == 5)
                            .then(|| inner.parse().ok())
                            .flatten()
                    });
                    match from_class {
                        Some(code) => applies
                            .tests
                            .push(test(text, span, code, right, Form::Text)),
                        None => {
                            applies.other |=
                                !inner.contains("PXEClient") && !inner.contains("HTTPClient");
                        }
                    }
                } else if about_architecture && right_text == "encode-int" {
                    // encode-int(7, 16)
                    let code = words.get(index + 3).and_then(|code| code.parse().ok());
                    let end = tokens.get(index + 6).map_or(span.end, |token| token.at.end);
                    match code {
                        Some(code) => {
                            let span = Span { end, ..span };
                            let left = &text[span.start..right.at.start];
                            let twin = super::super::rules::other_x64(code).map(|other| Twin {
                                at: Span {
                                    start: span.end,
                                    ..span
                                },
                                text: format!(" or {left}encode-int({other}, 16)"),
                            });
                            applies.tests.push(ArchitectureTest { code, span, twin });
                        }
                        None => applies.other = true,
                    }
                } else if about_architecture {
                    let code = hex_list(right_text)
                        .filter(|bytes| right_text.contains(':') && bytes.len() >= 2)
                        .map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]));
                    let (code, form) = match code {
                        Some(code) => (Some(code), Form::Hex),
                        None => (right_text.parse().ok(), Form::Decimal),
                    };
                    match code {
                        Some(code) => applies.tests.push(test(text, span, code, right, form)),
                        None => applies.other = true,
                    }
                } else {
                    applies.other = true;
                }
            }
            _ => {}
        }
    }
    if applies.tests.is_empty() && !applies.http && !applies.pxe {
        applies.other = true;
    }
    applies
}

#[derive(Clone, Copy)]
enum Form {
    Hex,
    Decimal,
    Text,
}

/// A comparison; its twin follows it after an `or`.
fn test(text: &str, span: Span, code: u16, right: &Token, form: Form) -> ArchitectureTest {
    let left = &text[span.start..right.at.start];
    let twin = super::super::rules::other_x64(code).map(|other| Twin {
        at: Span {
            start: span.end,
            ..span
        },
        text: match form {
            Form::Hex => format!(" or {left}{:02x}:{:02x}", other >> 8, other & 0xff),
            Form::Decimal => format!(" or {left}{other}"),
            Form::Text => {
                let right = &text[right.at.clone()];
                format!(
                    " or {left}{}",
                    right.replace(&format!("{code:05}"), &format!("{other:05}"))
                )
            }
        },
    });
    ArchitectureTest { code, span, twin }
}

fn tokens(text: &str) -> Result<Vec<Token>, (usize, &'static str)> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while let Some(byte) = bytes.get(at) {
        let start = at;
        let kind = match byte {
            b'#' => {
                at += bytes[at..]
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .unwrap_or(bytes.len() - at);
                continue;
            }
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'"' => {
                at += 1;
                loop {
                    match bytes.get(at) {
                        None => return Err((start, "a closing quote for this one")),
                        Some(b'"') => break,
                        Some(b'\\') => at += 2,
                        Some(_) => at += 1,
                    }
                }
                at += 1;
                Kind::Text
            }
            b'!' if bytes.get(at + 1) == Some(&b'=') => {
                at += 2;
                Kind::Mark
            }
            b'{' | b'}' | b';' | b',' | b'=' | b'(' | b')' | b'~' | b'!' => {
                at += 1;
                Kind::Mark
            }
            _ => {
                while bytes.get(at).is_some_and(|byte| {
                    !byte.is_ascii_whitespace() && !b"{};,=()~!\"#".contains(byte)
                }) {
                    at += 1;
                }
                Kind::Word
            }
        };
        at = at.min(bytes.len());
        tokens.push(Token {
            kind,
            at: start..at,
        });
    }
    Ok(tokens)
}
