//! A CA certificate must carry the identifier of its key.

use super::{Basis, Lint, Role, Rule, Subject};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "ski-missing",
    citation: "RFC 5280 section 4.2.1.2",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    (subject.role != Role::Leaf && subject.subject_key_id().is_none())
        .then(|| "a CA without subject key identifier".into())
}
