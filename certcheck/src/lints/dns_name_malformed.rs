//! DNS names are letters, digits and hyphens; one wildcard may stand in front.

use super::{Basis, Lint, Role, Rule, Subject};
use crate::chain::printable;

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "dns-name-malformed",
    citation: "RFC 5280 section 4.2.1.6; RFC 1034 section 3.5",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    if subject.role != Role::Leaf {
        return None;
    }
    subject
        .dns_names()
        .find(|name| !is_preferred_syntax(name))
        .map(|name| format!("{} is not a host name", printable(name)))
}

/// The preferred name syntax, with a wildcard as the left-most label.
fn is_preferred_syntax(name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}
