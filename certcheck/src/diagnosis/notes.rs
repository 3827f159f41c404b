//! What is worth knowing of a chain without changing the verdict.

use super::{Finding, Reason};
use crate::chain::{Presented, time};

/// The order and what was sent in vain.
pub(super) fn add_notes(
    presented: &[Presented],
    path: &[usize],
    now: i64,
    findings: &mut Vec<Finding>,
) {
    /// More notes than these would bury the rest.
    const MOST: usize = 8;
    // Each certificate directly certifies the one before it (RFC 8446 section
    // 4.4.2); what stands behind the path is extra, not out of order.
    let in_order = path
        .iter()
        .enumerate()
        .all(|(place, index)| place == *index);
    if !in_order {
        let order: Vec<String> = path.iter().map(|index| (index + 1).to_string()).collect();
        findings.push(Finding::new(
            Reason::WrongOrder,
            format!(
                "the certificates were sent out of order; the path is {}",
                order.join(", ")
            ),
        ));
    }
    let useless = (0..presented.len())
        .filter(|index| !path.contains(index))
        .count();
    if useless > MOST {
        findings.push(Finding::new(
            Reason::ExtraCertificate,
            format!("{useless} certificates were sent that are not needed"),
        ));
        return;
    }
    for (index, entry) in presented.iter().enumerate() {
        if path.contains(&index) {
            continue;
        }
        let message = match entry.certificate() {
            Some(certificate) if certificate.self_issued && certificate.ca => {
                format!(
                    "the root {} was sent too; clients do not need it",
                    certificate.subject
                )
            }
            Some(certificate) if certificate.not_after < now => format!(
                "{} was sent, is not needed, and expired on {}",
                certificate.subject,
                time(certificate.not_after)
            ),
            Some(certificate) => {
                format!("{} was sent and is not needed", certificate.subject)
            }
            None => format!(
                "certificate {} cannot be decoded and is not needed",
                index + 1
            ),
        };
        findings.push(Finding::new(Reason::ExtraCertificate, message).at(index));
    }
}
