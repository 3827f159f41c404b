//! Lists of targets: one a line with options, or TOML.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Options, Target};

/// What is wrong with a list, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong, in lower case.
    pub what: String,
}

impl std::fmt::Display for ListError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.what)
    }
}

impl std::error::Error for ListError {}

/// Reads one target a line, each with its own options:
/// `mail.example.org:993 --tls-only --warn 33%`. `#` begins a comment where a
/// word could begin; quotes hold a word with spaces together.
///
/// # Errors
/// The first line that cannot be understood.
pub fn parse_lines(text: &str, defaults: &Options) -> Result<Vec<Target>, ListError> {
    let mut targets = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let at = |column, what| ListError {
            line: index + 1,
            column,
            what,
        };
        // Files that passed through Windows begin with a byte order mark.
        let line = if index == 0 {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        } else {
            line
        };
        let mut words = words(line)
            .map_err(|(column, what)| at(column, what))?
            .into_iter();
        let Some((column, name)) = words.next() else {
            continue;
        };
        if name.starts_with('-') {
            return Err(at(
                column,
                "the target comes first, its options follow".into(),
            ));
        }
        let mut options = Options::default();
        while let Some((column, word)) = words.next() {
            let Some(key) = word.strip_prefix("--") else {
                return Err(at(
                    column,
                    format!("`{}` is not an option", word.escape_debug()),
                ));
            };
            let (key, value) = match key.split_once('=') {
                Some((key, value)) => (key, value.to_owned()),
                None if Options::is_flag(key) => (key, "true".to_owned()),
                None => match words.next() {
                    Some((_, value)) => (key, value),
                    None => {
                        // An unknown key is the better message.
                        let unknown = Options::default().set(key, "");
                        let what = match unknown {
                            Err(what) if what.starts_with("unknown") => what,
                            _ => format!("--{key} needs a value"),
                        };
                        return Err(at(column, what));
                    }
                },
            };
            options.set(key, &value).map_err(|what| at(column, what))?;
        }
        let target = Target::parse(&name, options.or(defaults)).map_err(|what| at(column, what))?;
        targets.push(target);
    }
    Ok(targets)
}

/// Reads `[[target]]` tables with a `target` key and the options as keys;
/// `[defaults]` holds for all of them.
///
/// # Errors
/// The first key or value that cannot be understood.
pub fn parse_toml(text: &str, defaults: &Options) -> Result<Vec<Target>, ListError> {
    let root = DeTable::parse(text).map_err(|error| {
        let (line, column) = error.span().map_or((1, 1), |span| place(text, span.start));
        ListError {
            line,
            column,
            what: error.message().to_owned(),
        }
    })?;
    let at = |start: usize, what: String| {
        let (line, column) = place(text, start);
        ListError { line, column, what }
    };
    let root = root.get_ref();
    let mut shared = Options::default();
    for (key, value) in root {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("defaults", DeValue::Table(table)) => shared = options(table, None, &at)?,
            ("target", DeValue::Array(_)) => {}
            ("defaults" | "target", _) => {
                return Err(at(
                    key.span().start,
                    format!(
                        "`{0}` is written as {1}",
                        key.get_ref(),
                        if key.get_ref() == "target" {
                            "[[target]]"
                        } else {
                            "[defaults]"
                        }
                    ),
                ));
            }
            (other, _) => {
                return Err(at(
                    key.span().start,
                    format!(
                        "unknown key `{}`; there are [defaults] and [[target]]",
                        other.escape_debug()
                    ),
                ));
            }
        }
    }
    let shared = shared.or(defaults);
    let mut targets = Vec::new();
    let Some(DeValue::Array(entries)) = root.get("target").map(Spanned::get_ref) else {
        return Ok(targets);
    };
    for entry in entries {
        let DeValue::Table(table) = entry.get_ref() else {
            return Err(at(entry.span().start, "a target is a table".into()));
        };
        let Some(name) = table.get("target") else {
            return Err(at(entry.span().start, "the key `target` is missing".into()));
        };
        let DeValue::String(text) = name.get_ref() else {
            return Err(at(name.span().start, "a target is a string".into()));
        };
        let options = options(table, Some("target"), &at)?.or(&shared);
        targets.push(Target::parse(text, options).map_err(|what| at(name.span().start, what))?);
    }
    Ok(targets)
}

fn options(
    table: &DeTable<'_>,
    except: Option<&str>,
    at: &impl Fn(usize, String) -> ListError,
) -> Result<Options, ListError> {
    let mut options = Options::default();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        if Some(name) == except {
            continue;
        }
        let mut set = |text: &str, start: usize| {
            options.set(name, text).map_err(|what| {
                let start = if what.starts_with("unknown") {
                    key.span().start
                } else {
                    start
                };
                at(start, what)
            })
        };
        match value.get_ref() {
            DeValue::String(text) => set(text, value.span().start)?,
            DeValue::Boolean(flag) => {
                set(if *flag { "true" } else { "false" }, value.span().start)?;
            }
            DeValue::Array(values) => {
                for value in values {
                    let DeValue::String(text) = value.get_ref() else {
                        return Err(at(value.span().start, "a string is expected".into()));
                    };
                    set(text, value.span().start)?;
                }
            }
            _ => {
                set("", key.span().start)
                    .err()
                    .filter(|error| error.what.starts_with("unknown"))
                    .map_or(Ok(()), Err)?;
                return Err(at(
                    value.span().start,
                    "a string is expected, such as \"21d\"".into(),
                ));
            }
        }
    }
    Ok(options)
}

/// Line and column, from 1, of a byte.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(1, |last| last.chars().count() + 1);
    (line, column)
}

type Words = Vec<(usize, String)>;

/// Splits a line into words with the column of each.
fn words(line: &str) -> Result<Words, (usize, String)> {
    let mut words: Words = Vec::new();
    let mut word: Option<(usize, String)> = None;
    let mut quote: Option<(usize, char)> = None;
    for (index, c) in line.chars().enumerate() {
        let column = index + 1;
        match (quote, c) {
            (Some((_, mark)), c) if c == mark => quote = None,
            (Some(_), c) => {
                if let Some((_, text)) = &mut word {
                    text.push(c);
                }
            }
            (None, '"' | '\'') => {
                quote = Some((column, c));
                word.get_or_insert((column, String::new()));
            }
            (None, '#') if word.is_none() => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert((column, String::new())).1.push(c),
        }
    }
    if let Some((column, _)) = quote {
        return Err((column, "a quote is not closed".into()));
    }
    words.extend(word);
    Ok(words)
}
