//! The TLS side of a probe: one provider, with cipher suites that tell the
//! running probe when they are chosen.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::sign::CertifiedKey;
use rustls::time_provider::{DefaultTimeProvider, TimeProvider};
use rustls::{
    CipherSuite, CipherSuiteCommon, ClientConfig, ProtocolVersion, RootCertStore, SignatureScheme,
    SupportedCipherSuite, SupportedProtocolVersion, Tls12CipherSuite, Tls13CipherSuite,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivateKeyDer, UnixTime};

use crate::diagnosis::Failure;
use crate::error::{Error, Kind};
use crate::target::{Host, Sni, Target, TlsMin};
use crate::trust;
use crate::verifier::{Record, RecordingVerifier, Trust};

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

/// The configuration of one connection.
pub(super) fn client_config(
    target: &Target,
    settings: &TlsSettings,
    trust: &Arc<Trust>,
    record: &Arc<Record>,
) -> Result<ClientConfig, Failure> {
    static MODERN: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
    let versions = match target.options.tls_min {
        Some(TlsMin::Tls13) => MODERN,
        Some(TlsMin::Tls12) | None => rustls::ALL_VERSIONS,
    };
    let time: Arc<dyn TimeProvider> = match settings.at {
        Some(time) => Arc::new(FixedTime(time)),
        None => Arc::new(DefaultTimeProvider),
    };
    let verifier = RecordingVerifier::new(
        Arc::clone(trust),
        target.expected_name().server_name(),
        Arc::clone(record),
    );
    let mut config = ClientConfig::builder_with_details(Arc::clone(&PROVIDER), time)
        .with_protocol_versions(versions)
        .map_err(Failure::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(RecordingResolver {
            key: settings.client_auth.clone(),
            record: Arc::clone(record),
        }));
    // Every check is a full handshake: a resumed one shows no certificate.
    config.resumption = Resumption::disabled();
    config.enable_sni = target.options.sni != Sni::None;
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

/// Gives the client certificate and notes that it was asked for.
#[derive(Debug)]
struct RecordingResolver {
    key: Option<ClientAuth>,
    record: Arc<Record>,
}

impl ResolvesClientCert for RecordingResolver {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.record.client_certificate_asked();
        self.key.as_ref().map(|ClientAuth(key)| Arc::clone(key))
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}

tokio::task_local! {
    /// The record of the probe that this task is running.
    static RECORD: Arc<Record>;
}

/// Runs a conversation whose cipher suite goes into `record`.
pub(super) async fn recording_into<F: Future>(record: Arc<Record>, conversation: F) -> F::Output {
    RECORD.scope(record, conversation).await
}

/// The provider with recording suites, made once in a process.
///
/// rustls tells version and suite only after a handshake that succeeded, but
/// they are to be known of a peer with a bad certificate too. Both follow
/// from the ServerHello, upon which rustls starts the hash of the chosen suite.
static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites = provider.cipher_suites.into_iter().map(recording).collect();
    Arc::new(provider)
});

/// The same suite with a hash that records its start.
fn recording(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    // rustls takes suites for the life of the process; these few are made
    // once and live as long.
    match suite {
        SupportedCipherSuite::Tls13(suite) => {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: recording_common(&suite.common, ProtocolVersion::TLSv1_3),
                hkdf_provider: suite.hkdf_provider,
                aead_alg: suite.aead_alg,
                quic: suite.quic,
            })))
        }
        SupportedCipherSuite::Tls12(suite) => {
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: recording_common(&suite.common, ProtocolVersion::TLSv1_2),
                prf_provider: suite.prf_provider,
                kx: suite.kx,
                sign: suite.sign,
                aead_alg: suite.aead_alg,
            })))
        }
    }
}

fn recording_common(common: &CipherSuiteCommon, version: ProtocolVersion) -> CipherSuiteCommon {
    CipherSuiteCommon {
        suite: common.suite,
        hash_provider: Box::leak(Box::new(RecordingHash {
            inner: common.hash_provider,
            version,
            suite: common.suite,
        })),
        confidentiality_limit: common.confidentiality_limit,
    }
}

struct RecordingHash {
    inner: &'static dyn Hash,
    version: ProtocolVersion,
    suite: CipherSuite,
}

impl Hash for RecordingHash {
    fn start(&self) -> Box<dyn Context> {
        // Outside a probe nobody wants to know.
        let _ = RECORD.try_with(|record| record.negotiated(self.version, self.suite));
        self.inner.start()
    }

    fn hash(&self, data: &[u8]) -> Output {
        self.inner.hash(data)
    }

    fn output_len(&self) -> usize {
        self.inner.output_len()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.inner.algorithm()
    }

    fn fips(&self) -> bool {
        self.inner.fips()
    }
}
