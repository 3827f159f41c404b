//! A CA has a name.

use super::{Basis, Lint, Role, Rule, Subject};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "ca-subject-empty",
    citation: "RFC 5280 section 4.1.2.6",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    (subject.role != Role::Leaf && subject.has_empty_subject())
        .then(|| "a CA without a name".into())
}
