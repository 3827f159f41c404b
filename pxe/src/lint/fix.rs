//! Edits put together: the corrected line of one, the patch of all.

use std::collections::HashMap;

use similar::TextDiff;

use super::model::{Edit, Reading, Span};
use super::read::{Files, Foreign};
use super::{Finding, Target, check};

/// A fix may uncover what the next one mends, but never for ever.
const MOST_ROUNDS: usize = 16;

/// Longer lines are not shown whole.
const LONGEST_LINE: usize = 240;

/// How much of a long line is shown on both sides of a change.
const AROUND: usize = 60;

/// A file before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// Its name.
    pub name: String,
    /// What was in it.
    pub before: String,
    /// What is right.
    pub after: String,
}

impl Fixed {
    /// The difference as a patch.
    pub fn patch(&self) -> String {
        TextDiff::from_lines(&self.before, &self.after)
            .unified_diff()
            .header(&self.name, &self.name)
            .to_string()
    }
}

/// Mends what can be mended of the findings that `wanted` keeps, in the file
/// and in those it includes.
///
/// # Errors
/// When the text is not one of this server.
pub fn fix(
    target: &Target,
    name: &str,
    text: &str,
    files: &mut dyn Files,
    wanted: &dyn Fn(&Finding) -> bool,
) -> Result<Vec<Fixed>, Foreign> {
    let mut changed = Overlay {
        texts: HashMap::from([(name.to_owned(), text.to_owned())]),
        files,
    };
    let mut first: Option<Reading> = None;
    for _ in 0..MOST_ROUNDS {
        let text = changed.texts.get(name).cloned().unwrap_or_default();
        let reading = target.read(name, text, &mut changed)?;
        let findings = check(target, &reading);
        let edits = apart(findings.iter().filter(|finding| wanted(finding)));
        for (number, source) in reading.sources.iter().enumerate() {
            let own: Vec<&Edit> = edits
                .iter()
                .filter(|edit| edit.span.source == number)
                .collect();
            if !own.is_empty() {
                changed
                    .texts
                    .insert(source.name.clone(), applied(&source.text, own));
            }
        }
        first.get_or_insert(reading);
        if edits.is_empty() {
            break;
        }
    }
    let sources = first.map(|reading| reading.sources).unwrap_or_default();
    Ok(sources
        .into_iter()
        .filter_map(|source| {
            let after = changed.texts.remove(&source.name)?;
            (after != source.text).then_some(Fixed {
                name: source.name,
                before: source.text,
                after,
            })
        })
        .collect())
}

/// Files as they are after the rounds so far.
struct Overlay<'f> {
    texts: HashMap<String, String>,
    files: &'f mut dyn Files,
}

impl Files for Overlay<'_> {
    fn read(&mut self, name: &str) -> Result<String, String> {
        match self.texts.get(name) {
            Some(text) => Ok(text.clone()),
            None => self.files.read(name),
        }
    }

    fn list(&mut self, folder: &str) -> Result<Vec<String>, String> {
        self.files.list(folder)
    }
}

/// The edits of as many findings as do not touch each other; the others come
/// in the next round, if they are still needed.
fn apart<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<Edit> {
    let mut chosen: Vec<Edit> = Vec::new();
    for finding in findings {
        let edits: Vec<Edit> = finding.edits().collect();
        let touches = edits.iter().any(|edit| {
            chosen.iter().any(|other| {
                edit.span.source == other.span.source
                    && edit.span.start <= other.span.end
                    && other.span.start <= edit.span.end
            })
        });
        if !touches {
            chosen.extend(edits);
        }
    }
    chosen
}

fn applied(text: &str, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| edit.span);
    let mut new = String::new();
    let mut at = 0;
    for edit in edits {
        new.push_str(text.get(at..edit.span.start).unwrap_or_default());
        new.push_str(&edit.text);
        at = edit.span.end.max(at);
    }
    new.push_str(text.get(at..).unwrap_or_default());
    new
}

/// The lines that edits touch, as they are afterwards.
pub(super) fn corrected(reading: &Reading, edits: &[Edit]) -> Option<String> {
    let first = edits.iter().min_by_key(|edit| edit.span)?;
    let source = reading.sources.get(first.span.source)?;
    let own: Vec<&Edit> = edits
        .iter()
        .filter(|edit| edit.span.source == first.span.source)
        .collect();
    let last = own.iter().map(|edit| edit.span.end).max()?;
    let start = source.text[..first.span.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let end = source.text[last..]
        .find('\n')
        .map_or(source.text.len(), |at| last + at);
    // Only the lines: there may be many findings in a long file.
    let moved: Vec<Edit> = own
        .into_iter()
        .map(|edit| Edit {
            span: Span {
                start: edit.span.start - start,
                end: edit.span.end - start,
                ..edit.span
            },
            text: edit.text.clone(),
        })
        .collect();
    let new = applied(source.text.get(start..end)?, moved.iter().collect());
    let line = new.trim_end_matches('\r');
    if line.len() <= LONGEST_LINE {
        return Some(line.to_owned());
    }
    // A whole file may be one line: what was changed, and what is around it.
    let before = (first.span.start - start).saturating_sub(AROUND);
    let after = line
        .len()
        .min(line.len().saturating_sub(end - last) + AROUND);
    let shown = line
        .get(before..after)
        .or_else(|| line.get(..LONGEST_LINE))?;
    Some(format!("…{shown}…"))
}
