//! Outcomes as lines for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::chain::time;
use crate::diagnosis::{Severity, Verdict, span};
use crate::outcome::Outcome;

/// How much is told, and in which colours.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Only what is not as it should be.
    pub quiet: bool,
    /// Notes too.
    pub verbose: bool,
    /// Escape sequences for colours.
    pub color: bool,
}

/// Writes one outcome.
///
/// # Errors
/// When `out` cannot be written to.
pub(crate) fn write(out: &mut dyn Write, outcome: &Outcome, manner: Manner) -> io::Result<()> {
    if manner.quiet && outcome.verdict == Verdict::Ok {
        return Ok(());
    }
    let style = if manner.color {
        style(outcome.verdict)
    } else {
        Style::new()
    };
    let verdict = outcome.verdict;
    write!(out, "{style}{verdict:<9}{style:#}  {}", outcome.target)?;
    if let Some(from) = &outcome.redirected_from {
        write!(out, " (redirected from {from})")?;
    }
    if let Some(address) = outcome.address.filter(|_| manner.verbose) {
        write!(out, " at {address}")?;
    }
    writeln!(out, "  {}", summary(outcome))?;
    for finding in &outcome.findings {
        if finding.severity == Severity::Note && !manner.verbose {
            continue;
        }
        let id = finding.id;
        writeln!(out, "           {id}: {}", finding.message)?;
        if let Some(hint) = finding
            .hint
            .as_ref()
            .filter(|_| finding.severity > Severity::Note)
        {
            writeln!(out, "           hint: {hint}")?;
        }
    }
    Ok(())
}

/// The line at the end of a list.
pub(crate) fn tally(counts: &Tally) -> String {
    format!(
        "{} checked: {} ok, {} warning, {} bad, {} unchecked",
        counts.all(),
        counts.ok,
        counts.warning,
        counts.bad,
        counts.unchecked
    )
}

/// How many outcomes there were of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// As they should be.
    pub ok: usize,
    /// As they should be, not for long.
    pub warning: usize,
    /// Not as they should be.
    pub bad: usize,
    /// Could not be checked.
    pub unchecked: usize,
}

impl Tally {
    /// Counts one outcome.
    pub(crate) fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Ok => self.ok += 1,
            Verdict::Warning => self.warning += 1,
            Verdict::Bad => self.bad += 1,
            Verdict::Unchecked => self.unchecked += 1,
        }
    }

    /// Adds the counts of another.
    pub(crate) fn add(&mut self, other: &Tally) {
        self.ok += other.ok;
        self.warning += other.warning;
        self.bad += other.bad;
        self.unchecked += other.unchecked;
    }

    /// All of them.
    pub(crate) fn all(&self) -> usize {
        self.ok + self.warning + self.bad + self.unchecked
    }

    /// Whether every peer passed.
    pub(crate) fn passed(&self) -> bool {
        self.bad + self.unchecked == 0
    }
}

fn style(verdict: Verdict) -> Style {
    let color = match verdict {
        Verdict::Ok => AnsiColor::Green,
        Verdict::Warning => AnsiColor::Yellow,
        Verdict::Unchecked => AnsiColor::Magenta,
        Verdict::Bad => AnsiColor::Red,
    };
    color.on_default().bold()
}

/// What was measured, in half a line.
fn summary(outcome: &Outcome) -> String {
    let mut parts = Vec::new();
    if let Some(expiry) = &outcome.expiry {
        let day = time(expiry.not_after);
        let day = day.split('T').next().unwrap_or_default().to_owned();
        let whose = if expiry.certificate == 0 {
            String::new()
        } else {
            format!("intermediate {} ", expiry.subject)
        };
        parts.push(match u64::try_from(expiry.seconds_left) {
            Ok(left) => format!("{whose}expires in {} ({day})", span(left)),
            Err(_) => format!(
                "{whose}expired {} ago ({day})",
                span(expiry.seconds_left.unsigned_abs())
            ),
        });
    }
    if let Some(version) = &outcome.tls_version {
        parts.push(version.replace("TLSv", "TLS "));
    }
    if let Some(answer) = &outcome.answer {
        parts.push(format!("HTTP {}", answer.status));
    }
    parts.join(", ")
}
