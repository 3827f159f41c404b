//! What went wrong outside the certificate.

use std::net::SocketAddr;

use rustls::{AlertDescription, Error as TlsError, InvalidMessage, PeerIncompatible};

use super::{Finding, Reason};
use crate::chain::printable;

/// How far the check had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Looking up the name.
    Resolving,
    /// Opening the connection.
    Connecting,
    /// In the dialogue before TLS.
    StartTls,
    /// In the TLS handshake.
    Handshake,
    /// After the handshake, before the HTTP answer.
    Answer,
}

impl Phase {
    fn waiting_for(self) -> &'static str {
        match self {
            Phase::Resolving => "the DNS",
            Phase::Connecting => "the connection",
            Phase::StartTls => "the dialogue before TLS",
            Phase::Handshake => "the TLS handshake",
            Phase::Answer => "the HTTP answer",
        }
    }
}

/// What a port speaks instead of TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainProtocol {
    /// It answered with an HTTP status line.
    Http,
    /// It greeted in another protocol, named here.
    Named(&'static str),
    /// Something else.
    Unknown,
}

/// Why a check did not get to an HTTP answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The name does not resolve.
    Dns(String),
    /// The name resolves, to no address of the family asked for.
    NoAddressOf(&'static str),
    /// The connection could not be opened.
    Connect {
        /// Where to.
        address: Option<SocketAddr>,
        /// What the system says.
        kind: std::io::ErrorKind,
        /// The same in words.
        text: String,
    },
    /// The peer closed or reset the connection.
    Closed(Phase),
    /// The time was up.
    Timeout {
        /// While doing this.
        phase: Phase,
        /// After so many seconds.
        seconds: u64,
    },
    /// TLS failed for another reason than the certificate.
    Tls(TlsError),
    /// The port does not speak TLS.
    Plain(PlainProtocol),
    /// The server insists on a client certificate.
    ClientCertificate,
    /// The proxy refused or failed.
    Proxy(String),
    /// The dialogue before TLS failed.
    StartTls(String),
    /// No HTTP answer could be had.
    Http(String),
    /// A redirect to plain HTTP.
    PlainRedirect(String),
    /// A redirect that leads nowhere.
    BadRedirect(String),
}

impl Failure {
    /// Whether another attempt may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Failure::Dns(_)
                | Failure::Connect { .. }
                | Failure::Closed(_)
                | Failure::Timeout { .. }
                | Failure::Proxy(_)
        )
    }
}

