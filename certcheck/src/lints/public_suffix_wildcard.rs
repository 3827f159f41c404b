//! A wildcard below a public suffix would cover the sites of strangers.

use super::{Basis, Lint, Role, Rule, Subject};
use psl::{List, Psl as _};

use crate::chain::printable;

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "public-suffix-wildcard",
    citation: "CA/Browser Forum BR section 3.2.2.6",
    effective: "2012-07-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    if subject.role != Role::Leaf {
        return None;
    }
    subject
        .dns_names()
        .find(|name| {
            let Some(parent) = name.strip_prefix("*.") else {
                return false;
            };
            let parent = parent.to_ascii_lowercase();
            // A suffix that is on no list is some private network's.
            List.suffix(parent.as_bytes())
                .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == parent.as_bytes())
        })
        .map(|name| format!("{} stands below a public suffix", printable(name)))
}
