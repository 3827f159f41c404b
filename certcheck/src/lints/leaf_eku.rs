//! A server certificate is for serverAuth, says so, and not for anything at all.

use super::{Basis, Lint, Role, Rule, Subject, oid};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "leaf-eku",
    citation: "CA/Browser Forum BR section 7.1.2.7.10",
    effective: "2023-09-15",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    if subject.role != Role::Leaf {
        return None;
    }
    let Some(extension) = subject.extension(oid::EXTENDED_KEY_USAGE) else {
        return Some("a server certificate without extended key usage".into());
    };
    if extension.critical {
        return Some("the extended key usage is critical".into());
    }
    subject
        .extended_key_usage()
        .is_some_and(|usage| usage.any)
        .then(|| "the extended key usage has anyExtendedKeyUsage".into())
}
