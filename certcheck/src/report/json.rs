//! Outcomes as JSON, one object a line. The field names are documented in the
//! README and do not change their meaning.

use serde::Serialize;

use crate::chain::{Certificate, Presented, hex, time};
use crate::diagnosis::Finding;
use crate::outcome::Outcome;

/// One checked peer.
#[derive(Debug, Serialize)]
pub(crate) struct Peer<'a> {
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirected_from: Option<&'a str>,
    authority: &'a str,
    expected_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_name_unicode: Option<&'a str>,
    address: Option<String>,
    verdict: &'static str,
    reason: Option<&'static str>,
    findings: Vec<FindingShape<'a>>,
    expiry: Option<ExpiryShape<'a>>,
    tls: Option<Tls<'a>>,
    http: Option<Http<'a>>,
    certificates: Vec<CertificateShape<'a>>,
    path: &'a [usize],
    root: Option<&'a str>,
    judged_at: String,
    milliseconds: u64,
}

/// A finding.
#[derive(Debug, Serialize)]
pub(crate) struct FindingShape<'a> {
    id: &'static str,
    severity: &'static str,
    message: &'a str,
    hint: Option<&'a str>,
    certificate: Option<usize>,
}

#[derive(Debug, Serialize)]
struct ExpiryShape<'a> {
    certificate: usize,
    subject: &'a str,
    not_after: String,
    seconds_left: i64,
    lifetime_seconds: u64,
}

#[derive(Debug, Serialize)]
struct Tls<'a> {
    version: &'a str,
    cipher: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Http<'a> {
    status: u16,
    location: Option<&'a str>,
}

/// A certificate.
#[derive(Debug, Serialize)]
pub(crate) struct CertificateShape<'a> {
    sha256: String,
    #[serde(flatten)]
    decoded: Option<Decoded<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    malformed: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Decoded<'a> {
    subject: &'a str,
    issuer: &'a str,
    serial: &'a str,
    not_before: String,
    not_after: String,
    dns_names: &'a [String],
    addresses: Vec<String>,
    other_names: &'a [String],
    common_names: &'a [String],
    key: String,
    key_bits: usize,
    signature: &'a str,
    ca: bool,
    path_length: Option<u32>,
    key_usage: Option<&'a [&'static str]>,
    extended_key_usage: Option<&'a [String]>,
    subject_key_id: Option<String>,
    authority_key_id: Option<String>,
    issuer_urls: &'a [String],
    ocsp_urls: &'a [String],
    crl_urls: &'a [String],
    permitted_names: &'a [String],
    excluded_names: &'a [String],
}

impl<'a> From<&'a Outcome> for Peer<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        Peer {
            target: &outcome.target,
            redirected_from: outcome.redirected_from.as_deref(),
            authority: &outcome.authority,
            expected_name: &outcome.expected_name,
            expected_name_unicode: outcome.expected_name_unicode.as_deref(),
            address: outcome.address.map(|address| address.to_string()),
            verdict: outcome.verdict.name(),
            reason: outcome.main_finding().map(|finding| finding.id),
            findings: outcome.findings.iter().map(FindingShape::from).collect(),
            expiry: outcome.expiry.as_ref().map(|expiry| ExpiryShape {
                certificate: expiry.certificate,
                subject: &expiry.subject,
                not_after: time(expiry.not_after),
                seconds_left: expiry.seconds_left,
                lifetime_seconds: expiry.lifetime,
            }),
            tls: outcome.tls_version.as_deref().map(|version| Tls {
                version,
                cipher: outcome.cipher.as_deref(),
            }),
            http: outcome.answer.as_ref().map(|answer| Http {
                status: answer.status,
                location: answer.location.as_deref(),
            }),
            certificates: outcome
                .presented
                .iter()
                .map(CertificateShape::from)
                .collect(),
            path: &outcome.path,
            root: outcome.root.as_deref(),
            judged_at: time(outcome.judged_at),
            milliseconds: outcome.milliseconds,
        }
    }
}

impl<'a> From<&'a Finding> for FindingShape<'a> {
    fn from(finding: &'a Finding) -> Self {
        FindingShape {
            id: finding.id,
            severity: finding.severity.name(),
            message: &finding.message,
            hint: finding.hint.as_deref(),
            certificate: finding.certificate,
        }
    }
}

impl<'a> From<&'a Presented> for CertificateShape<'a> {
    fn from(presented: &'a Presented) -> Self {
        CertificateShape {
            sha256: hex(&presented.fingerprint),
            decoded: presented.certificate().map(Decoded::from),
            malformed: presented.decoded.as_ref().err().map(String::as_str),
        }
    }
}

impl<'a> From<&'a Certificate> for Decoded<'a> {
    fn from(certificate: &'a Certificate) -> Self {
        Decoded {
            subject: &certificate.subject,
            issuer: &certificate.issuer,
            serial: &certificate.serial,
            not_before: time(certificate.not_before),
            not_after: time(certificate.not_after),
            dns_names: &certificate.dns_names,
            addresses: certificate
                .addresses
                .iter()
                .map(ToString::to_string)
                .collect(),
            other_names: &certificate.other_names,
            common_names: &certificate.common_names,
            key: certificate.key.to_string(),
            key_bits: certificate.key.bits,
            signature: &certificate.signature,
            ca: certificate.ca,
            path_length: certificate.path_length,
            key_usage: certificate.key_usage.as_deref(),
            extended_key_usage: certificate.extended_key_usage.as_deref(),
            subject_key_id: certificate.subject_key_id.as_deref().map(hex),
            authority_key_id: certificate.authority_key_id.as_deref().map(hex),
            issuer_urls: &certificate.issuer_urls,
            ocsp_urls: &certificate.ocsp_urls,
            crl_urls: &certificate.crl_urls,
            permitted_names: &certificate.permitted_names,
            excluded_names: &certificate.excluded_names,
        }
    }
}
