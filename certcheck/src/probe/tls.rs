//! How TLS is spoken: the configuration, the client certificate.

use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::sign::CertifiedKey;
use rustls::time_provider::{DefaultTimeProvider, TimeProvider};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivateKeyDer, UnixTime};

use super::conversation::{CurrentClient, CurrentVerifier};
use super::suites::PROVIDER;
use crate::diagnosis::Failure;
use crate::error::{Error, Kind};
use crate::target::{Host, Sni, Target, TlsMin};
use crate::trust;

/// How TLS is spoken in a run.
#[derive(Debug, Default)]
pub struct TlsSettings {
    /// Judge as of this time instead of now.
    pub at: Option<UnixTime>,
    /// The client certificate.
    pub client_auth: Option<ClientAuth>,
}

/// A client certificate with its key.
#[derive(Debug, Clone)]
pub struct ClientAuth(pub Arc<CertifiedKey>);

impl ClientAuth {
    /// Reads the certificate with its chain and the key.
    ///
    /// # Errors
    /// When a file cannot be used or the key is not that of the certificate.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, Error> {
        let chain = trust::certificates(certificate)?;
        let bytes = trust::read(key)?;
        let subject = key.display().to_string();
        let key = PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| {
            let encrypted = bytes.windows(9).any(|window| window == b"ENCRYPTED");
            let failed = Error::new(
                Kind::Input,
                subject.clone(),
                "holds no key that can be used",
            );
            if encrypted {
                failed.hint("the key is encrypted; `openssl pkey -in KEY -out PLAIN` decrypts it")
            } else {
                failed.because(error.to_string())
            }
        })?;
        CertifiedKey::from_der(chain, key, &PROVIDER)
            .map(|key| ClientAuth(Arc::new(key)))
            .map_err(|error| {
                Error::new(Kind::Input, subject, "does not fit the client certificate")
                    .because(error)
            })
    }
}

/// What a ClientHello depends on besides the name in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Manner {
    newest_only: bool,
    with_name: bool,
}

impl Manner {
    pub(super) fn of(target: &Target) -> Self {
        Manner {
            newest_only: target.options.tls_min == Some(TlsMin::Tls13),
            with_name: target.options.sni != Sni::None,
        }
    }
}

/// The configuration for this manner; HTTP adds its own protocol to it.
pub(super) fn configuration(
    manner: Manner,
    settings: &TlsSettings,
) -> Result<ClientConfig, Failure> {
    static NEWEST: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
    let versions = if manner.newest_only {
        NEWEST
    } else {
        rustls::ALL_VERSIONS
    };
    let time: Arc<dyn TimeProvider> = match settings.at {
        Some(time) => Arc::new(FixedTime(time)),
        None => Arc::new(DefaultTimeProvider),
    };
    let algorithms = PROVIDER.signature_verification_algorithms;
    let key = settings.client_auth.as_ref();
    let mut config = ClientConfig::builder_with_details(Arc::clone(&PROVIDER), time)
        .with_protocol_versions(versions)
        .map_err(Failure::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(CurrentVerifier(algorithms)))
        .with_client_cert_resolver(Arc::new(CurrentClient(
            key.map(|ClientAuth(key)| Arc::clone(key)),
        )));
    // Every check is a full handshake: a resumed one shows no certificate.
    config.resumption = Resumption::disabled();
    config.enable_sni = manner.with_name;
    Ok(config)
}

/// The name that goes into the ClientHello, if it is one; rustls sends none
/// for an address (RFC 6066 section 3).
pub(super) fn hello_name(target: &Target) -> &Host {
    match &target.options.sni {
        Sni::Name(name) => name,
        Sni::Host | Sni::None => &target.host,
    }
}

/// A configuration for clients that speak plain HTTP only: TLS with it ends
/// at the certificate, whatever that is.
///
/// # Errors
/// When the provider lacks every protocol version.
pub fn trusting_nobody() -> Result<ClientConfig, String> {
    let config = ClientConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Ok(config)
}

#[derive(Debug)]
struct FixedTime(UnixTime);

impl TimeProvider for FixedTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}
