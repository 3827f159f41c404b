//! Subject alternative names are critical exactly when there is no other subject.

use super::{Basis, Lint, Role, Rule, Subject, oid};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "san-criticality",
    citation: "RFC 5280 section 4.2.1.6; CA/Browser Forum BR section 7.1.2.7.12",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    if subject.role != Role::Leaf {
        return None;
    }
    let names = subject.extension(oid::SUBJECT_ALT_NAME)?;
    match (names.critical, subject.has_empty_subject()) {
        (true, false) => Some("critical alternative names beside a subject".into()),
        (false, true) => Some("an empty subject without critical alternative names".into()),
        _ => None,
    }
}
