//! What rustls needs to play a server: certificates of any kind, and keys that
//! only this room can sign with.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{ServerConfig, SignatureAlgorithm, SignatureScheme};

use super::super::pki::rsa::RsaKey;
use super::super::pki::{Identity, ServerKey};
use crate::error::{Error, Kind, Result};

/// Which identity a client gets to see.
pub(super) enum Certificates {
    Always(Identity),
    /// Chosen by SNI.
    Named {
        name: String,
        named: Identity,
        otherwise: Identity,
    },
}

/// A server of TLS 1.2 and 1.3.
pub(super) fn config(certificates: Certificates) -> Result<Arc<ServerConfig>> {
    let provider = Arc::new(default_provider());
    let resolver = match certificates {
        Certificates::Always(identity) => Resolver {
            named: None,
            otherwise: certified(&provider, identity)?,
        },
        Certificates::Named {
            name,
            named,
            otherwise,
        } => Resolver {
            named: Some((name, certified(&provider, named)?)),
            otherwise: certified(&provider, otherwise)?,
        },
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(no_server)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    // Every connection is to see the certificate.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

fn no_server(error: rustls::Error) -> Error {
    Error::new(Kind::System, "a TLS server", "cannot be set up").because(error)
}

fn certified(provider: &CryptoProvider, identity: Identity) -> Result<Arc<CertifiedKey>> {
    let key: Arc<dyn SigningKey> = match identity.key {
        ServerKey::Pkcs8(der) => provider
            .key_provider
            .load_private_key(PrivatePkcs8KeyDer::from(der).into())
            .map_err(no_server)?,
        ServerKey::Rsa(key) => Arc::new(OwnKey(key)),
    };
    Ok(Arc::new(CertifiedKey::new(identity.chain, key)))
}

#[derive(Debug)]
struct Resolver {
    named: Option<(String, Arc<CertifiedKey>)>,
    otherwise: Arc<CertifiedKey>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(match &self.named {
            Some((name, named)) if hello.server_name() == Some(name) => named,
            _ => &self.otherwise,
        }))
    }
}

#[derive(Debug)]
struct OwnKey(RsaKey);

#[derive(Debug)]
struct OwnSigner(RsaKey, SignatureScheme);

impl SigningKey for OwnKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        [
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PKCS1_SHA256,
        ]
        .into_iter()
        .find(|scheme| offered.contains(scheme))
        .map(|scheme| Box::new(OwnSigner(self.0.clone(), scheme)) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for OwnSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        if self.1 == SignatureScheme::RSA_PKCS1_SHA256 {
            return Ok(self.0.sign_sha256(message));
        }
        self.0
            .sign_pss_sha256(message)
            .ok_or(rustls::Error::FailedToGetRandomBytes)
    }

    fn scheme(&self) -> SignatureScheme {
        self.1
    }
}
