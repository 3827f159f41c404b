//! Reads who is trusted: CA files, the system's store, revocation lists.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use webpki::{CertRevocationList, OwnedCertRevocationList};

use crate::error::{Error, Kind, Result};
use crate::verifier::Trust;

/// No certificate, key or list file is larger; a device or a runaway log
/// given by mistake must not fill the memory.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// Where trust comes from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// CA files; when there are any, the system's store is left out.
    pub ca_files: Vec<PathBuf>,
    /// The system's store in addition to the CA files.
    pub system_roots: bool,
    /// Revocation lists.
    pub crls: Vec<PathBuf>,
}

/// Reads everything, or says which file cannot be used.
///
/// # Errors
/// An unreadable, empty or malformed file, or a system without roots.
pub fn load(sources: &Sources) -> Result<Trust> {
    let mut trust = Trust::nobody("");
    let mut origins = Vec::new();
    for path in &sources.ca_files {
        add_ca_file(&mut trust, path)?;
        origins.push(path.display().to_string());
    }
    if sources.ca_files.is_empty() || sources.system_roots {
        add_system(&mut trust)?;
        origins.push("the system's store".into());
    }
    trust.origin = origins.join(", ");
    for path in &sources.crls {
        add_crls_in(&mut trust, &read(path)?, &path.display().to_string())?;
    }
    Ok(trust)
}

/// Reads a file of bounded size.
///
/// # Errors
/// When it cannot be read or is too large.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let subject = path.display().to_string();
    let failed = |error: std::io::Error| {
        Error::new(Kind::Input, subject.clone(), "cannot be read")
            .because(error)
            .hint("check the path and who may read it")
    };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(Error::new(
            Kind::Input,
            subject,
            "larger than 64 MiB, which no such file is",
        ));
    }
    Ok(bytes)
}

/// The certificates of a PEM or DER file, in their order.
///
/// # Errors
/// When there is none or one is malformed.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let bytes = read(path)?;
    certificates_in(&bytes, &path.display().to_string())
}

/// The certificates in the bytes of a PEM or DER file.
///
/// # Errors
/// When there is none or one is malformed.
pub fn certificates_in(bytes: &[u8], subject: &str) -> Result<Vec<CertificateDer<'static>>> {
    // A DER certificate is a SEQUENCE; PEM is text.
    if bytes.first() == Some(&0x30) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let mut certificates = Vec::new();
    for item in CertificateDer::pem_slice_iter(bytes) {
        certificates.push(
            item.map_err(|error| Error::new(Kind::Input, subject, "malformed PEM").because(error))?,
        );
    }
    if certificates.is_empty() {
        return Err(Error::new(Kind::Input, subject, "holds no certificate").hint(
            "a PEM file has `-----BEGIN CERTIFICATE-----` lines; `certcheck files` shows what a file holds",
        ));
    }
    Ok(certificates)
}

fn add_ca_file(trust: &mut Trust, path: &Path) -> Result<()> {
    for (index, der) in certificates(path)?.into_iter().enumerate() {
        trust.add_root(der).map_err(|error| {
            Error::new(
                Kind::Input,
                path.display().to_string(),
                format!("certificate {} cannot serve as a root", index + 1),
            )
            .because(error.to_string())
        })?;
    }
    Ok(())
}

fn add_system(trust: &mut Trust) -> Result<()> {
    let loaded = rustls_native_certs::load_native_certs();
    for error in &loaded.errors {
        tracing::info!("system store: {error}");
    }
    for der in loaded.certs {
        // Some stores keep roots of formats long gone; they vouch for nothing.
        if let Err(error) = trust.add_root(der) {
            tracing::info!("system store: a root is left out: {error}");
        }
    }
    if trust.anchors.is_empty() {
        let mut error = Error::new(
            Kind::Input,
            "the system's store",
            "holds no root certificate",
        )
        .hint("give the roots with --ca-file, or install the package ca-certificates")
        .hint("SSL_CERT_FILE and SSL_CERT_DIR name another store");
        if let Some(cause) = loaded.errors.into_iter().next() {
            error = error.because(cause.to_string());
        }
        return Err(error);
    }
    Ok(())
}

/// Adds the revocation lists in the bytes of a PEM or DER file.
///
/// # Errors
/// When there is none or one cannot be used.
pub fn add_crls_in(trust: &mut Trust, bytes: &[u8], subject: &str) -> Result<()> {
    let mut lists = Vec::new();
    if bytes.first() == Some(&0x30) {
        lists.push(bytes.to_vec());
    } else {
        for item in CertificateRevocationListDer::pem_slice_iter(bytes) {
            let list = item.map_err(|error| {
                Error::new(Kind::Input, subject, "malformed PEM").because(error)
            })?;
            lists.push(list.as_ref().to_vec());
        }
    }
    if lists.is_empty() {
        return Err(Error::new(Kind::Input, subject, "holds no revocation list")
            .hint("a PEM file has `-----BEGIN X509 CRL-----` lines"));
    }
    for der in lists {
        let list = OwnedCertRevocationList::from_der(&der).map_err(|error| {
            Error::new(
                Kind::Input,
                subject,
                "not a revocation list that can be used",
            )
            .because(error.to_string())
        })?;
        trust.crls.push(CertRevocationList::from(list));
        trust.crl_ders.push(der);
    }
    Ok(())
}
