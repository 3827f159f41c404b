//! A chain in full, for `show` and `files`.

use std::io::{self, Write};

use crate::chain::{Certificate, Presented, hex, time};
use crate::diagnosis::span;

/// Writes one certificate, as of `now`.
///
/// # Errors
/// When `out` cannot be written to.
pub(crate) fn write(out: &mut dyn Write, entry: &Presented, now: i64) -> io::Result<()> {
    match &entry.decoded {
        Ok(certificate) => write_decoded(out, certificate, now)?,
        Err(why) => line(out, "malformed", why)?,
    }
    line(out, "SHA-256", &hex(&entry.fingerprint))
}

fn write_decoded(out: &mut dyn Write, certificate: &Certificate, now: i64) -> io::Result<()> {
    line(out, "subject", &certificate.subject)?;
    line(out, "issuer", &certificate.issuer)?;
    line(out, "names", &certificate.names(usize::MAX))?;
    let state = if certificate.not_after < now {
        format!("expired {} ago", span(now.abs_diff(certificate.not_after)))
    } else if certificate.not_before > now {
        format!("begins in {}", span(now.abs_diff(certificate.not_before)))
    } else {
        format!("{} left", span(now.abs_diff(certificate.not_after)))
    };
    let validity = format!(
        "{} to {} ({state})",
        time(certificate.not_before),
        time(certificate.not_after)
    );
    line(out, "valid", &validity)?;
    line(out, "key", &certificate.key.to_string())?;
    line(out, "signature", &certificate.signature)?;
    line(out, "serial", &certificate.serial)?;
    if certificate.ca {
        let length = certificate
            .path_length
            .map_or_else(String::new, |length| format!(", path length {length}"));
        line(out, "CA", &format!("yes{length}"))?;
    }
    if let Some(usage) = &certificate.key_usage {
        line(out, "key usage", &usage.join(", "))?;
    }
    if let Some(usage) = &certificate.extended_key_usage {
        line(out, "for", &usage.join(", "))?;
    }
    for (label, texts) in [
        ("permitted", &certificate.permitted_names),
        ("excluded", &certificate.excluded_names),
        ("issuer at", &certificate.issuer_urls),
        ("OCSP at", &certificate.ocsp_urls),
        ("CRL at", &certificate.crl_urls),
    ] {
        if !texts.is_empty() {
            line(out, label, &texts.join(", "))?;
        }
    }
    for (label, id) in [
        ("key id", &certificate.subject_key_id),
        ("issuer key", &certificate.authority_key_id),
    ] {
        if let Some(id) = id {
            line(out, label, &hex(id))?;
        }
    }
    Ok(())
}

fn line(out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    writeln!(out, "   {label:<11}{text}")
}
