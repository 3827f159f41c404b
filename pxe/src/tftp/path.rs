//! Which file below the root a client means by a name.
//!
//! WDS clients send `\boot\x64\f`, `boot\x64\f` and `/boot/x64\f` for the
//! same file; old ROMs read past the end of option 67 and append the byte
//! that follows it, 0xFF more often than not.

/// A path below the root: components without separators, `.` and `..`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RootPath(Vec<String>);

/// Why a name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Nothing is left of it.
    Empty,
    /// It has `..` in it.
    Upward,
    /// It has more components or bytes than any file has.
    TooLong,
    /// It is neither UTF-8 nor Latin-1 text that a file could have.
    NotText,
}

const MOST_COMPONENTS: usize = 32;
const LONGEST_COMPONENT: usize = 255;

impl RootPath {
    /// Reads a name as clients send it.
    ///
    /// # Errors
    /// When it cannot name a file below the root.
    pub fn from_wire(name: &[u8]) -> Result<RootPath, Refused> {
        let end = name
            .iter()
            .rposition(|byte| !(*byte == 0xff || *byte < 0x20))
            .map_or(0, |last| last + 1);
        let text = std::str::from_utf8(&name[..end]).map_err(|_| Refused::NotText)?;
        if text.chars().any(char::is_control) {
            return Err(Refused::NotText);
        }
        let mut components = Vec::new();
        for part in text.split(['/', '\\']) {
            match part {
                "" | "." => {}
                ".." => return Err(Refused::Upward),
                part if part.len() > LONGEST_COMPONENT => return Err(Refused::TooLong),
                part => components.push(part.to_owned()),
            }
        }
        if components.is_empty() {
            return Err(Refused::Empty);
        }
        if components.len() > MOST_COMPONENTS {
            return Err(Refused::TooLong);
        }
        Ok(RootPath(components))
    }

    /// The components, from the root down.
    pub fn components(&self) -> &[String] {
        &self.0
    }
}

impl std::fmt::Display for RootPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

#[cfg(test)]
#[path = "path/tests.rs"]
mod tests;
