//! The broker's regular expressions: PCRE on bytes, unanchored, with its
//! limit on the work that one match may cost.

use pcre2::bytes::{Regex, RegexBuilder};

/// The most backtracking steps a match may take, as brokers have it since
/// 4.3; without it a pattern such as `(a+)+$` runs for years.
const MATCH_LIMIT: u32 = 50_000;
/// How deep a match may nest; bounds memory as the limit above bounds time.
const DEPTH_LIMIT: u32 = 5_000;
/// Longer patterns are refused; the engine itself takes about as much.
const LONGEST: usize = 64 * 1_024;
/// What brokers refuse since 4.3.
pub const LONGEST_SINCE_4_3: usize = 1_024;

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    compiled: Compiled,
}

#[derive(Debug)]
enum Compiled {
    /// Matches every name: empty, `.*`, `^`: by far the most frequent.
    Everything,
    /// `^literal`.
    Prefix(Box<[u8]>),
    /// `^literal$`.
    Exactly(Box<[u8]>),
    Regex(Regex),
}

/// Why a name does or does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It matches.
    Match,
    /// It does not.
    NoMatch,
    /// The limit was reached before it was known; the broker takes it as no
    /// match.
    LimitReached,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The reason why it is none.
    pub fn new(pattern: &str) -> Result<Self, String> {
        if pattern.len() > LONGEST {
            return Err(format!("longer than {LONGEST} bytes"));
        }
        if let Some(compiled) = simple(pattern) {
            return Ok(Pattern { compiled });
        }
        // The limits are part of the pattern and can only be lowered by
        // what the pattern itself asks for.
        let limited = format!("(*LIMIT_MATCH={MATCH_LIMIT})(*LIMIT_DEPTH={DEPTH_LIMIT}){pattern}");
        let prefix = limited.len() - pattern.len();
        let regex = (RegexBuilder::new().build(&limited)).map_err(|error| {
            // The crate tells place and reason only as one text, with the
            // place counted in the pattern as compiled here.
            let text = error.to_string();
            let reason = text.rsplit_once(": ").map_or(&*text, |(_, reason)| reason);
            match error.offset() {
                Some(at) => format!("{reason} at byte {}", at.saturating_sub(prefix)),
                None => reason.to_owned(),
            }
        })?;
        Ok(Pattern {
            compiled: Compiled::Regex(regex),
        })
    }

    /// Tries the pattern on a name.
    pub fn test(&self, name: &str) -> Outcome {
        let name = name.as_bytes();
        let matches = match &self.compiled {
            Compiled::Everything => true,
            Compiled::Prefix(prefix) => name.starts_with(prefix),
            // `$` also matches before a line break at the end.
            Compiled::Exactly(literal) => name
                .strip_prefix(&**literal)
                .is_some_and(|rest| rest.is_empty() || rest == b"\n"),
            Compiled::Regex(regex) => match regex.is_match(name) {
                Ok(matches) => matches,
                Err(_) => return Outcome::LimitReached,
            },
        };
        if matches {
            Outcome::Match
        } else {
            Outcome::NoMatch
        }
    }

    /// Whether the name matches.
    pub fn is_match(&self, name: &str) -> bool {
        self.test(name) == Outcome::Match
    }
}

/// Patterns that need no engine. Many files have a policy on everything and
/// a hundred thousand queues.
fn simple(pattern: &str) -> Option<Compiled> {
    // `^.*$` is none of them: it fails on a name with a line break.
    if matches!(pattern, "" | ".*" | "^" | "^.*" | ".*$" | "$") {
        return Some(Compiled::Everything);
    }
    let literal = pattern.strip_prefix('^')?;
    let (literal, exact) = match literal.strip_suffix('$') {
        Some(literal) => (literal, true),
        None => (literal.strip_suffix(".*").unwrap_or(literal), false),
    };
    let mut bytes = Vec::new();
    let mut rest = literal.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('.') => bytes.push(b'.'),
                Some('-') => bytes.push(b'-'),
                _ => return None,
            },
            c if c.is_ascii_alphanumeric() || "_-/:@ ".contains(c) => bytes.push(c as u8),
            _ => return None,
        }
    }
    Some(if exact {
        Compiled::Exactly(bytes.into())
    } else {
        Compiled::Prefix(bytes.into())
    })
}

#[cfg(test)]
#[path = "pattern/tests.rs"]
mod tests;
