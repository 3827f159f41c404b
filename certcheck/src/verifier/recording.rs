//! The verifier that rustls is given.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, Error as TlsError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::Error;

use super::{Record, Trust, verify};

/// webpki with a pencil: it verifies as rustls does, against the identity
/// that the user expects, and writes down what it saw.
#[derive(Debug)]
pub struct RecordingVerifier {
    trust: Arc<Trust>,
    expected: ServerName<'static>,
    record: Arc<Record>,
}

impl RecordingVerifier {
    /// One verifier serves one connection. `expected` is the identity that
    /// counts, whatever name the connection was made with.
    pub fn new(trust: Arc<Trust>, expected: ServerName<'static>, record: Arc<Record>) -> Self {
        RecordingVerifier {
            trust,
            expected,
            record,
        }
    }
}

impl ServerCertVerifier for RecordingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _dialled: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.record.presented(end_entity, intermediates);
        let verdict = verify(&self.trust, end_entity, intermediates, &self.expected, now);
        let answer = match &verdict {
            Ok(_) => Ok(ServerCertVerified::assertion()),
            Err(error) => Err(TlsError::InvalidCertificate(alert_for(error))),
        };
        self.record.verdict(verdict);
        answer
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signature, &self.trust.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signature, &self.trust.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // rustls asks this when it composes the ClientHello, which it does
        // once the transport stands.
        self.record.hello_made();
        self.trust.algorithms.supported_schemes()
    }
}

/// The refusal as rustls words it, which decides the alert that the peer is
/// sent; the explanation is made from webpki's own error.
fn alert_for(error: &Error) -> CertificateError {
    match error {
        Error::BadDer | Error::BadDerTime | Error::TrailingData(_) => CertificateError::BadEncoding,
        Error::CertExpired { .. } | Error::InvalidCertValidity => CertificateError::Expired,
        Error::CertNotValidYet { .. } => CertificateError::NotValidYet,
        Error::CertNotValidForName(_) => CertificateError::NotValidForName,
        Error::CertRevoked => CertificateError::Revoked,
        Error::InvalidSignatureForPublicKey => CertificateError::BadSignature,
        Error::RequiredEkuNotFoundContext(_) => CertificateError::InvalidPurpose,
        Error::UnknownIssuer => CertificateError::UnknownIssuer,
        Error::UnknownRevocationStatus => CertificateError::UnknownRevocationStatus,
        _ => CertificateError::ApplicationVerificationFailure,
    }
}
