//! The subject key identifier must not be critical.

use super::{Basis, Lint, Rule, Subject, oid};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "ski-critical",
    citation: "RFC 5280 section 4.2.1.2",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    subject
        .is_critical(oid::SUBJECT_KEY_ID)
        .then(|| "the subject key identifier is critical".into())
}
