//! What rustls and reqwest ask of the probe that they work for.
//!
//! Their configurations and clients are made once and serve a whole run: one
//! for each probe took more time than all else but the handshake, and more
//! memory than a handshake that waits. What differs from one probe to the
//! next is in the task that runs it. Everything asked here is asked in that task, since a client
//! without a pool connects in the task of the request; asked anywhere else,
//! nothing is trusted and nothing is resolved.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::sign::CertifiedKey;
use rustls::{
    CipherSuite, DigitallySignedStruct, Error as TlsError, ProtocolVersion, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::verifier::{Record, RecordingVerifier};

tokio::task_local! {
    static CURRENT: Conversation;
}

/// One probe's part of a connection.
#[derive(Debug)]
pub(super) struct Conversation {
    /// Verifies against the name that this probe expects.
    pub(super) verifier: RecordingVerifier,
    /// What the probe saw.
    pub(super) record: Arc<Record>,
    /// Where names lead; nowhere, when a proxy resolves them.
    pub(super) address: Option<SocketAddr>,
}

impl Conversation {
    /// Runs what connects and asks.
    pub(super) async fn run<F: Future>(self, talk: F) -> F::Output {
        CURRENT.scope(self, talk).await
    }
}

/// Notes version and cipher suite of the ServerHello.
pub(super) fn negotiated(version: ProtocolVersion, suite: CipherSuite) {
    // Outside a probe nobody wants to know.
    let _ = CURRENT.try_with(|current| current.record.negotiated(version, suite));
}

fn verified<T>(
    verify: impl FnOnce(&RecordingVerifier) -> Result<T, TlsError>,
) -> Result<T, TlsError> {
    CURRENT
        .try_with(|current| verify(&current.verifier))
        .unwrap_or_else(|_| Err(TlsError::General("no probe verifies this".into())))
}

/// The verifier of the running probe.
#[derive(Debug)]
pub(super) struct CurrentVerifier(pub(super) WebPkiSupportedAlgorithms);

impl ServerCertVerifier for CurrentVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        dialled: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        verified(|verifier| {
            verifier.verify_server_cert(end_entity, intermediates, dialled, ocsp_response, now)
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verified(|verifier| verifier.verify_tls12_signature(message, certificate, signature))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verified(|verifier| verifier.verify_tls13_signature(message, certificate, signature))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        CURRENT
            .try_with(|current| current.verifier.supported_verify_schemes())
            .unwrap_or_else(|_| self.0.supported_schemes())
    }
}

/// Gives the client certificate and notes that it was asked for.
#[derive(Debug)]
pub(super) struct CurrentClient(pub(super) Option<Arc<CertifiedKey>>);

impl ResolvesClientCert for CurrentClient {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let _ = CURRENT.try_with(|current| current.record.client_certificate_asked());
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// Leads every name to the address that is probed. The port is the URL's.
#[derive(Debug)]
pub(super) struct CurrentAddress;

impl Resolve for CurrentAddress {
    fn resolve(&self, _name: Name) -> Resolving {
        let address = CURRENT.try_with(|current| current.address).ok().flatten();
        let found = address
            .map(|address| Box::new(std::iter::once(address)) as Addrs)
            .ok_or_else(|| "no probe dials this".into());
        Box::pin(std::future::ready(found))
    }
}
