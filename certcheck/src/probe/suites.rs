//! One crypto provider, with cipher suites that tell the running probe when
//! they are chosen.
//!
//! rustls tells version and suite only after a handshake that succeeded, but
//! they are to be known of a peer with a bad certificate too. Both follow
//! from the ServerHello, upon which rustls starts the hash of the chosen suite.

use std::sync::{Arc, LazyLock};

use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{
    CipherSuite, CipherSuiteCommon, ProtocolVersion, SupportedCipherSuite, Tls12CipherSuite,
    Tls13CipherSuite,
};

use super::conversation;

/// The provider with recording suites, made once in a process.
pub(super) static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
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
        conversation::negotiated(self.version, self.suite);
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
