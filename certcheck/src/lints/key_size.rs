//! Keys that are long enough for the years they serve.

use super::{Basis, Lint, Rule, Subject};
use crate::chain::Certificate;

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "key-size",
    citation: "CA/Browser Forum BR section 6.1.5",
    effective: "2014-01-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    let key = Certificate::from_parsed(&subject.parsed).key;
    key.is_weak().then(|| format!("the key is {key}"))
}
