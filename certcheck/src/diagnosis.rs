//! Why a peer is as it is: findings with a stable id, a sentence and a hint.
//! Pure: made from what was recorded, never from the network.

mod certificate;
mod expiry;
mod failure;
mod name;
mod notes;
mod pins;
mod reason;

pub use certificate::explain_chain;
pub use expiry::{Expiry, explain_expiry, soonest};
pub use failure::{Failure, Phase, PlainProtocol, explain_failure};
pub use pins::explain_pins;
pub use reason::Reason;

use std::fmt;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; changes nothing.
    Note,
    /// Will become a failure.
    Warning,
    /// The peer could not be checked.
    Unchecked,
    /// The peer is bad.
    Failure,
}

impl Severity {
    /// The name in the output.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Unchecked => "unchecked",
            Severity::Failure => "failure",
        }
    }
}

/// One thing found out about a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A stable name to filter by.
    pub id: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// The sentence.
    pub message: String,
    /// What can be done about it.
    pub hint: Option<String>,
    /// The certificate it is about, as an index into the presented chain.
    pub certificate: Option<usize>,
}

impl Finding {
    /// A finding with the severity and the hint that the reason usually has.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Finding {
            id: reason.id(),
            severity: reason.severity(),
            message: message.into(),
            hint: reason.hint().map(str::to_owned),
            certificate: None,
        }
    }

    /// Names the certificate that it is about.
    #[must_use]
    pub fn at(mut self, index: usize) -> Self {
        self.certificate = Some(index);
        self
    }

    /// A more exact hint than the reason's own.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What is to be thought of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// As it should be, not for long.
    Warning,
    /// It could not be checked.
    Unchecked,
    /// It is not as it should be.
    Bad,
}

impl Verdict {
    /// The worst that the findings say.
    pub fn of(findings: &[Finding]) -> Self {
        match findings.iter().map(|finding| finding.severity).max() {
            None | Some(Severity::Note) => Verdict::Ok,
            Some(Severity::Warning) => Verdict::Warning,
            Some(Severity::Unchecked) => Verdict::Unchecked,
            Some(Severity::Failure) => Verdict::Bad,
        }
    }

    /// The name in the output.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Unchecked => "unchecked",
            Verdict::Bad => "bad",
        }
    }

    /// Whether the peer passed.
    pub fn passed(self) -> bool {
        matches!(self, Verdict::Ok | Verdict::Warning)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A length of time as people say it.
pub fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
    let counted = |count: u64, unit: &str| match count {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    };
    if days >= 2 {
        counted(days, "day")
    } else if hours >= 2 {
        counted(hours, "hour")
    } else if minutes >= 2 {
        counted(minutes, "minute")
    } else {
        counted(seconds, "second")
    }
}

#[cfg(test)]
mod tests;
