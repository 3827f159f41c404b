//! What `set` and `clear` would do, and what they did.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::account::plan::Warning;
use crate::account::{Account, Refusal, Step, UserAccountControl};
use crate::error::Error;

use super::Paint;

/// What became of one host.
#[derive(Debug)]
pub(crate) enum Fate {
    /// It would be changed.
    Planned(Step),
    /// It was changed and read back.
    Changed(Step),
    /// It was as wished already.
    Unchanged(UserAccountControl),
    /// It was not touched.
    Refused(Refusal),
    /// It could not be found or changed.
    Failed(Error),
    /// The change was sent, and what came of it is not known.
    Unconfirmed(Error),
}

/// A host with its account, where one was found, and its fate.
#[derive(Debug)]
pub(crate) struct Line {
    /// The host as the user named it, or the name of the account.
    pub host: String,
    /// Whether the user named it, and not a filter found it.
    pub named: bool,
    /// The account.
    pub account: Option<Account>,
    /// What to know about it.
    pub warnings: Vec<Warning>,
    /// What became of it.
    pub fate: Fate,
}

impl Fate {
    fn name(&self) -> &'static str {
        match self {
            Fate::Planned(_) => "would-change",
            Fate::Changed(_) => "changed",
            Fate::Unchanged(_) => "unchanged",
            Fate::Refused(_) => "refused",
            Fate::Failed(_) => "failed",
            Fate::Unconfirmed(_) => "unconfirmed",
        }
    }

    /// The value before and after.
    fn values(&self) -> (Option<UserAccountControl>, Option<UserAccountControl>) {
        match self {
            Fate::Planned(step) | Fate::Changed(step) => (Some(step.old), Some(step.new)),
            Fate::Unchanged(flags) => (Some(*flags), Some(*flags)),
            Fate::Refused(_) | Fate::Failed(_) | Fate::Unconfirmed(_) => (None, None),
        }
    }
}

impl Line {
    /// The word for what became of it, in JSON and in the summary.
    fn result(&self) -> &'static str {
        match &self.fate {
            // What nobody named was not refused to anybody.
            Fate::Refused(_) if !self.named => "left-out",
            fate => fate.name(),
        }
    }
}

/// One host as JSON.
pub(crate) fn json(line: &Line) -> Value {
    let (old, new) = line.fate.values();
    let account = line.account.as_ref();
    json!({
        "host": line.host,
        "dn": account.map(|account| account.dn.as_str()),
        "guid": account.map(|account| account.guid.to_string()),
        "result": line.result(),
        "old": old.map(UserAccountControl::bits),
        "new": new.map(UserAccountControl::bits),
        "refusal": match &line.fate {
            Fate::Refused(refusal) => Some(refusal.name()),
            _ => None,
        },
        "error": match &line.fate {
            Fate::Failed(error) | Fate::Unconfirmed(error) => {
                Some(error.to_json()["error"].clone())
            }
            _ => None,
        },
        "warnings": line.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// One host as text: what became of it, and the value before and after.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn text(out: &mut impl Write, line: &Line, paint: Paint) -> io::Result<()> {
    let host = &line.host;
    let dn = line
        .account
        .as_ref()
        .map_or("", |account| account.dn.as_str());
    match &line.fate {
        Fate::Planned(step) => {
            writeln!(out, "{host}: {}  {dn}", paint.notable("would change"))?;
            values(out, step)
        }
        Fate::Changed(step) => {
            writeln!(out, "{host}: {}  {dn}", paint.good("changed"))?;
            values(out, step)
        }
        Fate::Unchanged(flags) => writeln!(
            out,
            "{host}: {}  {dn} ({:#010x})",
            paint.good("already so, nothing written"),
            flags.bits()
        ),
        Fate::Refused(refusal) if !line.named => writeln!(
            out,
            "{host}: {}  {dn}",
            paint.notable(&format!("left out: {refusal}"))
        ),
        Fate::Refused(refusal) => writeln!(
            out,
            "{host}: {}  {dn}",
            paint.bad(&format!("refused: {refusal}"))
        ),
        Fate::Unconfirmed(error) => writeln!(
            out,
            "{host}: {}  {dn}",
            paint.bad(&format!("sent and not confirmed: {error}"))
        ),
        Fate::Failed(error) => writeln!(out, "{host}: {}", paint.bad(&format!("failed: {error}"))),
    }
}

fn values(out: &mut impl Write, step: &Step) -> io::Result<()> {
    writeln!(out, "  before  {:#010x} {}", step.old.bits(), step.old)?;
    writeln!(out, "  after   {:#010x} {}", step.new.bits(), step.new)
}

/// How many of each.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn summary(out: &mut impl Write, lines: &[Line]) -> io::Result<()> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for line in lines {
        let name = line.result();
        match counts.iter_mut().find(|(other, _)| *other == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    writeln!(out, "{} accounts: {}", lines.len(), parts.join(", "))
}
