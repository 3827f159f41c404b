//! Certificates as people read them: decoded, owned, and safe to print. What
//! is true of a certificate is decided by the verifier, never from this view.

mod certificate;
mod links;
mod names;

pub(crate) use certificate::modulus_bits;
pub use certificate::{Certificate, Key};
pub use links::{Walk, signs, walk};
pub use names::{GeneralName, general_name, printable};

use rustls_pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};

/// One certificate of a presented chain.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The bytes that were sent.
    pub der: CertificateDer<'static>,
    /// SHA-256 of the bytes.
    pub fingerprint: [u8; 32],
    /// The decoded view, or why there is none.
    pub decoded: Result<Certificate, String>,
}

impl Presented {
    /// Decodes one certificate.
    pub fn new(der: CertificateDer<'static>) -> Self {
        Presented {
            fingerprint: Sha256::digest(&der).into(),
            decoded: Certificate::decode(&der),
            der,
        }
    }

    /// The decoded view, if there is one.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.decoded.as_ref().ok()
    }

    /// The subject, or a stand-in when it could not be decoded.
    pub fn subject(&self) -> &str {
        self.certificate()
            .map_or("a certificate that cannot be decoded", |certificate| {
                certificate.subject.as_str()
            })
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A time of a certificate in ISO 8601, UTC.
pub fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| "outside the calendar".to_owned(),
        |time| time.to_string(),
    )
}

#[cfg(test)]
mod tests;
