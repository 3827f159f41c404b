//! RouterOS, as `/export` prints it: a menu, then `add` or `set` lines of it;
//! a backslash at the end of a line continues it.

use std::collections::HashMap;

use super::{Book, Foreign, lines};
use crate::lint::escape;
use crate::lint::model::{Applies, ArchitectureTest, Field, Span, Value, Writing};

const EXPECTED: &str = "an `/export` of RouterOS with `/ip dhcp-server`";

/// A word of a command: what stands before `=`, and the value.
#[derive(Debug)]
struct Word {
    key: String,
    /// The text as written, quotes included; it may hold continued lines.
    value: Option<Span>,
}

/// What an option is that lists name.
#[derive(Debug, Clone)]
struct OptionRow {
    field: Option<Field>,
    value: Value,
    statement: Span,
}

#[derive(Debug, Default)]
struct Known {
    options: HashMap<String, OptionRow>,
    sets: HashMap<String, Vec<String>>,
    /// Which set a scope uses.
    uses: Vec<(usize, String)>,
    /// Matchers: the set, and what is asked.
    matchers: Vec<(String, ArchitectureTest)>,
}

pub(in crate::lint) fn read(mut book: Book<'_>) -> Result<super::Reading, Foreign> {
    let text = book.text(0);
    let mut known = Known::default();
    let mut menu = String::new();
    for (start, end) in commands(&text) {
        let words = words(&text, start, end);
        let Some(first) = words.first() else { continue };
        if first.key.starts_with('#') {
            continue;
        }
        let mut rest = &words[..];
        if first.key.starts_with('/') {
            let length = rest
                .iter()
                .position(|word| ["add", "set", "print", "remove"].contains(&&*word.key))
                .unwrap_or(rest.len());
            // `/ip dhcp-server option sets` and `/ip/dhcp-server/option/sets` are one.
            let path: Vec<String> = rest[..length]
                .iter()
                .map(|word| word.key.replace('/', " "))
                .collect();
            menu = path
                .join(" ")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            rest = &rest[length..];
        }
        if !menu.starts_with("ip dhcp-server") {
            continue;
        }
        book.known += 1;
        if let Some((verb, arguments)) = rest.split_first()
            && ["add", "set"].contains(&&*verb.key)
        {
            let statement = Span {
                source: 0,
                start,
                end,
            };
            command(&mut book, &menu, arguments, statement, &mut known);
        }
    }
    resolve(&mut book, known);
    book.finish(EXPECTED)
}

/// The commands of the text: lines, joined where one ends with a backslash.
fn commands(text: &str) -> Vec<(usize, usize)> {
    let mut commands = Vec::new();
    let mut open: Option<usize> = None;
    for (start, line) in lines(text) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let begin = open.take().unwrap_or(start);
        let trimmed = text[begin..start + line.len()].trim_start();
        if line.ends_with('\\') && !trimmed.starts_with('#') {
            open = Some(begin);
        } else {
            commands.push((begin, start + line.len()));
        }
    }
    if let Some(begin) = open {
        commands.push((begin, text.len()));
    }
    commands
}

fn words(text: &str, start: usize, end: usize) -> Vec<Word> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut at = start;
    while at < end {
        if bytes[at].is_ascii_whitespace()
            || (bytes[at] == b'\\' && bytes.get(at + 1).is_some_and(|next| b"\r\n".contains(next)))
        {
            at += 1;
            continue;
        }
        let begin = at;
        let mut equal = None;
        let mut quoted = false;
        while at < end {
            match bytes[at] {
                b'"' => quoted = !quoted,
                b'\\' if quoted => at += 1,
                b'=' if !quoted && equal.is_none() => equal = Some(at),
                byte if byte.is_ascii_whitespace() && !quoted => break,
                _ => {}
            }
            at += 1;
        }
        at = at.min(end);
        while !text.is_char_boundary(at) {
            at += 1;
        }
        let key = text[begin..equal.unwrap_or(at)].to_owned();
        let value = equal.map(|equal| Span {
            source: 0,
            start: equal + 1,
            end: at,
        });
        words.push(Word { key, value });
    }
    words
}

/// A value without its quotes, as RouterOS reads it.
fn decoded(written: &str) -> escape::Decoded {
    match written
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        Some(inner) => {
            // A continued line goes on after the blanks of the next.
            let mut joined = String::new();
            for (index, piece) in inner.split("\\\n").enumerate() {
                joined.push_str(if index == 0 {
                    piece
                } else {
                    piece.trim_start()
                });
            }
            escape::routeros(&joined.replace("\\\r", ""))
        }
        None => escape::Decoded::plain(written),
    }
}

