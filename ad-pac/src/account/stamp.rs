//! Times as a directory writes them.

/// Turns `20261121053534.0Z` (generalizedTime as directories write it) into
/// ISO 8601, and gives anything else back as it is.
pub fn iso(text: &str) -> String {
    let digits = text
        .get(..14)
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    match (digits, text.ends_with('Z')) {
        (Some(d), true) => format!(
            "{}-{}-{}T{}:{}:{}Z",
            &d[..4],
            &d[4..6],
            &d[6..8],
            &d[8..10],
            &d[10..12],
            &d[12..14]
        ),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
#[path = "stamp/tests.rs"]
mod tests;
