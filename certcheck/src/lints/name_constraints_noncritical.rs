//! Name constraints must be critical, or a client that does not know them ignores them.

use super::{Basis, Lint, Rule, Subject, oid};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "name-constraints-noncritical",
    citation: "RFC 5280 section 4.2.1.10",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    let constraints = subject.extension(oid::NAME_CONSTRAINTS)?;
    (!constraints.critical).then(|| "the name constraints are not critical".into())
}
