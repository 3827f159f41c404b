//! A root has no extended key usage.

use super::{Basis, Lint, Role, Rule, Subject, oid};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "root-eku",
    citation: "CA/Browser Forum BR section 7.1.2.1.2",
    effective: "2023-09-15",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    (subject.role == Role::Root && subject.extension(oid::EXTENDED_KEY_USAGE).is_some())
        .then(|| "a root with extended key usage".into())
}
