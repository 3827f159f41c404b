//! What the authority key identifier of a root may hold.

use super::{Basis, Lint, Role, Rule, Subject};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "aki-root",
    citation: "CA/Browser Forum BR section 7.1.2.1.3",
    effective: "2023-09-15",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    if subject.role != Role::Root {
        return None;
    }
    let id = subject.authority_key_id()?;
    if id.authority_cert_issuer.is_some() || id.authority_cert_serial.is_some() {
        return Some("the root's authority key identifier names issuer and serial number".into());
    }
    let Some(key) = &id.key_identifier else {
        return Some("the root's authority key identifier has no key identifier".into());
    };
    let own = subject.subject_key_id();
    (subject.is_self_issued() && own != Some(key.0))
        .then(|| "the root's authority and subject key identifiers differ".into())
}
