//! Distinguished names (RFC 4514): parsed, compared, escaped.

use std::fmt;

/// The longest name that is read: far above what a directory stores.
pub const LONGEST: usize = 8 * 1024;

/// A distinguished name as it was given or read, known to be well-formed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DistinguishedName {
    text: String,
    rdns: Vec<Vec<Assertion>>,
}

/// `attribute=value` with the escapes undone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Assertion {
    attribute: String,
    value: Vec<u8>,
}

impl DistinguishedName {
    /// Reads the string form of RFC 4514 section 3.
    ///
    /// # Errors
    /// Says at which character it stops being one.
    pub fn parse(text: &str) -> Result<Self, NotDn> {
        if text.len() > LONGEST {
            return Err(NotDn {
                at: LONGEST,
                what: "longer than 8192 bytes",
            });
        }
        let mut reader = Reader { text, at: 0 };
        let mut rdns = Vec::new();
        loop {
            let mut rdn = vec![reader.assertion()?];
            while reader.eat('+') {
                rdn.push(reader.assertion()?);
            }
            rdns.push(rdn);
            if !reader.eat(',') {
                break;
            }
        }
        match reader.peek() {
            None => Ok(DistinguishedName {
                text: text.to_owned(),
                rdns,
            }),
            Some(_) => Err(reader.wrong("a character that needs a backslash before it")),
        }
    }

    /// The text it was parsed from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value of the first part: `NFS01` of `CN=NFS01,OU=Servers`.
    pub fn name(&self) -> String {
        self.rdns
            .first()
            .and_then(|rdn| rdn.first())
            .map_or_else(String::new, |part| {
                String::from_utf8_lossy(&part.value).into_owned()
            })
    }

    /// The name of the container it lies in, as a directory compares names;
    /// empty for a name of one part.
    pub fn container(&self) -> Vec<String> {
        let parts = |rdn: &Vec<Assertion>| -> String {
            rdn.iter()
                .map(|part| format!("{}={}", part.attribute.to_lowercase(), folded(&part.value)))
                .collect::<Vec<_>>()
                .join("+")
        };
        self.rdns.iter().skip(1).map(parts).collect()
    }

    /// Whether it lies below `base` or is it, as a directory compares names.
    pub fn is_within(&self, base: &DistinguishedName) -> bool {
        let skip = self.rdns.len().checked_sub(base.rdns.len());
        skip.is_some_and(|skip| {
            self.rdns[skip..]
                .iter()
                .zip(&base.rdns)
                .all(|(own, other)| same(own, other))
        })
    }

