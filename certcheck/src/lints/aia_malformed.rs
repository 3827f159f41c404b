//! Authority information access names at least one place, well formed.

use super::{Basis, Lint, Rule, Subject, oid};
use x509_parser::extensions::{GeneralName, ParsedExtension};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "aia-malformed",
    citation: "RFC 5280 section 4.2.2.1",
    effective: "2008-05-01",
    basis: Basis::Verification,
    rule: Rule::Certificate(check),
};

fn check(subject: &Subject<'_>) -> Option<String> {
    let extension = subject.extension(oid::AUTHORITY_INFO_ACCESS)?;
    match extension.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(access)
            if !access.accessdescs.is_empty()
                && access.iter().all(|description| {
                    !matches!(description.access_location, GeneralName::Invalid(..))
                }) =>
        {
            None
        }
        _ => Some("the authority information access is malformed".into()),
    }
}
