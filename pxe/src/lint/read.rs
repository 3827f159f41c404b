//! The readers, one a kind of configuration. Each knows where everything
//! stands, so that a finding can point at it and a fix replace it; none of
//! them opens a file.

mod cisco;
mod dnsmasq;
mod infoblox;
mod isc;
mod kea;
mod mikrotik;
mod opnsense;
mod powershell;
mod udhcpd;
mod windows;
mod xml;

use std::net::Ipv4Addr;

use super::escape::Decoded;
use super::model::{Field, Reading, Scope, Setting, Source, Span, Value, Writing};

pub(super) use self::{
    cisco::read as cisco, dnsmasq::read as dnsmasq, infoblox::read as infoblox, isc::read as isc,
    kea::read as kea, mikrotik::read as mikrotik, opnsense::read as opnsense,
    udhcpd::read as udhcpd, windows::read as windows,
};

/// The longest file that is read, in bytes.
pub const LONGEST: usize = 16 << 20;
/// How many files one configuration may include.
const MOST_FILES: usize = 256;
/// How deep blocks may lie in each other.
const DEEPEST: usize = 64;
/// How many scopes a configuration may have.
const MOST_SCOPES: usize = 100_000;

/// Where included files come from.
pub trait Files {
    /// The text of a file that a configuration names.
    ///
    /// # Errors
    /// Says why it cannot be had.
    fn read(&mut self, name: &str) -> Result<String, String>;

    /// The names of the files in a folder that a configuration names, sorted.
    ///
    /// # Errors
    /// Says why they cannot be had.
    fn list(&mut self, folder: &str) -> Result<Vec<String>, String>;
}

/// The text is not what it was said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// The file.
    pub source: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What was expected there.
    pub expected: String,
}

impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Foreign {
            source,
            line,
            column,
            expected,
        } = self;
        write!(f, "{source}:{line}:{column}: expected {expected}")
    }
}

impl std::error::Error for Foreign {}

/// What a reader writes into.
pub struct Book<'f> {
    /// What has been read.
    pub reading: Reading,
    files: &'f mut dyn Files,
    /// How many statements were recognised as this server's.
    known: usize,
}

impl<'f> Book<'f> {
    /// Begins with the file itself.
    pub fn new(name: &str, text: String, files: &'f mut dyn Files) -> Book<'f> {
        let reading = Reading {
            sources: vec![Source {
                name: name.to_owned(),
                text,
            }],
            scopes: vec![Scope::new("global", None)],
            ..Reading::default()
        };
        Book {
            reading,
            files,
            known: 0,
        }
    }

    /// Ends: a file in which nothing was recognised is somebody else's.
    ///
    /// # Errors
    /// When nothing was recognised.
    pub fn finish(mut self, expected: &str) -> Result<Reading, Foreign> {
        if self.known == 0 {
            return Err(self.foreign(0, 0, expected));
        }
        self.reading.find_common();
        Ok(self.reading)
    }

    fn text(&self, source: usize) -> String {
        self.reading
            .sources
            .get(source)
            .map(|source| source.text.clone())
            .unwrap_or_default()
    }

    fn foreign(&self, source: usize, at: usize, expected: impl Into<String>) -> Foreign {
        let (name, text) = self
            .reading
            .sources
            .get(source)
            .map_or(("", ""), |source| (&*source.name, &*source.text));
        let (line, column) = place(text, at);
        Foreign {
            source: name.to_owned(),
            line,
            column,
            expected: expected.into(),
        }
    }

    /// Reads an included file and gives its source; what cannot be read is
    /// remembered.
    fn include(&mut self, at: Span, name: &str) -> Option<usize> {
        if self
            .reading
            .sources
            .iter()
            .any(|source| source.name == name)
        {
            return None;
        }
        if self.reading.sources.len() >= MOST_FILES {
            let why = format!("{name}: more than {MOST_FILES} files");
            self.reading.unread.push((at, why));
            return None;
        }
        match self.files.read(name) {
            Ok(text) => {
                self.reading.sources.push(Source {
                    name: name.to_owned(),
                    text,
                });
                Some(self.reading.sources.len() - 1)
            }
            Err(why) => {
                self.reading.unread.push((at, format!("{name}: {why}")));
                None
            }
        }
    }

    /// Adds a scope and gives its number.
    fn scope(&mut self, name: impl Into<String>, parent: usize) -> usize {
        if self.reading.scopes.len() >= MOST_SCOPES {
            return parent;
        }
        self.reading.scopes.push(Scope::new(name, Some(parent)));
        self.reading.scopes.len() - 1
    }

    fn set(&mut self, scope: usize, field: Field, value: Value, statement: Span) {
        if let Some(scope) = self.reading.scopes.get_mut(scope) {
            scope.settings.push(Setting {
                field,
                value,
                statement,
            });
        }
    }
}

impl Value {
    fn new(decoded: Decoded, span: Span, writing: Writing) -> Value {
        Value {
            bytes: decoded.bytes,
            intended: decoded.intended,
            eaten: decoded.eaten,
            span,
            writing,
        }
    }

    fn plain(text: &str, span: Span, writing: Writing) -> Value {
        Value::new(Decoded::plain(text), span, writing)
    }

    /// Bytes that are not written as text.
    fn of_bytes(bytes: Vec<u8>, span: Span) -> Value {
        Value::new(Decoded::plain(bytes), span, Writing::Hex)
    }

    /// A value that only the server can compute.
    fn unknown(span: Span) -> Value {
        Value::new(Decoded::default(), span, Writing::Hex)
    }

    /// An address, or a name that the server looks up.
    fn address(text: &str, span: Span) -> Value {
        match text.parse::<Ipv4Addr>() {
            Ok(address) => Value::new(
                Decoded::plain(address.octets().to_vec()),
                span,
                Writing::Plain,
            ),
            Err(_) => Value::unknown(span),
        }
    }

    /// A list of addresses as Cisco's option 150 has them.
    fn addresses<'t>(list: impl Iterator<Item = &'t str>, span: Span) -> Value {
        let mut bytes = Vec::new();
        for text in list.map(str::trim).filter(|text| !text.is_empty()) {
            match text.parse::<Ipv4Addr>() {
                Ok(address) => bytes.extend(address.octets()),
                Err(_) => return Value::unknown(span),
            }
        }
        Value::of_bytes(bytes, span)
    }
}

/// Line and column of a byte, both from 1.
pub fn place(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[start..].chars().count() + 1)
}

/// Where the lines of a text begin.
pub(super) fn starts(text: &str) -> Vec<usize> {
    std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect()
}

/// The lines of a text with the byte each begins at, ends of lines gone.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.strip_suffix('\n').unwrap_or(line))
    })
}

/// Hexadecimal digits in any grouping.
fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !b":. -".contains(byte))
        .collect();
    let text = std::str::from_utf8(&digits).ok()?;
    crate::wire::options::hex(text)
}

/// Whether a word is one of the classes that boot over HTTP, or of PXE.
fn vendor_classes(text: &str, applies: &mut super::model::Applies) {
    applies.http |= text.contains("HTTPClient");
    applies.pxe |= text.contains("PXEClient");
}

/// The architecture at the end of `PXEClient:Arch:00007`.
fn vendor_architecture(text: &str) -> Option<u16> {
    let digits = text.split("Arch:").nth(1)?.get(..5)?;
    digits.parse().ok()
}
