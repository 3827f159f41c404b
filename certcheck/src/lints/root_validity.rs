//! A root is trusted for its validity, not forever.

use super::{Basis, Lint, Role, Rule, Subject};
use crate::chain::time;

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "root-validity",
    citation: "RFC 5280 section 6.1 (as a policy of the relying party)",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    let validity = subject.parsed.validity();
    let end = validity.not_after.timestamp();
    if subject.role != Role::Root {
        return None;
    }
    if end < subject.now {
        return Some(format!("the root expired on {}", time(end)));
    }
    (validity.not_before.timestamp() > subject.now).then(|| "the root is not valid yet".into())
}
