//! Findings that somebody accepted, one by one, each with a reason.
//!
//! The file is TOML:
//!
//! ```toml
//! [[waiver]]
//! rule = "unbounded-queue"
//! vhost = "orders"
//! object = "queue analytics.outbox"
//! reason = "the shovel empties it; alarmed at 100,000"
//! ```

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{Finding, RULES, Severity};
use crate::error::{Error, Kind, Result};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(default)]
    waiver: Vec<Spanned<Waiver>>,
}

#[derive(Debug, Serialize)]
struct File {
    waiver: Vec<Waiver>,
}

/// An accepted finding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule.
    pub rule: String,
    /// The virtual host, where the object lies in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vhost: Option<String>,
    /// The object as the finding names it.
    pub object: String,
    /// Why it is accepted.
    pub reason: String,
}

impl Waiver {
    fn subject(&self) -> (&str, Option<&str>, &str) {
        (&self.rule, self.vhost.as_deref(), &self.object)
    }
}

/// The rule id under which a waiver that no longer applies is reported.
pub const STALE: &str = "stale-waiver";

/// Reads a waiver file.
///
/// # Errors
/// When it is not TOML, has unknown keys or rules, or lacks a reason.
pub fn read(subject: &str, text: &str) -> Result<Vec<Waiver>> {
    let place = |offset: usize| {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        format!("{subject}:{line}:{column}")
    };
    let file: Given = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Error::new(
            Kind::Input,
            place(at),
            format!("not a waiver file: {}", error.message()),
        )
        .hint("each `[[waiver]]` has rule, vhost (where there is one), object and reason")
        .hint("`--write-waivers FILE` writes one to begin with")
    })?;
    for given in &file.waiver {
        let (at, waiver) = (given.span().start, given.get_ref());
        if !RULES.iter().any(|rule| rule.id == waiver.rule) {
            let names: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
            let what = format!("there is no rule `{}`", waiver.rule);
            return Err(Error::new(Kind::Input, place(at), what)
                .hint(format!("rules: {}", names.join(", "))));
        }
        if waiver.reason.trim().is_empty() {
            return Err(
                Error::new(Kind::Input, place(at), "a waiver without a reason")
                    .hint("write down why the finding is accepted"),
            );
        }
    }
    Ok(file.waiver.into_iter().map(Spanned::into_inner).collect())
}

/// Takes waived findings away; a waiver that no finding needs becomes one.
pub fn apply(findings: Vec<Finding>, waivers: &[Waiver]) -> (Vec<Finding>, usize) {
    let wanted: HashSet<(&str, Option<&str>, &str)> =
        (findings.iter()).map(Finding::subject).collect();
    let given: HashSet<(&str, Option<&str>, &str)> = waivers.iter().map(Waiver::subject).collect();
    let stale: Vec<Finding> = (waivers.iter())
        .filter(|waiver| !wanted.contains(&waiver.subject()))
        .map(|waiver| Finding {
            vhost: waiver.vhost.clone(),
            object: waiver.object.clone(),
            rule: STALE,
            severity: Severity::Warning,
            message: format!(
                "the waiver for `{}` is no longer needed: delete it",
                waiver.rule
            ),
        })
        .collect();
    let before = findings.len();
    let mut kept: Vec<Finding> = (findings.into_iter())
        .filter(|finding| !given.contains(&finding.subject()))
        .collect();
    let waived = before - kept.len();
    kept.extend(stale);
    kept.sort_by(|a, b| (a.severity, a).cmp(&(b.severity, b)));
    (kept, waived)
}

/// A file that waives these findings, each with a reason still to be given.
///
/// # Errors
/// Never, as far as is known; the writer of the format may fail.
pub fn write(findings: &[Finding]) -> Result<String> {
    let mut waiver: Vec<Waiver> = (findings.iter())
        .filter(|finding| finding.rule != STALE)
        .map(|finding| Waiver {
            rule: finding.rule.to_owned(),
            vhost: finding.vhost.clone(),
            object: finding.object.clone(),
            reason: format!("TO BE EXPLAINED: {}", finding.message),
        })
        .collect();
    waiver.dedup_by(|a, b| (&a.rule, &a.vhost, &a.object) == (&b.rule, &b.vhost, &b.object));
    let body = toml::to_string(&File { waiver })
        .map_err(|error| Error::new(Kind::System, "waivers", "cannot be written").because(error))?;
    Ok(format!(
        "# Findings that are accepted. Say why in each `reason`, or fix what it is about.\n\n{body}"
    ))
}