fn command(
    book: &mut Book<'_>,
    menu: &str,
    arguments: &[Word],
    statement: Span,
    known: &mut Known,
) {
    let span_of = |key: &str| {
        arguments
            .iter()
            .find(|word| word.key == key)
            .and_then(|word| word.value)
    };
    let reading = &book.reading;
    let text_of = |key: &str| {
        let span = span_of(key)?;
        Some(String::from_utf8_lossy(&decoded(reading.written(span)).intended).into_owned())
    };
    match menu {
        "ip dhcp-server option" => {
            let (Some(name), Some(code), Some(span)) =
                (text_of("name"), text_of("code"), span_of("value"))
            else {
                return;
            };
            let field = code.parse().ok().and_then(Field::of_code);
            let value = option_value(book.reading.written(span), span);
            known.options.insert(
                name,
                OptionRow {
                    field,
                    value,
                    statement,
                },
            );
        }
        "ip dhcp-server option sets" => {
            if let (Some(name), Some(options)) = (text_of("name"), text_of("options")) {
                known
                    .sets
                    .insert(name, options.split(',').map(str::to_owned).collect());
            }
        }
        "ip dhcp-server network" => {
            let name = text_of("address").unwrap_or_else(|| "[find]".to_owned());
            let set = text_of("dhcp-option-set");
            let options = text_of("dhcp-option");
            let next = span_of("next-server").zip(text_of("next-server"));
            let file = span_of("boot-file-name");
            let scope = book.scope(format!("network {name}"), 0);
            if let Some((span, text)) = next {
                book.set(
                    scope,
                    Field::NextServer,
                    Value::address(&text, span),
                    statement,
                );
            }
            if let Some(span) = file {
                let value =
                    Value::new(decoded(book.reading.written(span)), span, Writing::RouterOs);
                if !value.intended.is_empty() {
                    book.set(scope, Field::File, value, statement);
                }
            }
            known.uses.extend(set.map(|set| (scope, set)));
            if let Some(options) = options {
                let key = format!("\0{scope}");
                known
                    .sets
                    .insert(key.clone(), options.split(',').map(str::to_owned).collect());
                known.uses.push((scope, key));
            }
        }
        "ip dhcp-server matcher" => {
            let (Some(code), Some(value), Some(set)) =
                (text_of("code"), text_of("value"), text_of("option-set"))
            else {
                return;
            };
            let number = value
                .strip_prefix("0x")
                .and_then(|digits| u16::from_str_radix(digits, 16).ok())
                .or_else(|| super::vendor_architecture(&value));
            if let Some(code) = number.filter(|_| code == "93" || code == "60") {
                known.matchers.push((
                    set,
                    ArchitectureTest {
                        code,
                        span: statement,
                        twin: None,
                    },
                ));
            }
        }
        _ => {}
    }
}

/// `"s'text'"`, `"'text'"`, `0x…`, or something that RouterOS computes.
fn option_value(written: &str, span: Span) -> Value {
    let inner = written
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let bare = inner.unwrap_or(written);
    let quoted = bare.strip_prefix("s'").or_else(|| bare.strip_prefix('\''));
    if let Some(text) = quoted.and_then(|text| text.strip_suffix('\'')) {
        let start = span.start + written.len() - usize::from(inner.is_some()) - 1 - text.len();
        let span = Span {
            start,
            end: start + text.len(),
            ..span
        };
        return if inner.is_some() {
            Value::new(escape::routeros(text), span, Writing::RouterOsText)
        } else {
            Value::plain(text, span, Writing::RouterOsText)
        };
    }
    match bare.strip_prefix("0x").and_then(super::hex) {
        Some(bytes) => Value::of_bytes(bytes, span),
        None => Value::unknown(span),
    }
}

/// Puts the options where they are used.
fn resolve(book: &mut Book<'_>, known: Known) {
    let mut used: Vec<&String> = Vec::new();
    let place = |book: &mut Book<'_>, scope: usize, set: &str| {
        for name in known.sets.get(set).into_iter().flatten() {
            if let Some(row) = known.options.get(name)
                && let Some(field) = row.field
            {
                book.set(scope, field, row.value.clone(), row.statement);
            }
        }
    };
    for (scope, set) in &known.uses {
        place(book, *scope, set);
        used.extend(known.sets.get(set).into_iter().flatten());
    }
    let mut classes: HashMap<&str, usize> = HashMap::new();
    for (set, test) in &known.matchers {
        let scope = match classes.get(&**set) {
            Some(scope) => *scope,
            None => {
                let scope = book.scope(format!("matcher {set}"), 0);
                if scope == 0 {
                    return;
                }
                book.reading.scopes[scope].applies = Applies::default();
                place(book, scope, set);
                classes.insert(set, scope);
                used.extend(known.sets.get(set).into_iter().flatten());
                scope
            }
        };
        book.reading.scopes[scope].applies.tests.push(test.clone());
    }
    // An option that no set names is looked at all the same.
    let mut rest: Vec<(&String, &OptionRow)> = known
        .options
        .iter()
        .filter(|(name, _)| !used.contains(name))
        .collect();
    rest.sort_by_key(|(_, row)| row.statement);
    for (name, row) in rest {
        if let Some(field) = row.field {
            let scope = book.scope(format!("option {name}"), 0);
            if scope == 0 {
                return;
            }
            book.reading.scopes[scope].applies.other = true;
            book.set(scope, field, row.value.clone(), row.statement);
        }
    }
}
