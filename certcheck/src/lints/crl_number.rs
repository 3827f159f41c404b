//! A revocation list has a number, not critical.

use super::{Basis, Crl, Lint, Rule};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "crl-number",
    citation: "RFC 5280 section 5.2.3",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Crl(check),
};

fn check(list: &Crl<'_>) -> Option<String> {
    match list.extension("2.5.29.20") {
        None => Some("the revocation list has no number".into()),
        Some(number) if number.critical => {
            Some("the number of the revocation list is critical".into())
        }
        Some(_) => None,
    }
}
