//! The verdict: that of webpki, the verifier of rustls. Around it stands a
//! recorder that keeps what was presented and why it was refused. It adds no
//! way to be accepted: every success is a success of webpki.

mod record;
mod recording;

pub use record::{Record, Recorded};
pub use recording::RecordingVerifier;

use std::time::Duration;

use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, RevocationCheckDepth,
    RevocationOptionsBuilder, UnknownStatusPolicy,
};

/// Who is trusted, and what was revoked.
#[derive(Debug)]
pub struct Trust {
    /// The roots.
    pub roots: Vec<Root>,
    /// What webpki needs of each root, in the same order.
    pub anchors: Vec<TrustAnchor<'static>>,
    /// The revocation lists. With one or more of them, every certificate of a
    /// path must be covered by a list that has not expired.
    pub crls: Vec<CertRevocationList<'static>>,
    /// The same lists as they were read.
    pub crl_ders: Vec<Vec<u8>>,
    /// Where the roots come from, in words.
    pub origin: String,
    /// The signature algorithms that are accepted.
    pub algorithms: WebPkiSupportedAlgorithms,
}

impl Trust {
    /// Trust in nobody yet. `origin` says in words where roots will come from.
    pub fn nobody(origin: impl Into<String>) -> Self {
        Trust {
            roots: Vec::new(),
            anchors: Vec::new(),
            crls: Vec::new(),
            crl_ders: Vec::new(),
            origin: origin.into(),
            algorithms: aws_lc_rs::default_provider().signature_verification_algorithms,
        }
    }

    /// Trusts this certificate as a root.
    ///
    /// # Errors
    /// When webpki cannot make a trust anchor of it.
    pub fn add_root(&mut self, der: CertificateDer<'static>) -> Result<(), Error> {
        let anchor = webpki::anchor_from_trusted_cert(&der)?.to_owned();
        self.anchors.push(anchor);
        self.roots.push(Root { der });
        Ok(())
    }
}

/// A root certificate.
#[derive(Debug, Clone)]
pub struct Root {
    /// As it was read.
    pub der: CertificateDer<'static>,
}

/// The chain that the verifier accepted.
#[derive(Debug, Clone)]
pub struct Path {
    /// Between leaf and root, from the leaf's issuer upwards.
    pub intermediates: Vec<CertificateDer<'static>>,
    /// The index of the root in [`Trust::roots`].
    pub root: usize,
}

/// Unix seconds as webpki takes them, which knows nothing before 1970.
pub(crate) fn unix_time(seconds: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// Verifies that `leaf` may speak for `expected` at the time `now`: chain,
/// validity, usage, constraints and revocation first, then the name.
///
/// # Errors
/// Why webpki refuses.
pub fn verify(
    trust: &Trust,
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    expected: &ServerName<'_>,
    now: UnixTime,
) -> Result<Path, Error> {
    let path = verify_chain(trust, leaf, intermediates, now, true)?;
    verify_name(leaf, expected)?;
    Ok(path)
}

/// The chain alone; `revocation` says whether the lists are consulted, so
/// that an explanation can tell "not covered by a list" from worse.
///
/// # Errors
/// Why webpki refuses.
pub fn verify_chain(
    trust: &Trust,
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    now: UnixTime,
    revocation: bool,
) -> Result<Path, Error> {
    let certificate = EndEntityCert::try_from(leaf)?;
    let lists: Vec<&CertRevocationList<'_>> = trust.crls.iter().collect();
    let revocation = if revocation {
        // Without a list there is nothing to consult.
        RevocationOptionsBuilder::new(&lists).ok().map(|builder| {
            builder
                .with_depth(RevocationCheckDepth::Chain)
                .with_status_policy(UnknownStatusPolicy::Deny)
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .build()
        })
    } else {
        None
    };
    let verified = certificate.verify_for_usage(
        trust.algorithms.all,
        &trust.anchors,
        intermediates,
        now,
        KeyUsage::server_auth(),
        revocation,
        None,
    )?;
    let anchor = verified.anchor();
    Ok(Path {
        intermediates: verified
            .intermediate_certificates()
            .map(|certificate| certificate.der().into_owned())
            .collect(),
        root: trust
            .anchors
            .iter()
            .position(|known| known == anchor)
            .unwrap_or_default(),
    })
}

/// The name alone (RFC 9525): subject alternative names only, never the
/// common name.
///
/// # Errors
/// Why webpki refuses.
pub fn verify_name(leaf: &CertificateDer<'_>, expected: &ServerName<'_>) -> Result<(), Error> {
    EndEntityCert::try_from(leaf)?.verify_is_valid_for_subject_name(expected)
}

#[cfg(test)]
mod tests;
