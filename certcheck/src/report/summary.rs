//! What is kept of an outcome for reports that come at the end.

use crate::diagnosis::{Severity, Verdict};
use crate::outcome::Outcome;
use crate::target::Threshold;

/// A checked peer in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    /// As the user wrote it, with the address where several were checked.
    pub target: String,
    /// What is to be thought of it.
    pub verdict: Verdict,
    /// The id of the main finding.
    pub reason: Option<&'static str>,
    /// Findings that are more than notes, with their hints.
    pub messages: Vec<String>,
    /// The end of the certificate that ends first.
    pub not_after: Option<i64>,
    /// Whose that is.
    pub subject: String,
    /// From the time of judgement to that end.
    pub seconds_left: Option<i64>,
    /// The thresholds in seconds before that end: warning, failure.
    pub limits: (u64, u64),
    /// TLS version.
    pub tls_version: Option<String>,
    /// The HTTP status.
    pub http_status: Option<u16>,
    /// How long the check took.
    pub milliseconds: u64,
}

impl Summary {
    /// Keeps what reports need.
    pub(crate) fn new(
        outcome: &Outcome,
        thresholds: (Threshold, Threshold),
        with_address: bool,
    ) -> Self {
        let lifetime = outcome.expiry.as_ref().map_or(0, |expiry| expiry.lifetime);
        Summary {
            target: match outcome.address.filter(|_| with_address) {
                Some(address) => format!("{} at {address}", outcome.target),
                None => outcome.target.clone(),
            },
            verdict: outcome.verdict,
            reason: outcome.main_finding().map(|finding| finding.id),
            messages: outcome
                .findings
                .iter()
                .filter(|finding| finding.severity > Severity::Note)
                .map(|finding| match &finding.hint {
                    Some(hint) => format!("{}: {} (hint: {hint})", finding.id, finding.message),
                    None => format!("{}: {}", finding.id, finding.message),
                })
                .collect(),
            not_after: outcome.expiry.as_ref().map(|expiry| expiry.not_after),
            subject: outcome
                .expiry
                .as_ref()
                .map_or_else(String::new, |expiry| expiry.subject.clone()),
            seconds_left: outcome.expiry.as_ref().map(|expiry| expiry.seconds_left),
            limits: (
                thresholds.0.seconds(lifetime),
                thresholds.1.seconds(lifetime),
            ),
            tls_version: outcome.tls_version.clone(),
            http_status: outcome.answer.as_ref().map(|answer| answer.status),
            milliseconds: outcome.milliseconds,
        }
    }
}
