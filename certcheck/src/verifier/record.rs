//! What one connection showed, written down while it happens.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::{CipherSuite, ProtocolVersion};
use rustls_pki_types::CertificateDer;
use webpki::Error;

use super::Path;

/// The largest chain that is kept. rustls ends a handshake whose messages are
/// longer than 64 KiB before the verifier sees them; this is the second line.
const MOST_CERTIFICATES: usize = 128;

/// What is known of a connection, shared between the probe and the verifier.
#[derive(Debug, Default)]
pub struct Record {
    inner: Mutex<Recorded>,
}

/// What was seen so far.
#[derive(Debug, Default, Clone)]
pub struct Recorded {
    /// The TCP connection stands and the dialogue before TLS has begun.
    pub dialogue_begun: bool,
    /// The TCP connection stands and the ClientHello was made.
    pub hello_made: bool,
    /// Version and cipher suite of the ServerHello.
    pub negotiated: Option<(ProtocolVersion, CipherSuite)>,
    /// The certificates as they were sent, the leaf first.
    pub presented: Vec<CertificateDer<'static>>,
    /// The verdict of webpki, once it was asked.
    pub verdict: Option<Result<Path, Error>>,
    /// The peer asked for a client certificate.
    pub client_certificate_asked: bool,
}

impl Record {
    /// What was seen so far.
    pub fn snapshot(&self) -> Recorded {
        self.lock().clone()
    }

    pub(crate) fn dialogue_begun(&self) {
        self.lock().dialogue_begun = true;
    }

    pub(crate) fn hello_made(&self) {
        self.lock().hello_made = true;
    }

    pub(crate) fn negotiated(&self, version: ProtocolVersion, suite: CipherSuite) {
        self.lock().negotiated = Some((version, suite));
    }

    pub(crate) fn client_certificate_asked(&self) {
        self.lock().client_certificate_asked = true;
    }

    pub(crate) fn presented(&self, leaf: &CertificateDer<'_>, rest: &[CertificateDer<'_>]) {
        self.lock().presented = std::iter::once(leaf)
            .chain(rest)
            .take(MOST_CERTIFICATES)
            .map(|der| der.clone().into_owned())
            .collect();
    }

    pub(crate) fn verdict(&self, verdict: Result<Path, Error>) {
        self.lock().verdict = Some(verdict);
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
