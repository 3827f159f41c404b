//! Name constraints that constrain nothing.

use super::{Basis, Lint, Rule, Subject, oid};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "name-constraints-empty",
    citation: "RFC 5280 section 4.2.1.10; CA/Browser Forum BR section 7.1.2.5.2",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    subject.extension(oid::NAME_CONSTRAINTS)?;
    let count = subject.name_constraints().map_or(0, |constraints| {
        let count = |subtrees: &Option<Vec<_>>| subtrees.as_ref().map_or(0, Vec::len);
        count(&constraints.permitted_subtrees) + count(&constraints.excluded_subtrees)
    });
    (count == 0).then(|| "the name constraints name no subtree".into())
}
