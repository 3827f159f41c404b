//! A DNS constraint is a name, without a leading period.

use super::{Basis, Lint, Rule, Subject};
use crate::chain::printable;
use x509_parser::extensions::GeneralName;

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "name-constraints-leading-period",
    citation: "RFC 5280 section 4.2.1.10",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    let constraints = subject.name_constraints()?;
    constraints
        .permitted_subtrees
        .iter()
        .chain(&constraints.excluded_subtrees)
        .flatten()
        .find_map(|subtree| match &subtree.base {
            GeneralName::DNSName(name) if name.starts_with('.') => Some(format!(
                "the name constraint {} begins with a period",
                printable(name)
            )),
            _ => None,
        })
}
