//! Search filters (RFC 4515), built so that no value can become syntax.

use std::fmt;

/// The deepest nesting and the longest text of a filter given by the user.
const DEEPEST: usize = 50;
const LONGEST: usize = 64 * 1024;

/// A filter that is known to be well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(String);

impl Filter {
    /// `(attribute=value)`
    pub fn equals(attribute: &str, value: &str) -> Self {
        Filter(format!("({attribute}={})", escape(value)))
    }

    /// `(attribute=prefix*)`
    pub fn starts_with(attribute: &str, prefix: &str) -> Self {
        Filter(format!("({attribute}={}*)", escape(prefix)))
    }

    /// `(attribute=*)`
    pub fn present(attribute: &str) -> Self {
        Filter(format!("({attribute}=*)"))
    }

    /// All bits of `bits` are set (LDAP_MATCHING_RULE_BIT_AND, MS-ADTS 3.1.1.3.4.4.1).
    pub fn has_bits(attribute: &str, bits: u32) -> Self {
        Filter(format!("({attribute}:1.2.840.113556.1.4.803:={bits})"))
    }

    /// All of them.
    pub fn and(filters: impl IntoIterator<Item = Filter>) -> Self {
        Filter::joined('&', filters)
    }

    /// Any of them.
    pub fn or(filters: impl IntoIterator<Item = Filter>) -> Self {
        Filter::joined('|', filters)
    }

    /// Not this one.
    pub fn negated(filter: &Filter) -> Self {
        Filter(format!("(!{filter})"))
    }

    fn joined(operator: char, filters: impl IntoIterator<Item = Filter>) -> Self {
        let inner: String = filters.into_iter().map(|filter| filter.0).collect();
        Filter(format!("({operator}{inner})"))
    }

    /// Checks a filter given by the user.
    ///
    /// # Errors
    /// Says at which character it stops being one.
    pub fn parse(text: &str) -> Result<Self, NotFilter> {
        let mut reader = Reader {
            bytes: text.as_bytes(),
            at: 0,
        };
        if text.len() > LONGEST {
            return Err(NotFilter {
                at: LONGEST,
                what: "longer than 65536 bytes",
            });
        }
        reader.filter(0)?;
        if reader.at < text.len() {
            return Err(reader.wrong("something follows the filter"));
        }
        Ok(Filter(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Escapes a value for its place in a filter (RFC 4515 section 3).
pub fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\0' | '(' | ')' | '*' | '\\' => {
                escaped.push_str(&format!("\\{:02x}", u32::from(c)));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn wrong(&self, what: &'static str) -> NotFilter {
        let before = String::from_utf8_lossy(&self.bytes[..self.at.min(self.bytes.len())]);
        NotFilter {
            at: before.chars().count() + 1,
            what,
        }
    }

    fn expect(&mut self, wanted: u8, what: &'static str) -> Result<(), NotFilter> {
        if self.peek() != Some(wanted) {
            return Err(self.wrong(what));
        }
        self.at += 1;
        Ok(())
    }

    fn filter(&mut self, depth: usize) -> Result<(), NotFilter> {
        if depth > DEEPEST {
            return Err(self.wrong("nested too deeply"));
        }
        self.expect(b'(', "`(` is missing")?;
        match self.peek() {
            Some(b'&' | b'|') => {
                self.at += 1;
                self.filter(depth + 1)?;
                while self.peek() == Some(b'(') {
                    self.filter(depth + 1)?;
                }
            }
            Some(b'!') => {
                self.at += 1;
                self.filter(depth + 1)?;
            }
            _ => self.item()?,
        }
        self.expect(b')', "`)` is missing")
    }

    fn item(&mut self) -> Result<(), NotFilter> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|b| b.is_ascii_alphanumeric() || b"-.;:".contains(&b))
        {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.wrong("an attribute name is missing"));
        }
        if self.peek().is_some_and(|b| b"<>~".contains(&b)) {
            self.at += 1;
        }
        self.expect(b'=', "`=` is missing")?;
        loop {
            match self.peek() {
                None | Some(b')') => return Ok(()),
                Some(b'(') => return Err(self.wrong("`(` in a value is written \\28")),
                Some(b'\\') => {
                    let digits = self.bytes.get(self.at + 1..self.at + 3);
                    if !digits.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)) {
                        return Err(self.wrong("two hexadecimal digits must follow the backslash"));
                    }
                    self.at += 3;
                }
                Some(_) => self.at += 1,
            }
        }
    }
}

/// A text that is not a search filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFilter {
    at: usize,
    what: &'static str,
}

impl fmt::Display for NotFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.what, self.at)
    }
}

impl std::error::Error for NotFilter {}

#[cfg(test)]
#[path = "filter/tests.rs"]
mod tests;
