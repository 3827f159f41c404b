//! Why a file is not an export, told with place, excerpt and remedy.

use super::{Definitions, secret};
use crate::error::{Error, Kind};

/// How much of a line an excerpt shows before and after the place.
const BEFORE: usize = 60;
const AFTER: usize = 16;

/// Turns the parser's complaint into an error that shows the place.
pub(super) fn explain(subject: &str, text: &[u8], error: &serde_json::Error) -> Error {
    let place = Place::new(text, error.line(), error.column());
    let what = match error.classify() {
        serde_json::error::Category::Data => "not as a broker exports it",
        _ => "not valid JSON",
    };
    let (cause, hint) = diagnose(text, &place, error);
    let failure = Error::new(
        Kind::Input,
        format!("{subject}:{}:{}", place.line, place.column),
        format!(
            "{what}: {cause}\n{}",
            excerpt(text, error.line(), error.column())
        ),
    );
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// JSON, but of something else.
pub(super) fn not_definitions(subject: &str, found: &Definitions<'_>) -> Error {
    let sections = &found.unknown_sections;
    let names: Vec<&str> = sections.iter().take(5).map(|name| &**name).collect();
    let what = if names.is_empty() {
        "no definitions: the object is empty".to_owned()
    } else {
        format!("no definitions: the object has only {}", quoted(&names))
    };
    let failure = Error::new(Kind::Input, subject, what);
    if names.contains(&"error") {
        return failure.hint("this is an error answer of the management API: check user and URL");
    }
    failure.hint(
        "export with `rabbitmqctl export_definitions FILE`, or give the URL of the management API",
    )
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<_> = (names.iter())
        .map(|name| {
            let short: String = name.escape_debug().take(40).collect();
            format!("`{short}`")
        })
        .collect();
    names.join(", ")
}

/// A place in a text, found again from the parser's line and column.
struct Place {
    line: usize,
    /// In characters, from 1.
    column: usize,
    /// Of the character at fault (the end of the text, if that is at fault).
    offset: usize,
    /// Of the first character of its line.
    line_start: usize,
}

impl Place {
    fn new(text: &[u8], line: usize, column: usize) -> Self {
        let line = line.max(1);
        let mut line_start = 0;
        for _ in 1..line {
            match text[line_start..].iter().position(|byte| *byte == b'\n') {
                Some(at) => line_start += at + 1,
                None => break,
            }
        }
        // The column counts bytes from 1; 0 is the line break before.
        let offset = (line_start + column.saturating_sub(1)).min(text.len());
        let before = &text[line_start..offset];
        let column = String::from_utf8_lossy(before).chars().count() + 1;
        Place {
            line,
            column,
            offset,
            line_start,
        }
    }
}

/// Two lines: the text around the place, and a caret below it. Everything
/// that may be part of a secret is masked: strings under a secret's name,
/// passwords in URIs, and after the place, where the structure is no longer
/// known, whatever follows the first quote or colon.
pub fn excerpt(text: &[u8], line: usize, column: usize) -> String {
    let place = Place::new(text, line, column);
    let (masked, hide_rest) = masked_before(text, &place);
    let mut before = masked;
    let length = before.chars().count();
    if length > BEFORE {
        before = std::iter::once('…')
            .chain(before.chars().skip(length - BEFORE + 1))
            .collect();
    }
    let after = if hide_rest {
        "…".to_owned()
    } else {
        shown_after(&text[place.offset..])
    };
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let indent = " ".repeat(before.chars().count());
    format!("  {number} | {before}{after}\n  {margin} | {indent}^")
}

/// The part of the line before the place, masked, and whether what
/// follows must not be shown: the rest of a string, or a secret. Up to the place the text is valid, so strings are told
/// from structure by reading it from the start.
fn masked_before(text: &[u8], place: &Place) -> (String, bool) {
    let mut shown = String::new();
    let mut at = 0;
    let mut name_before_colon = String::new();
    let mut last_string = String::new();
    let mut depth = 0_usize;
    // Depths of arrays and objects under a secret's name.
    let mut hidden_from: Option<usize> = None;
    let end = place.offset;
    while at < end {
        let byte = text[at];
        if byte == b'"' {
            let start = at + 1;
            let mut close = start;
            while close < end && text[close] != b'"' {
                close += if text[close] == b'\\' { 2 } else { 1 };
            }
            let complete = close < end;
            let content = String::from_utf8_lossy(&text[start..close.min(end)]).into_owned();
            let secret = hidden_from.is_some() || secret::is_secret_name(&name_before_colon);
            if start > place.line_start {
                shown.push('"');
                if secret {
                    shown.push_str(secret::MASK);
                } else if complete {
                    shown.push_str(&printable(&secret::mask_uri(&content)));
                } else {
                    // A URI whose end is not known cannot be masked.
                    let known = content.find("://").map_or(&*content, |at| &content[..at]);
                    shown.push_str(&printable(known));
                }
                if complete {
                    shown.push('"');
                }
            }
            if !complete {
                return (shown, true);
            }
            last_string = content;
            at = close + 1;
            continue;
        }
        match byte {
            b':' => name_before_colon = std::mem::take(&mut last_string),
            b',' => name_before_colon.clear(),
            b'{' | b'[' => {
                if hidden_from.is_none() && secret::is_secret_name(&name_before_colon) {
                    hidden_from = Some(depth);
                }
                depth += 1;
                name_before_colon.clear();
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if hidden_from == Some(depth) {
                    hidden_from = None;
                }
                name_before_colon.clear();
            }
            _ => {}
        }
        if at >= place.line_start {
            let secret = hidden_from.is_some() || secret::is_secret_name(&name_before_colon);
            let bare = byte.is_ascii_alphanumeric();
            shown.push(match byte {
                _ if secret && bare => '*',
                b'\t' => ' ',
                b' '..=b'~' => byte as char,
                _ => '\u{fffd}',
            });
        }
        at += 1;
    }
    let secret = hidden_from.is_some() || secret::is_secret_name(&name_before_colon);
    (shown, secret)
}

fn shown_after(rest: &[u8]) -> String {
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(&line[..line.len().min(4 * AFTER)]);
    let mut shown = String::new();
    for (at, c) in text.chars().enumerate() {
        if at >= AFTER || matches!(c, '"' | '\'' | '`' | ':' | '=') {
            shown.push('…');
            break;
        }
        shown.push(c);
    }
    printable(&shown)
}

/// The text without what would move the cursor.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// What is wrong in words, and what to do about it.
fn diagnose(text: &[u8], place: &Place, error: &serde_json::Error) -> (String, Option<String>) {
    let cause = scrub(&error.to_string());
    let hint = |text: &str| Some(text.to_owned());
    let rest = &text[place.offset..];
    let from_line = String::from_utf8_lossy(&text[place.line_start..place.offset.min(text.len())]);
    let start = text.trim_ascii_start();
    if start.is_empty() {
        return ("the file is empty".to_owned(), None);
    }
    if text.starts_with(b"\xFF\xFE") || text.starts_with(b"\xFE\xFF") || text.get(1) == Some(&0) {
        return (
            "the text is UTF-16, not UTF-8".to_owned(),
            hint("convert it: `iconv -f UTF-16 -t UTF-8 FILE | rabbit-graph draw -`"),
        );
    }
    if start.starts_with(b"<") {
        return (
            "this is HTML or XML".to_owned(),
            hint("the management API answers at /api/definitions; give its base URL as the source"),
        );
    }
    if start.starts_with(b"---") {
        return (
            cause,
            hint("this looks like YAML; export JSON with `rabbitmqctl export_definitions FILE`"),
        );
    }
    if [&b"local "[..], b"function", b"import ", b"//", b"/*", b"#"]
        .iter()
        .any(|word| start.starts_with(word))
    {
        return (
            cause,
            hint(
                "this looks like Jsonnet or JSON with comments; render it first: \
                  `jsonnet FILE | rabbit-graph draw -`",
            ),
        );
    }
    if rest.starts_with(b"$") || from_line.ends_with('$') || rest.starts_with(b"${") {
        return (
            "a placeholder that was not filled in".to_owned(),
            hint("fill it in first: `envsubst < FILE | rabbit-graph draw -`"),
        );
    }
    if rest.starts_with(b"{%")
        || rest.starts_with(b"{{")
        || rest.starts_with(b"{") && from_line.trim_end().ends_with('{')
    {
        return (
            "a doubled `{`, or a template that was not rendered".to_owned(),
            hint("remove one of the two braces, or render the template first"),
        );
    }
    if cause.contains("trailing comma") {
        return (
            "a comma before the closing bracket".to_owned(),
            hint("remove the comma; JSON has none after the last element"),
        );
    }
    if rest.starts_with(b"//") || rest.starts_with(b"/*") || rest.starts_with(b"#") {
        return (cause, hint("JSON has no comments; remove it"));
    }
    if rest.starts_with(b"'") {
        return (cause, hint("JSON strings stand in double quotes"));
    }
    for (word, json) in [
        (&b"None"[..], "null"),
        (b"True", "true"),
        (b"False", "false"),
    ] {
        if rest.starts_with(word) {
            return (
                cause,
                Some(format!(
                    "this is Python's notation; JSON writes `{json}` (`json.dump`)"
                )),
            );
        }
    }
    if cause.contains("key must be a string") {
        return (
            cause,
            hint(
                "keys stand in double quotes; if this is Jsonnet, render it first: \
                  `jsonnet FILE | rabbit-graph draw -`",
            ),
        );
    }
    if error.is_eof() {
        return (
            "the text ends before the object is complete".to_owned(),
            hint("was the export or the download cut off?"),
        );
    }
    if cause.contains("unicode") {
        return (
            cause,
            hint("the file must be UTF-8: `iconv -t UTF-8` converts it"),
        );
    }
    if cause.contains("control character") {
        return (cause, hint("a line break within a string is written \\n"));
    }
    if cause.contains("recursion limit") {
        return ("nested more than 128 levels deep".to_owned(), None);
    }
    if cause.contains("trailing characters") {
        return (
            "something follows the end of the object".to_owned(),
            hint("one file holds one export"),
        );
    }
    (cause, None)
}

/// The parser's words without the value it quotes, which may be a secret,
/// and without the place, which the subject tells.
fn scrub(message: &str) -> String {
    let message = match message.rfind(" at line ") {
        Some(at) => &message[..at],
        None => message,
    };
    let quoted = ["string \"", "integer `", "floating point `", "character `"];
    for opening in quoted {
        if let Some(start) = message.find(opening)
            && let Some(end) = message.rfind(", expected ")
        {
            let kind = opening.split(' ').next().unwrap_or_default();
            return format!("{}{kind}{}", &message[..start], &message[end..]);
        }
    }
    message.to_owned()
}

#[cfg(test)]
#[path = "fault/tests.rs"]
mod tests;
