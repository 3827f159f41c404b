//! A critical extension that is not understood counts in a root too.

use super::{Basis, Lint, Role, Rule, Subject, oid};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "root-critical-extension",
    citation: "RFC 5280 section 4.2",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    if subject.role != Role::Root {
        return None;
    }
    subject
        .parsed
        .extensions()
        .iter()
        .map(|extension| (extension.critical, extension.oid.to_id_string()))
        .find(|(critical, id)| *critical && !oid::UNDERSTOOD.contains(&id.as_str()))
        .map(|(_, id)| format!("the root has the critical extension {id}"))
}
