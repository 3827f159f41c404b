//! The lines of PowerShell that set options of a DHCP server.

use std::collections::HashMap;

use super::windows::Classes;
use super::{Book, Foreign};
use crate::lint::model::{Applies, Field, Span, Value, Writing};

/// A word, quotes taken off.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    /// With its quotes.
    pub(super) span: Span,
    /// Whether a variable or an escape may stand in it.
    open: bool,
    /// `-Name`, without quotes.
    parameter: bool,
}

/// Whether a word looks like a cmdlet.
pub(super) fn is_cmdlet(word: &str) -> bool {
    word.split_once('-').is_some_and(|(verb, noun)| {
        verb.starts_with(|c: char| c.is_ascii_uppercase()) && noun.contains("DhcpServer")
    })
}

/// The words of a line that begins at a byte of the file.
pub(super) fn words(line: &str, start: usize) -> Vec<Word> {
    let bytes = line.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() || bytes[at] == b',' {
            at += 1;
            continue;
        }
        if bytes[at] == b'#' {
            break;
        }
        let begin = at;
        let mut text = String::new();
        let open;
        let quote = bytes[at];
        if quote == b'\'' || quote == b'"' {
            at += 1;
            loop {
                let rest = &line[at.min(line.len())..];
                let Some(end) = rest.find(char::from(quote)) else {
                    text.push_str(rest);
                    at = line.len();
                    break;
                };
                text.push_str(&rest[..end]);
                at += end + 1;
                if bytes.get(at) != Some(&quote) {
                    break;
                }
                // Doubled, it stands for itself.
                text.push(char::from(quote));
                at += 1;
            }
            open = quote == b'"' && text.contains(['$', '`']);
        } else {
            let rest = &line[at..];
            let end = rest
                .find(|c: char| c.is_ascii_whitespace() || c == ',')
                .unwrap_or(rest.len());
            text.push_str(&rest[..end]);
            open = text.starts_with(['$', '(', '@']);
            at += end;
        }
        let span = Span {
            source: 0,
            start: start + begin,
            end: start + at,
        };
        words.push(Word {
            parameter: quote == b'-',
            text,
            span,
            open,
        });
    }
    words
}

/// The words after a parameter, up to the next.
fn argument<'w>(words: &'w [Word], names: &[&str]) -> &'w [Word] {
    let Some(at) = words.iter().position(|word| {
        let named = |name: &&str| word.text.eq_ignore_ascii_case(name);
        word.parameter && names.iter().any(named)
    }) else {
        return &[];
    };
    let rest = &words[at + 1..];
    let end = rest
        .iter()
        .position(|word| word.parameter)
        .unwrap_or(rest.len());
    &rest[..end]
}

/// Takes in one command.
///
/// # Errors
/// When an option's code is missing.
pub(super) fn line(
    book: &mut Book<'_>,
    words: &[Word],
    classes: &mut Classes,
    scopes: &mut HashMap<String, usize>,
) -> Result<(), Foreign> {
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return Ok(());
    };
    let statement = Span {
        end: last.span.end,
        ..first.span
    };
    let single = |names: &[&str]| argument(words, names).first();
    book.known += 1;
    let command = first.text.to_ascii_lowercase();
    match &*command {
        "add-dhcpserverv4class" => {
            if let (Some(name), Some(data)) = (single(&["-Name"]), single(&["-Data"])) {
                classes.add(&name.text, &data.text, statement);
            }
        }
        "add-dhcpserverv4policy" => {
            let Some(name) = single(&["-Name"]) else {
                return Ok(());
            };
            let mut applies = Applies::default();
            for word in argument(words, &["-VendorClass"]) {
                if !word.text.eq_ignore_ascii_case("EQ") {
                    classes.ask(&word.text, &mut applies);
                }
            }
            applies.other |= applies.tests.is_empty() && !applies.http && !applies.pxe;
            let around = network(book, words, scopes);
            let key = format!("policy {}", name.text);
            let scope = book.scope(key.clone(), around);
            if scope != around {
                book.reading.scopes[scope].applies = applies;
            }
            scopes.insert(key, scope);
        }
        "set-dhcpserverv4optionvalue" => option(book, words, scopes, statement)?,
        _ => {}
    }
    Ok(())
}

fn network(book: &mut Book<'_>, words: &[Word], scopes: &mut HashMap<String, usize>) -> usize {
    let Some(id) = argument(words, &["-ScopeId"]).first() else {
        return 0;
    };
    let key = format!("scope {}", id.text);
    *scopes
        .entry(key.clone())
        .or_insert_with(|| book.scope(key, 0))
}

fn option(
    book: &mut Book<'_>,
    words: &[Word],
    scopes: &mut HashMap<String, usize>,
    statement: Span,
) -> Result<(), Foreign> {
    let mut scope = network(book, words, scopes);
    if let Some(policy) = argument(words, &["-PolicyName"]).first() {
        let key = format!("policy {}", policy.text);
        let parent = scope;
        scope = *scopes.entry(key.clone()).or_insert_with(|| {
            let scope = book.scope(key, parent);
            if scope != parent {
                book.reading.scopes[scope].applies.other = true;
            }
            scope
        });
    }
    for (name, field) in [("-BootFileName", 67), ("-TftpServerName", 66)] {
        if let (Some(word), Some(field)) = (argument(words, &[name]).first(), Field::of_code(field))
        {
            set(book, scope, field, std::slice::from_ref(word), statement);
        }
    }
    let Some(code) = argument(words, &["-OptionId"]).first() else {
        return Ok(());
    };
    let Ok(number) = code.text.parse() else {
        if code.open {
            return Ok(());
        }
        return Err(book.foreign(0, code.span.start, "the number of an option"));
    };
    if let Some(field) = Field::of_code(number) {
        set(book, scope, field, argument(words, &["-Value"]), statement);
    }
    Ok(())
}

fn set(book: &mut Book<'_>, scope: usize, field: Field, words: &[Word], statement: Span) {
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return;
    };
    let span = Span {
        end: last.span.end,
        ..first.span
    };
    let value = if words.iter().any(|word| word.open) {
        Value::unknown(span)
    } else if words.len() == 1 {
        super::windows::value(field, &first.text, span, Writing::PowerShell)
    } else {
        let list: Vec<&str> = words.iter().map(|word| &*word.text).collect();
        super::windows::value(field, &list.join(","), span, Writing::PowerShell)
    };
    book.set(scope, field, value, statement);
}
