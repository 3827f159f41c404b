//! Why a name does not fit, with the names that would.

use super::{Finding, Reason};
use crate::chain::Certificate;
use crate::target::Host;

/// At most this many presented names are listed.
const LISTED: usize = 8;

/// Explains that `leaf` is not for `expected`.
pub(super) fn explain_name(leaf: &Certificate, expected: &Host) -> Finding {
    let presented = leaf.names(LISTED);
    let wanted = match expected {
        Host::Name(name) => name.clone(),
        Host::Address(address) => address.to_string(),
    };
    let no_names =
        leaf.dns_names.is_empty() && leaf.addresses.is_empty() && leaf.other_names.is_empty();
    let in_common_name = leaf
        .common_names
        .iter()
        .any(|name| name.eq_ignore_ascii_case(&wanted));
    if in_common_name {
        return Finding::new(
            Reason::NameOnlyInCn,
            if no_names {
                format!("{expected} stands only in the common name, which is no identity")
            } else {
                format!(
                    "{expected} stands only in the common name, which is no identity; \
                     the certificate is for {presented}"
                )
            },
        )
        .at(0);
    }
    let finding = Finding::new(
        Reason::NameMismatch,
        if no_names {
            format!("the certificate names no host at all, wanted {expected}")
        } else {
            format!("the certificate is for {presented}, not for {expected}")
        },
    )
    .at(0);
    match near_miss(leaf, expected) {
        Some(hint) => finding.hint(hint),
        None => finding,
    }
}

/// A name that looks as if it fitted and does not, and why.
fn near_miss(leaf: &Certificate, expected: &Host) -> Option<String> {
    let wanted = match expected {
        Host::Address(address) => {
            let text = address.to_string();
            return leaf.dns_names.contains(&text).then(|| {
                "an address must stand as iPAddress in the subject alternative names, \
                 not as dNSName (RFC 9525 section 3)"
                    .to_owned()
            });
        }
        Host::Name(name) => name.to_ascii_lowercase(),
    };
    leaf.dns_names.iter().find_map(|pattern| {
        let pattern_lower = pattern.to_ascii_lowercase();
        if let Some(parent) = pattern_lower.strip_prefix("*.") {
            let below = wanted
                .strip_suffix(parent)
                .and_then(|labels| labels.strip_suffix('.'));
            return match below {
                Some(labels) if labels.contains('.') => Some(format!(
                    "a wildcard stands for one label; {pattern} does not cover {wanted} \
                     (RFC 9525 section 6.3)"
                )),
                _ if wanted == parent => Some(format!(
                    "{pattern} does not cover {wanted} itself; both names are needed"
                )),
                _ => None,
            };
        }
        pattern_lower.contains('*').then(|| {
            format!(
                "a wildcard is the whole left-most label; {pattern} is not one \
                 (RFC 9525 section 6.3)"
            )
        })
    })
}
