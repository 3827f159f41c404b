//! A CA says in critical basic constraints that it is one.

use super::{Basis, Lint, Role, Rule, Subject, oid};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "ca-basic-constraints",
    citation: "RFC 5280 section 4.2.1.9",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    if subject.role == Role::Leaf {
        return None;
    }
    match subject.extension(oid::BASIC_CONSTRAINTS) {
        None => Some("a CA without basic constraints".into()),
        Some(constraints) if !constraints.critical => {
            Some("the basic constraints of a CA are not critical".into())
        }
        Some(_) if !subject.is_ca() => Some("the issuer is not a CA".into()),
        Some(_) => None,
    }
}