    /// The DNS name of the domain, from the `DC` parts.
    pub fn domain(&self) -> String {
        let labels: Vec<_> = self
            .rdns
            .iter()
            .filter_map(|rdn| rdn.first())
            .filter(|part| part.attribute.eq_ignore_ascii_case("DC"))
            .map(|part| String::from_utf8_lossy(&part.value).into_owned())
            .collect();
        labels.join(".")
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn same(own: &[Assertion], other: &[Assertion]) -> bool {
    own.len() == other.len()
        && own.iter().zip(other).all(|(own, other)| {
            own.attribute.eq_ignore_ascii_case(&other.attribute)
                && folded(&own.value) == folded(&other.value)
        })
}

fn folded(value: &[u8]) -> String {
    String::from_utf8_lossy(value).to_lowercase()
}

/// Escapes a value for its place in a name (RFC 4514 section 2.4).
pub fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, c) in value.chars().enumerate() {
        match c {
            '\0' => escaped.push_str("\\00"),
            '"' | '+' | ',' | ';' | '<' | '=' | '>' | '\\' => {
                escaped.push('\\');
                escaped.push(c);
            }
            ' ' if index == 0 || index == last => escaped.push_str("\\ "),
            '#' if index == 0 => escaped.push_str("\\#"),
            // Not demanded, but a line break in a name breaks lists and logs.
            '\r' => escaped.push_str("\\0d"),
            '\n' => escaped.push_str("\\0a"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether a character does something to a terminal instead of being shown:
/// controls, and what turns the direction of text.
pub(crate) fn steers_a_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The same name in a form that steers no terminal, with the escapes that every
/// byte may have (RFC 4514 section 2.4): a directory takes it for what it sent.
/// What cannot be escaped, after a backslash that escapes nothing, becomes `?`.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut escaping = false;
    for c in text.chars() {
        match (steers_a_terminal(c), escaping) {
            (true, true) => shown.push('?'),
            (true, false) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    shown.push_str(&format!("\\{byte:02x}"));
                }
            }
            (false, _) => shown.push(c),
        }
        escaping = c == '\\' && !escaping;
    }
    shown
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn wrong(&self, what: &'static str) -> NotDn {
        NotDn {
            at: self.text[..self.at].chars().count() + 1,
            what,
        }
    }

    fn assertion(&mut self) -> Result<Assertion, NotDn> {
        // Spaces around a separator are RFC 2253 style; directories accept them.
        while self.eat(' ') {}
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
        {
            self.next();
        }
        let attribute = self.text[start..self.at].to_owned();
        if attribute.is_empty() {
            return Err(self.wrong("an attribute name is missing"));
        }
        while self.eat(' ') {}
        if !self.eat('=') {
            return Err(self.wrong("`=` is missing"));
        }
        while self.eat(' ') {}
        let value = if self.eat('#') {
            self.hex_value()?
        } else {
            self.value()?
        };
        Ok(Assertion { attribute, value })
    }

    fn hex_value(&mut self) -> Result<Vec<u8>, NotDn> {
        let mut bytes = Vec::new();
        while let Some(high) = self.peek().and_then(|c| c.to_digit(16)) {
            self.next();
            let low = self.peek().and_then(|c| c.to_digit(16));
            let low = low.ok_or_else(|| self.wrong("a hexadecimal digit is missing"))?;
            self.next();
            bytes.push((high * 16 + low) as u8);
        }
        if bytes.is_empty() {
            return Err(self.wrong("a hexadecimal value is missing after `#`"));
        }
        Ok(bytes)
    }

    fn value(&mut self) -> Result<Vec<u8>, NotDn> {
        let mut bytes: Vec<u8> = Vec::new();
        // Spaces at the end belong to the separator, unless escaped.
        let mut keep = 0;
        loop {
            match self.peek() {
                None | Some(',' | '+') => break,
                Some('"' | ';' | '<' | '>' | '\0') => {
                    return Err(self.wrong("a character that needs a backslash before it"));
                }
                Some('\\') => {
                    self.next();
                    self.escaped(&mut bytes)?;
                    keep = bytes.len();
                }
                Some(c) => {
                    self.next();
                    bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                    if c != ' ' {
                        keep = bytes.len();
                    }
                }
            }
        }
        bytes.truncate(keep);
        if bytes.is_empty() {
            return Err(self.wrong("a value is missing"));
        }
        Ok(bytes)
    }

    fn escaped(&mut self, bytes: &mut Vec<u8>) -> Result<(), NotDn> {
        match self.peek() {
            Some(c @ (' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\')) => {
                self.next();
                bytes.push(c as u8);
                Ok(())
            }
            Some(c) if c.is_ascii_hexdigit() => {
                self.next();
                let low = self.peek().and_then(|c| c.to_digit(16));
                let low = low.ok_or_else(|| self.wrong("a hexadecimal digit is missing"))?;
                self.next();
                bytes.push((c.to_digit(16).unwrap_or(0) * 16 + low) as u8);
                Ok(())
            }
            _ => Err(self.wrong("nothing that can be escaped follows the backslash")),
        }
    }
}

/// A text that is not a distinguished name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotDn {
    at: usize,
    what: &'static str,
}

impl fmt::Display for NotDn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.what, self.at)
    }
}

impl std::error::Error for NotDn {}

#[cfg(test)]
#[path = "dn/tests.rs"]
mod tests;
