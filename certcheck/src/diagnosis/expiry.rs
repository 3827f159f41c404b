//! How long the chain holds.

use super::{Finding, Reason, Severity, span};
use crate::chain::{Presented, time};
use crate::target::Threshold;

/// The certificate of the path that ends first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// Its index in the presented chain.
    pub certificate: usize,
    /// Whose it is.
    pub subject: String,
    /// Its last second.
    pub not_after: i64,
    /// How long it lives, in seconds.
    pub lifetime: u64,
    /// From now to its end; negative when it is over.
    pub seconds_left: i64,
}

/// The certificate among `path` (indexes into `presented`) that ends first.
pub fn soonest(presented: &[Presented], path: &[usize], now: i64) -> Option<Expiry> {
    path.iter()
        .filter_map(|index| {
            let certificate = presented.get(*index)?.certificate()?;
            Some((*index, certificate))
        })
        .min_by_key(|(index, certificate)| (certificate.not_after, *index))
        .map(|(index, certificate)| Expiry {
            certificate: index,
            subject: certificate.subject.clone(),
            not_after: certificate.not_after,
            lifetime: certificate.lifetime(),
            seconds_left: certificate.not_after.saturating_sub(now),
        })
}

/// Compares what is left with the thresholds. What has ended already is the
/// verifier's to say.
pub fn explain_expiry(expiry: &Expiry, warn: Threshold, crit: Threshold) -> Option<Finding> {
    let left = u64::try_from(expiry.seconds_left).ok()?;
    let (severity, limit) = if left < crit.seconds(expiry.lifetime) {
        (Severity::Failure, crit)
    } else if left < warn.seconds(expiry.lifetime) {
        (Severity::Warning, warn)
    } else {
        return None;
    };
    let which = which(expiry.certificate);
    let mut finding = Finding::new(
        Reason::ExpiresSoon,
        format!(
            "{which} {} expires in {}, on {} (limit: {limit})",
            expiry.subject,
            span(left),
            time(expiry.not_after),
        ),
    )
    .at(expiry.certificate);
    finding.severity = severity;
    Some(finding)
}

/// What to call a certificate of the chain.
pub(super) fn which(index: usize) -> &'static str {
    if index == 0 {
        "the certificate"
    } else {
        "the intermediate"
    }
}
