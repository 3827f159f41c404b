//! What the operator expects beyond validity.

use super::{Finding, Reason};
use crate::chain::{Presented, hex};
use crate::target::Options;

/// Compares issuer and fingerprint of the leaf with what was expected.
pub fn explain_pins(presented: &[Presented], options: &Options) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(leaf) = presented.first() else {
        return findings;
    };
    if let Some(expected) = &options.expect_issuer {
        let issuer = leaf
            .certificate()
            .map_or("", |certificate| certificate.issuer.as_str());
        if !issuer.to_lowercase().contains(&expected.to_lowercase()) {
            findings.push(
                Finding::new(
                    Reason::UnexpectedIssuer,
                    format!(
                        "issued by {issuer}, expected an issuer with \"{}\"",
                        expected.escape_debug()
                    ),
                )
                .at(0),
            );
        }
    }
    let expected = &options.expect_fingerprint;
    if !expected.is_empty() && !expected.contains(&leaf.fingerprint) {
        findings.push(
            Finding::new(
                Reason::UnexpectedFingerprint,
                format!("the fingerprint is {}", hex(&leaf.fingerprint)),
            )
            .at(0),
        );
    }
    findings
}
