//! A certificate must say which key of its issuer signed it.

use super::{Basis, Lint, Rule, Subject};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "aki-missing",
    citation: "RFC 5280 section 4.2.1.1",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    // Only a self-signed certificate may leave it out: its own key signed it.
    if subject.is_self_issued() {
        return None;
    }
    let present = subject
        .authority_key_id()
        .is_some_and(|id| id.key_identifier.is_some());
    (!present).then(|| "no authority key identifier".into())
}
