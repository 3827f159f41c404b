//! Local files with certificates: PEM, DER, PKCS#12, and folders of them.

use std::path::{Path, PathBuf};

use p12_keystore::Pkcs12Archive;
use rustls_pki_types::CertificateDer;

use crate::error::{Error, Kind, Result};
use crate::trust;

/// A folder with more files than this was given by mistake.
const MOST_FILES: usize = 100_000;

/// Endings that promise a certificate.
const ENDINGS: [&str; 7] = ["pem", "crt", "cer", "der", "p12", "pfx", "cert"];

/// The variable with the password of PKCS#12 files.
const PASSWORD_VARIABLE: &str = "CERTCHECK_PKCS12_PASSWORD";

/// The file itself, or the files below a folder in the order of their names.
/// Links to files are followed (Let's Encrypt's `live` is made of them), links
/// to folders are not.
///
/// # Errors
/// When the path cannot be read.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let failed = |path: &Path, error: std::io::Error| {
        Error::new(Kind::Input, path.display().to_string(), "cannot be read")
            .because(error)
            .hint("check the path and who may read it")
    };
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| failed(&folder, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| failed(&folder, error))?;
            let kind = entry.file_type().map_err(|error| failed(&folder, error))?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if entry.path().is_file() {
                found.push(entry.path());
            }
            if found.len() > MOST_FILES {
                return Err(Error::new(
                    Kind::Input,
                    path.display().to_string(),
                    format!("holds more than {MOST_FILES} files"),
                ));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether the name of a file promises a certificate.
pub(crate) fn claims_certificate(path: &Path) -> bool {
    let named = path.extension().is_some_and(|ending| {
        ENDINGS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    });
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    // privkey.pem is as usual a name as cert.pem.
    named && !stem.contains("key") && !stem.contains("dhparam") && !stem.contains("csr")
}

/// The password of PKCS#12 files.
///
/// # Errors
/// When the file cannot be read or is not text.
pub(crate) fn password(file: Option<&Path>) -> Result<Option<String>> {
    let Some(path) = file else {
        return Ok(std::env::var(PASSWORD_VARIABLE).ok());
    };
    let text = String::from_utf8(trust::read(path)?)
        .map_err(|_| Error::new(Kind::Input, path.display().to_string(), "is not UTF-8 text"))?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}

/// The certificates of a file in their order.
///
/// # Errors
/// When there is none or the file is malformed.
pub(crate) fn certificates(
    path: &Path,
    password: Option<&str>,
) -> Result<Vec<CertificateDer<'static>>> {
    certificates_in(&trust::read(path)?, password, &path.display().to_string())
}

/// The certificates in the bytes of a PEM, DER or PKCS#12 file.
///
/// # Errors
/// When there is none or the file is malformed.
pub fn certificates_in(
    bytes: &[u8],
    password: Option<&str>,
    subject: &str,
) -> Result<Vec<CertificateDer<'static>>> {
    if is_pkcs12(bytes) {
        return from_pkcs12(bytes, password, subject);
    }
    trust::certificates_in(bytes, subject)
}

/// A PFX begins with version 3 (RFC 7292 section 4); a certificate begins
/// with another sequence.
fn is_pkcs12(bytes: &[u8]) -> bool {
    let header = match bytes {
        [0x30, length, ..] if *length <= 0x80 => 2,
        [0x30, length, ..] => 2 + usize::from(length & 0x7f),
        _ => return false,
    };
    bytes.get(header..header + 3) == Some(&[0x02, 0x01, 0x03])
}

fn from_pkcs12(
    bytes: &[u8],
    password: Option<&str>,
    subject: &str,
) -> Result<Vec<CertificateDer<'static>>> {
    let store =
        Pkcs12Archive::from_pkcs12(bytes, password.unwrap_or_default()).map_err(|error| {
            Error::new(Kind::Input, subject, "the PKCS#12 store cannot be opened")
                .because(error.to_string())
                .hint(format!(
                    "give its password with --password-file or in {PASSWORD_VARIABLE}"
                ))
        })?;
    let mut certificates: Vec<CertificateDer<'static>> = Vec::new();
    for bag in &store.certs {
        let der = bag.cert.as_der();
        if certificates.iter().all(|known| known.as_ref() != der) {
            certificates.push(CertificateDer::from(der.to_vec()));
        }
    }
    if certificates.is_empty() {
        return Err(Error::new(Kind::Input, subject, "holds no certificate"));
    }
    Ok(certificates)
}
