//! What issues: roots and intermediates, with their revocation lists.

use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams,
    DistinguishedName, DnType, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevocationReason, RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls::pki_types::CertificateDer;

use crate::error::{Error, Kind, Result};

/// An authority that issues: its certificate and key.
#[derive(Debug)]
pub(super) struct Authority {
    pub(super) params: CertificateParams,
    pub(super) certificate: Certificate,
    pub(super) key: KeyPair,
}

impl Authority {
    pub(super) fn new(
        name: &str,
        issuer: Option<&Authority>,
        lifetime: (Timestamp, Timestamp),
        key: KeyPair,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Result<Self> {
        let mut params = named(name);
        params.distinguished_name.push(
            DnType::OrganizationName,
            "certcheck test CA, never to be trusted",
        );
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.use_authority_key_identifier_extension = true;
        set_lifetime(&mut params, lifetime);
        change(&mut params);
        let certificate = match issuer {
            Some(issuer) => params.signed_by(&key, &issuer.issuer()),
            None => params.self_signed(&key),
        }
        .map_err(failed(name))?;
        Ok(Authority {
            params,
            certificate,
            key,
        })
    }

    pub(super) fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    pub(super) fn der(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    pub(super) fn crl(&self, now: Timestamp, revoked: Option<&SerialNumber>) -> Result<String> {
        let mut times = named("");
        set_lifetime(&mut times, (days(now, -2), days(now, 7)));
        let list = CertificateRevocationListParams {
            this_update: times.not_before,
            next_update: times.not_after,
            crl_number: SerialNumber::from(1u64),
            issuing_distribution_point: None,
            revoked_certs: revoked
                .map(|serial| RevokedCertParams {
                    serial_number: serial.clone(),
                    revocation_time: times.not_before,
                    reason_code: Some(RevocationReason::KeyCompromise),
                    invalidity_date: None,
                })
                .into_iter()
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer())
            .and_then(|list| list.pem())
            .map_err(failed("the revocation list"))
    }
}

pub(super) fn failed(what: &str) -> impl FnOnce(rcgen::Error) -> Error + '_ {
    move |error| Error::new(Kind::System, what.to_owned(), "cannot be made").because(error)
}

/// Days before (negative) or after an instant.
pub(super) fn days(from: Timestamp, days: i64) -> Timestamp {
    let second = from.as_second().saturating_add(days * 86_400);
    Timestamp::from_second(second).unwrap_or(from)
}

pub(super) fn named(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params
}

pub(super) fn set_lifetime(params: &mut CertificateParams, (begin, end): (Timestamp, Timestamp)) {
    let epoch = date_time_ymd(1970, 1, 1);
    let at = |time: Timestamp| {
        epoch + Duration::from_secs(u64::try_from(time.as_second()).unwrap_or_default())
    };
    params.not_before = at(begin);
    params.not_after = at(end);
}
