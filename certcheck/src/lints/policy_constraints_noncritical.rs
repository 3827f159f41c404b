//! Policy constraints must be critical.

use super::{Basis, Lint, Rule, Subject, oid};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "policy-constraints-noncritical",
    citation: "RFC 5280 section 4.2.1.11",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    let constraints = subject.extension(oid::POLICY_CONSTRAINTS)?;
    (!constraints.critical).then(|| "the policy constraints are not critical".into())
}
