//! Who issues revocation lists has the key usage for it.

use super::{Basis, Crl, Lint, Rule};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "crl-issuer",
    citation: "RFC 5280 section 4.2.1.3",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Crl(check),
};

fn check(list: &Crl<'_>) -> Option<String> {
    list.issuers().find_map(|issuer| {
        let usage = issuer.key_usage()?;
        (!usage.crl_sign()).then(|| "the issuer of the list lacks the key usage cRLSign".into())
    })
}
