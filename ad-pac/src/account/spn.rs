//! Service principal names: `class/host[:port][/name]`.

use std::fmt;

/// A service principal name, split where MS-KILE and setspn split it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spn {
    class: String,
    host: String,
    rest: String,
}

impl Spn {
    /// Reads `nfs/nfs01.example.test`.
    pub fn parse(text: &str) -> Option<Self> {
        let (class, rest) = text.split_once('/')?;
        let end = rest.find([':', '/']).unwrap_or(rest.len());
        let (host, rest) = rest.split_at(end);
        let plain = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
        (plain(class) && plain(host)).then(|| Spn {
            class: class.to_owned(),
            host: host.to_owned(),
            rest: rest.to_owned(),
        })
    }

    /// `nfs`
    pub fn class(&self) -> &str {
        &self.class
    }

    /// `nfs01.example.test`
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Spn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.class, self.host, self.rest)
    }
}

#[cfg(test)]
#[path = "spn/tests.rs"]
mod tests;
