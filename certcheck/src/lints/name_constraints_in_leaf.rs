//! Only a CA constrains names.

use super::{Basis, Lint, Role, Rule, Subject, oid};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "name-constraints-in-leaf",
    citation: "RFC 5280 section 4.2.1.10",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    (subject.role == Role::Leaf && subject.extension(oid::NAME_CONSTRAINTS).is_some())
        .then(|| "a server certificate with name constraints".into())
}
