//! The right to sign certificates and being a CA go together.

use super::{Basis, Lint, Role, Rule, Subject};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "key-usage-cert-sign",
    citation: "RFC 5280 sections 4.2.1.3 and 4.2.1.9",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    let usage = subject.key_usage()?;
    match (subject.role, usage.key_cert_sign()) {
        (Role::Leaf, true) if !subject.is_ca() => {
            Some("keyCertSign in a certificate that is not a CA's".into())
        }
        (Role::Intermediate | Role::Root, false) => {
            Some("a CA whose key usage lacks keyCertSign".into())
        }
        _ => None,
    }
}
