//! Which certificate issued which: for explanations, not for verdicts.

use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::EndEntityCert;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::{Certificate, Presented};

/// Following the issuers from the leaf upwards through what was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// Indexes into the presented chain, the leaf first.
    pub path: Vec<usize>,
    /// The walk ended at a certificate that names itself as its issuer.
    pub ends_in_root: bool,
}

/// Walks from the first certificate to the last whose issuer is not there.
pub fn walk(presented: &[Presented], algorithms: &[&dyn SignatureVerificationAlgorithm]) -> Walk {
    let mut path = vec![0];
    let mut ends_in_root = false;
    while let Some(current) = path.last().and_then(|index| presented.get(*index)) {
        let Some(child) = current.certificate() else {
            break;
        };
        if child.self_issued {
            ends_in_root = true;
            break;
        }
        let candidates: Vec<usize> = presented
            .iter()
            .enumerate()
            .filter(|(index, _)| !path.contains(index))
            .filter(|(_, entry)| {
                entry
                    .certificate()
                    .is_some_and(|issuer| may_issue(issuer, child))
            })
            .map(|(index, _)| index)
            .take(8)
            .collect();
        let next = match candidates.as_slice() {
            [] => break,
            [only] => *only,
            // Several of one name: the one whose key fits.
            [first, ..] => candidates
                .iter()
                .copied()
                .find(|index| signs(&presented[*index].der, &current.der, algorithms))
                .unwrap_or(*first),
        };
        path.push(next);
        // No verifier takes a path of more than a few certificates.
        if path.len() > 16 {
            break;
        }
    }
    Walk { path, ends_in_root }
}

/// Whether the names say that `issuer` issued `child`.
fn may_issue(issuer: &Certificate, child: &Certificate) -> bool {
    issuer.subject_der == child.issuer_der
}

/// Whether the key of `issuer` made the signature on `child`.
pub fn signs(
    issuer: &CertificateDer<'_>,
    child: &CertificateDer<'_>,
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> bool {
    let Ok(issuer) = EndEntityCert::try_from(issuer) else {
        return false;
    };
    let Ok((_, child)) = X509Certificate::from_der(child) else {
        return false;
    };
    algorithms.iter().any(|algorithm| {
        issuer
            .verify_signature(
                *algorithm,
                child.tbs_certificate.as_ref(),
                &child.signature_value.data,
            )
            .is_ok()
    })
}
