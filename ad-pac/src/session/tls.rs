//! Which certificates are trusted.

use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::error::{Error, Kind, Result};

/// The TLS settings: the CAs in `ca_file`, or those of the system.
///
/// # Errors
/// When the file cannot be read or holds no CA, or the system has none.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>> {
    let roots = match ca_file {
        Some(path) => from_file(path)?,
        None => from_system()?,
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Kind::System, "TLS", "cannot be set up").because(error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn from_file(path: &Path) -> Result<RootCertStore> {
    let subject = path.display().to_string();
    let wrong = |what: &str| {
        Error::new(Kind::Input, subject.clone(), what)
            .hint("--ca-file names a PEM file with the certificates of the CAs to trust")
    };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path)
        .map_err(|error| wrong("cannot be read").because(error.to_string()))?;
    for certificate in certificates {
        let certificate =
            certificate.map_err(|error| wrong("not a PEM file").because(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| wrong("holds something that is not a certificate").because(error))?;
    }
    if roots.is_empty() {
        return Err(wrong("holds no certificate"));
    }
    Ok(roots)
}

fn from_system() -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let (_, unusable) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if unusable > 0 {
        tracing::debug!(unusable, "some CAs of the system cannot be read");
    }
    Ok(roots)
}