/// Puts a failure into words.
pub fn explain_failure(failure: &Failure) -> Finding {
    match failure {
        Failure::Dns(cause) => Finding::new(
            Reason::Dns,
            format!("the name does not resolve: {}", printable(cause)),
        ),
        Failure::NoAddressOf(family) => {
            Finding::new(Reason::Dns, format!("the name has no {family} address"))
        }
        Failure::Connect {
            address,
            kind,
            text,
        } => {
            let to = address.map_or_else(String::new, |address| format!(" to {address}"));
            if *kind == std::io::ErrorKind::ConnectionRefused {
                Finding::new(
                    Reason::ConnectionRefused,
                    format!("the connection{to} was refused"),
                )
            } else {
                Finding::new(
                    Reason::Unreachable,
                    format!("the connection{to} failed: {}", printable(text)),
                )
            }
        }
        Failure::Closed(phase) => {
            let when = match phase {
                Phase::Resolving | Phase::Connecting => "right after it was opened",
                Phase::StartTls => "in the dialogue before TLS",
                Phase::Handshake => "during the TLS handshake",
                Phase::Answer => "without an HTTP answer",
            };
            let finding = Finding::new(
                Reason::Closed,
                format!("the peer closed the connection {when}"),
            );
            hint_at_tls_only(finding, *phase)
        }
        Failure::Timeout { phase, seconds } => {
            let finding = Finding::new(
                Reason::Timeout,
                format!("waited {seconds} s for {}", phase.waiting_for()),
            );
            hint_at_tls_only(finding, *phase)
        }
        Failure::Tls(error) => explain_tls(error),
        Failure::Plain(PlainProtocol::Http) => Finding::new(
            Reason::PlainHttp,
            "the port speaks HTTP without TLS".to_owned(),
        ),
        Failure::Plain(PlainProtocol::Named(protocol)) => {
            let finding = Finding::new(
                Reason::NotTls,
                format!("the port does not begin with TLS; it speaks {protocol}"),
            );
            match *protocol {
                "SMTP" => finding.hint("use --starttls smtp"),
                "IMAP" => finding.hint("use --starttls imap"),
                "POP3" => finding.hint("use --starttls pop3"),
                "FTP" => finding.hint("use --starttls ftp"),
                _ => finding,
            }
        }
        Failure::Plain(PlainProtocol::Unknown) => {
            Finding::new(Reason::NotTls, "what the port sends is not TLS".to_owned())
        }
        Failure::ClientCertificate => Finding::new(
            Reason::ClientCertificate,
            "the server insists on a client certificate",
        ),
        Failure::Proxy(cause) => Finding::new(
            Reason::Proxy,
            format!("the proxy failed: {}", printable(cause)),
        ),
        Failure::StartTls(cause) => Finding::new(Reason::StartTls, printable(cause)),
        Failure::Http(cause) => Finding::new(
            Reason::HttpFailed,
            format!("TLS stands, but HTTP failed: {}", printable(cause)),
        ),
        Failure::PlainRedirect(to) => Finding::new(
            Reason::PlainRedirect,
            format!("the server redirects to plain HTTP: {}", printable(to)),
        ),
        Failure::BadRedirect(what) => Finding::new(Reason::BadRedirect, printable(what)),
    }
}

/// Who got as far as the answer has a peer with a good certificate, and
/// perhaps one that does not speak HTTP, or not to a HEAD request.
fn hint_at_tls_only(finding: Finding, phase: Phase) -> Finding {
    if phase == Phase::Answer {
        finding.hint("the certificate is good; for a service that is not HTTP use --tls-only")
    } else {
        finding
    }
}

fn explain_tls(error: &TlsError) -> Finding {
    match error {
        TlsError::AlertReceived(AlertDescription::ProtocolVersion) => Finding::new(
            Reason::TlsVersion,
            "the server refuses every TLS version that was offered",
        ),
        TlsError::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled,
        ) => Finding::new(
            Reason::TlsVersion,
            "the server speaks only TLS versions that are too old",
        ),
        TlsError::AlertReceived(
            AlertDescription::CertificateRequired | AlertDescription::BadCertificate,
        ) => Finding::new(
            Reason::ClientCertificate,
            "the server insists on a client certificate that it accepts",
        ),
        TlsError::AlertReceived(AlertDescription::UnrecognisedName) => Finding::new(
            Reason::Handshake,
            "the server does not know the name that was asked for (alert unrecognized_name)",
        )
        .hint("choose the name to send with --sni, or --sni none"),
        TlsError::AlertReceived(AlertDescription::HandshakeFailure) => Finding::new(
            Reason::Handshake,
            "the server found nothing in common: TLS versions, cipher suites, groups or signature \
             algorithms (alert handshake_failure)",
        )
        .hint(
            "the server may be limited to TLS 1.1 or older, or have a key that no strict client \
             takes",
        ),
        TlsError::AlertReceived(alert) => Finding::new(
            Reason::Handshake,
            format!("the server ended the handshake with the alert {alert:?}"),
        ),
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Finding::new(Reason::NotTls, "what the port sends is not TLS".to_owned())
        }
        TlsError::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        ) => Finding::new(
            Reason::TooComplex,
            "the certificate message is larger than a client should take (64 KiB)",
        ),
        other => Finding::new(
            Reason::Handshake,
            format!("the TLS handshake failed: {other}"),
        ),
    }
}
