//! The broker's version, on which some rules depend.

use std::fmt;

/// Major and minor version of a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// `3` of `3.13.7`.
    pub major: u32,
    /// `13` of `3.13.7`.
    pub minor: u32,
}

impl Version {
    /// What rules are taken from when a file does not tell its version.
    pub const NEWEST: Version = Version::new(4, 3);

    /// A version of these parts.
    pub const fn new(major: u32, minor: u32) -> Self {
        Version { major, minor }
    }

    /// Reads `3.13.7`, `4.1`, `3.8.0-rc.1` or `4`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split(['.', '-', '+']);
        let major = parts.next()?.parse().ok()?;
        let minor = match parts.next() {
            Some(minor) => minor.parse().ok()?,
            None => 0,
        };
        Some(Version { major, minor })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
