//! What went wrong on the way to a server, in words with a remedy.

use std::time::Duration;

use ldap3::LdapError;
use rustls::CertificateError;

use crate::error::{Error, Kind};
use crate::ldap::ResultCode;

use super::library::Fault;

/// Servers put long explanations into their answers, and not always text.
const LONGEST_DIAGNOSTIC: usize = 300;

/// No answer within the limit.
pub(super) fn too_slow(server: &str, limit: Duration) -> Error {
    Error::new(
        Kind::Peer,
        server,
        format!("no answer within {} s", limit.as_secs()),
    )
    .hint("--timeout waits longer, --server asks another server")
}

/// The connection failed, or was given up.
pub(super) fn of_broken(server: &str, cause: String) -> Error {
    Error::new(Kind::Peer, server, "the connection failed")
        .because(cause)
        .hint("running the command again continues; --server names another server")
}

/// A refusal with the server's own words.
pub(super) fn refused(server: &str, what: &str, code: ResultCode, diagnostic: &str) -> Error {
    let words: String = diagnostic
        .chars()
        .take(LONGEST_DIAGNOSTIC)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words = words.trim();
    let cause = if words.is_empty() {
        code.to_string()
    } else {
        format!("{code}: {words}")
    };
    Error::new(Kind::Peer, server, what)
        .because(cause)
        .hint(code.hint(diagnostic))
}

/// A fault as a cause.
pub(super) fn text(fault: &Fault) -> String {
    match fault {
        Fault::Panic => "the server sent something that is not LDAP".to_owned(),
        Fault::Error(LdapError::Io { source }) => source.to_string(),
        Fault::Error(
            LdapError::ResultRecv { .. } | LdapError::OpSend { .. } | LdapError::EndOfStream,
        ) => "the server closed the connection".to_owned(),
        Fault::Error(error) => error.to_string(),
    }
}

/// TLS could not be begun.
pub(super) fn of_tls(server: &str, error: &std::io::Error) -> Error {
    let no_tls = |cause: String| {
        Error::new(Kind::Peer, server, "no TLS connection")
            .because(cause)
            .hint("is this a port for LDAP over TLS? --starttls is for port 389")
    };
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let reason = match tls {
        Some(rustls::Error::InvalidCertificate(reason)) => reason,
        Some(other) => return no_tls(other.to_string()),
        None => return no_tls(error.to_string()),
    };
    let refused = |what: &str| {
        Error::new(
            Kind::Peer,
            server,
            format!("its certificate is refused: {what}"),
        )
    };
    match reason {
        CertificateError::UnknownIssuer => refused("it was issued by a CA that is not trusted")
            .hint("--ca-file names the CA of the directory (PEM)"),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            refused("it is for another name")
                .hint("give --server the name that is in the certificate, not an address or alias")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            refused("it has expired").hint("check this machine's clock, or have it renewed")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            refused("it is not valid yet").hint("check this machine's clock")
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            refused("it is not for servers").hint("it needs the extended key usage serverAuth")
        }
        CertificateError::Other(other)
            if matches!(
                other.0.downcast_ref(),
                Some(webpki::Error::CaUsedAsEndEntity)
            ) =>
        {
            refused("it is that of a CA, not of a server")
                .hint("have the server given one of its own, issued by that CA")
        }
        CertificateError::Revoked => refused("it is revoked").hint("have it replaced"),
        other => refused(&other.to_string().to_lowercase())
            .hint("certcheck, of the same family of tools, explains a certificate in detail"),
    }
}
