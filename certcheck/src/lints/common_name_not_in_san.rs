//! A common name repeats one of the alternative names, character for character.

use super::{Basis, Lint, Role, Rule, Subject};
use crate::chain::printable;

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "common-name-not-in-san",
    citation: "CA/Browser Forum BR section 7.1.4.3",
    effective: "2023-09-15",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    if subject.role != Role::Leaf {
        return None;
    }
    let names: Vec<String> = subject
        .dns_names()
        .map(ToOwned::to_owned)
        .chain(subject.addresses().map(|address| address.to_string()))
        .collect();
    subject
        .parsed
        .subject()
        .iter_common_name()
        .map(|name| name.as_str().unwrap_or_default())
        .find(|name| !names.iter().any(|known| known == name))
        .map(|name| {
            format!(
                "the common name {} is not among the alternative names",
                printable(name)
            )
        })
}
