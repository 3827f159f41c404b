//! Where in the file something is wrong, and what was probably meant.

use std::ops::Range;

use crate::error::{Error, Kind};

/// A configuration text and its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Place<'_> {
    /// An error at this span: `pxe.toml:3:8: what`.
    pub(super) fn error(&self, span: &Range<usize>, what: impl Into<String>) -> Error {
        let (line, column) = position(self.text, span.start);
        Error::new(Kind::Input, format!("{}:{line}:{column}", self.file), what)
    }

    /// An error about the file as a whole.
    pub(super) fn whole(&self, what: impl Into<String>) -> Error {
        Error::new(Kind::Input, self.file, what)
    }

    /// What the TOML reader found, in the common form.
    pub(super) fn toml_error(&self, error: &toml::de::Error) -> Error {
        let message = error.message();
        let first = message.lines().next().unwrap_or(message);
        let error = match error.span() {
            Some(span) => self.error(&span, lower_first(first)),
            None => self.whole(lower_first(first)),
        };
        let Some((_, rest)) = message.split_once("unknown field `") else {
            return error.hint("`pxe serve --help` names the manual with every key");
        };
        // `unknown field `x`, expected one of `a`, `b``
        let mut quoted = rest.split('`').step_by(2);
        let wrong = quoted.next().unwrap_or_default();
        let valid: Vec<&str> = quoted.filter(|name| !name.is_empty()).collect();
        nearest_hint(error, wrong, &valid)
    }
}

/// Adds what was probably meant, or all that is possible.
pub(super) fn nearest_hint(error: Error, wrong: &str, valid: &[&str]) -> Error {
    match nearest(wrong, valid.iter().copied()) {
        Some(name) => error.hint(format!("did you mean `{name}`?")),
        None => error.hint(format!("possible names: {}", valid.join(", "))),
    }
}

/// The valid name that differs in the fewest letters, if it is near at all.
fn nearest<'a>(wrong: &str, valid: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    valid
        .map(|name| (distance(wrong, name), name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len().min(wrong.len()) / 3)
        .map(|(_, name)| name)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Line and column, counted from 1 in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        // `TOML parse error` keeps its name.
        Some(first) if !chars.clone().next().is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_or_none() {
        let valid = ["mode", "leases", "port", "known-clients-only"];
        assert_eq!(nearest("lease", valid.into_iter()), Some("leases"));
        assert_eq!(
            nearest("known_clients_only", valid.into_iter()),
            Some("known-clients-only")
        );
        assert_eq!(nearest("banana", valid.into_iter()), None);
    }

    #[test]
    fn positions_count_from_one_and_in_characters() {
        assert_eq!(position("a\nüb", 4), (2, 2));
        assert_eq!(position("", 0), (1, 1));
        assert_eq!(position("ab", 99), (1, 3));
    }
}
