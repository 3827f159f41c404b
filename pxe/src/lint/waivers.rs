//! Findings that somebody accepted, one by one, each with a reason. The file
//! is TOML:
//!
//! ```toml
//! [[waiver]]
//! rule = "pxeclient-from-dhcp"
//! object = "subnet 10.0.0.0: option 60"
//! reason = "WDS runs on this host"
//! ```

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{Finding, RULES, Severity, read};
use crate::error::{Error, Kind, Result};

/// The rule id under which a waiver that no longer applies is reported.
pub const STALE: &str = "stale-waiver";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(default)]
    waiver: Vec<Spanned<Waiver>>,
}

#[derive(Debug, Serialize)]
struct Written {
    waiver: Vec<Waiver>,
}

/// An accepted finding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule.
    pub rule: String,
    /// What the finding is about, as it says.
    pub object: String,
    /// Why it is accepted.
    pub reason: String,
    /// Where the waiver stands.
    #[serde(skip)]
    place: (usize, usize),
}

/// A waiver file, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waivers {
    name: String,
    list: Vec<Waiver>,
}

impl Waivers {
    /// Rule and object of each.
    pub fn subjects(&self) -> HashSet<(String, String)> {
        let list = self.list.iter();
        list.map(|waiver| (waiver.rule.clone(), waiver.object.clone()))
            .collect()
    }
}

/// Reads a waiver file.
///
/// # Errors
/// When it is not TOML, has unknown keys or rules, or lacks a reason.
pub fn read(name: &str, text: &str) -> Result<Waivers> {
    let wrong = |at: usize, what: String| {
        let (line, column) = read::place(text, at);
        Error::new(Kind::Input, format!("{name}:{line}:{column}"), what)
    };
    let given: Given = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        wrong(at, format!("not a waiver file: {}", error.message()))
            .hint("each `[[waiver]]` has rule, object and reason")
            .hint("`--write-waivers FILE` writes one to begin with")
    })?;
    let mut list = Vec::new();
    for spanned in given.waiver {
        let at = spanned.span().start;
        let mut waiver = spanned.into_inner();
        if super::rule(&waiver.rule).is_none() {
            let names: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
            return Err(wrong(
                at,
                format!("there is no rule `{}`", waiver.rule.escape_debug()),
            )
            .hint(format!("rules: {}", names.join(", "))));
        }
        if waiver.reason.trim().is_empty() {
            return Err(wrong(at, "a waiver without a reason".to_owned())
                .hint("write down why the finding is accepted"));
        }
        waiver.place = read::place(text, at);
        list.push(waiver);
    }
    Ok(Waivers {
        name: name.to_owned(),
        list,
    })
}

/// Takes waived findings away; a waiver that no finding needs becomes one.
pub fn apply(findings: Vec<Finding>, waivers: &Waivers) -> (Vec<Finding>, usize) {
    let wanted: HashSet<(&str, &str)> = findings.iter().map(Finding::subject).collect();
    let accepted: HashSet<(&str, &str)> = waivers
        .list
        .iter()
        .map(|waiver| (&*waiver.rule, &*waiver.object))
        .collect();
    let stale: Vec<Finding> = waivers
        .list
        .iter()
        .filter(|waiver| !wanted.contains(&(&*waiver.rule, &*waiver.object)))
        .map(|waiver| Finding {
            file: waivers.name.clone(),
            line: waiver.place.0,
            column: waiver.place.1,
            object: waiver.object.clone(),
            rule: STALE,
            severity: Severity::Warning,
            message: format!(
                "no finding of `{}` needs this waiver: delete it",
                waiver.rule
            ),
            sent: None,
            corrected: None,
            edit: Vec::new(),
        })
        .collect();
    let before = findings.len();
    let mut kept: Vec<Finding> = findings
        .iter()
        .filter(|finding| !accepted.contains(&finding.subject()))
        .cloned()
        .collect();
    let waived = before - kept.len();
    kept.extend(stale);
    (kept, waived)
}

/// A file that waives these findings, each with a reason still to be given.
///
/// # Errors
/// Never, as far as is known; the writer of the format may fail.
pub fn write(findings: &[Finding]) -> Result<String> {
    let mut waiver: Vec<Waiver> = findings
        .iter()
        .filter(|finding| finding.rule != STALE)
        .map(|finding| Waiver {
            rule: finding.rule.to_owned(),
            object: finding.object.clone(),
            reason: format!("TO BE EXPLAINED: {}", finding.message),
            place: (0, 0),
        })
        .collect();
    waiver.dedup_by(|a, b| (&a.rule, &a.object) == (&b.rule, &b.object));
    let body = toml::to_string(&Written { waiver })
        .map_err(|error| Error::new(Kind::System, "waivers", "cannot be written").because(error))?;
    Ok(format!(
        "# Findings that are accepted. Say why in each `reason`, or fix what it is about.\n\n{body}"
    ))
}
