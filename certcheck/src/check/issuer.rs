//! Whether the issuer URL of a certificate supplies the issuer that a server
//! left out. It explains only: a verdict never depends on what it fetches.

use std::time::Duration;

use reqwest::{Client, Url};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::time::{Instant, timeout_at};

use super::Plan;
use crate::chain::{Certificate, printable, signs};
use crate::diagnosis::Reason;
use crate::outcome::Outcome;

/// An issuer certificate is not larger.
const LARGEST: usize = 64 * 1024;
/// At most this many URLs of a certificate are asked.
const MOST_URLS: usize = 3;

/// Adds to a finding about a missing issuer what its URL supplies.
pub(super) async fn look_up(outcome: &mut Outcome, plan: &Plan, deadline: Instant) {
    let Some(finding) = outcome
        .findings
        .iter_mut()
        .find(|finding| finding.id == Reason::MissingIntermediate.id())
    else {
        return;
    };
    let Some(child) = finding
        .certificate
        .and_then(|index| outcome.presented.get(index))
    else {
        return;
    };
    let urls = child
        .certificate()
        .map_or(&[][..], |certificate| certificate.issuer_urls.as_slice());
    if urls.is_empty() {
        finding.message.push_str("; it names no URL for it");
        return;
    }
    for url in urls.iter().take(MOST_URLS) {
        let fetched = timeout_at(deadline, fetch(url)).await;
        let shown = printable(url);
        let said = match fetched {
            Ok(Ok(issuer)) => {
                let algorithms = plan.settings.trust.algorithms.all;
                if signs(&issuer, &child.der, algorithms) {
                    let subject = Certificate::decode(&issuer)
                        .map_or_else(|_| "a certificate".to_owned(), |issuer| issuer.subject);
                    format!("; {shown} supplies it: {subject}")
                } else {
                    format!("; {shown} supplies another certificate")
                }
            }
            Ok(Err(why)) => format!("; {shown} does not supply it: {}", printable(&why)),
            Err(_) => format!("; {shown} did not answer in time"),
        };
        finding.message.push_str(&said);
    }
}

async fn fetch(url: &str) -> Result<CertificateDer<'static>, String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    // RFC 5280 section 4.2.2.1 has HTTP here; what comes is verified by its
    // signature, and TLS would need the certificate that is missing.
    if url.scheme() != "http" {
        return Err(format!("{} is not fetched", url.scheme()));
    }
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_backend_preconfigured(crate::probe::trusting_nobody()?)
        .timeout(Duration::from_secs(5))
        .build()
        .map_err(|error| error.to_string())?;
    let mut response = client
        .get(url)
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(|error| error.without_url().to_string())?;
    let mut bytes = Vec::new();
    while let Some(part) = response
        .chunk()
        .await
        .map_err(|error| error.without_url().to_string())?
    {
        bytes.extend_from_slice(&part);
        if bytes.len() > LARGEST {
            return Err("the answer is too large".into());
        }
    }
    issuer_in(bytes)
}

/// The certificate in an answer: DER, as RFC 5280 has it, or PEM, as many do.
///
/// # Errors
/// Says what else it is.
pub fn issuer_in(bytes: Vec<u8>) -> Result<CertificateDer<'static>, String> {
    let der = match CertificateDer::from_pem_slice(&bytes) {
        Ok(pem) => pem,
        Err(_) => CertificateDer::from(bytes),
    };
    Certificate::decode(&der)?;
    Ok(der)
}
