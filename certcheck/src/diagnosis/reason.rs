//! The table of reasons: ids never change their meaning, sentences may.

use super::Severity;

/// Why a peer is not as it should be, or what else is worth knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The certificate vouches for itself.
    SelfSigned,
    /// The chain ends in a root that is not trusted.
    UntrustedRoot,
    /// The server leaves out a certificate between leaf and root.
    MissingIntermediate,
    /// A certificate of the path has expired.
    Expired,
    /// A certificate of the path is not valid yet.
    NotYetValid,
    /// The end lies before the beginning.
    BadValidity,
    /// The certificate is for other names.
    NameMismatch,
    /// The wanted name stands in the common name alone.
    NameOnlyInCn,
    /// The certificate is not meant for servers.
    WrongUsage,
    /// A CA certificate is used as the server's own.
    CaAsLeaf,
    /// The issuer may not issue.
    IssuerNotCa,
    /// The path is longer than a CA of it permits.
    PathTooLong,
    /// A CA may not vouch for this name.
    NameConstraints,
    /// The key is too weak.
    WeakKey,
    /// The signature algorithm is too weak or unknown.
    WeakSignature,
    /// The signature does not fit.
    BadSignature,
    /// A certificate of the path was revoked.
    Revoked,
    /// No revocation list covers a certificate of the path.
    RevocationUnknown,
    /// The revocation list is out of date.
    CrlExpired,
    /// The revocation list cannot be used.
    BadCrl,
    /// The certificate cannot be understood.
    BadCertificate,
    /// An extension that must be understood is not.
    CriticalExtension,
    /// Verifying would take more work than a verifier spends.
    TooComplex,
    /// Another reason of the verifier's.
    Refused,
    /// The certificates were sent in another order than that of the path.
    WrongOrder,
    /// A certificate was sent that the path does not need.
    ExtraCertificate,
    /// The certificate ends soon.
    ExpiresSoon,
    /// Another CA issued it than was expected.
    UnexpectedIssuer,
    /// The certificate is another than was expected.
    UnexpectedFingerprint,
    /// No TLS version is common.
    TlsVersion,
    /// The handshake failed.
    Handshake,
    /// The server wants a client certificate.
    ClientCertificate,
    /// The port speaks HTTP without TLS.
    PlainHttp,
    /// The port speaks something that is not TLS.
    NotTls,
    /// The name does not resolve.
    Dns,
    /// The connection was refused.
    ConnectionRefused,
    /// No way leads to the address.
    Unreachable,
    /// The peer closed the connection.
    Closed,
    /// The time was up.
    Timeout,
    /// The proxy failed.
    Proxy,
    /// The dialogue before TLS failed.
    StartTls,
    /// TLS stands, and no HTTP answer came.
    HttpFailed,
    /// A redirect leads to plain HTTP.
    PlainRedirect,
    /// A redirect cannot be followed.
    BadRedirect,
}

struct Row {
    reason: Reason,
    id: &'static str,
    severity: Severity,
    hint: Option<&'static str>,
}

const fn row(
    reason: Reason,
    id: &'static str,
    severity: Severity,
    hint: Option<&'static str>,
) -> Row {
    Row {
        reason,
        id,
        severity,
        hint,
    }
}

use Reason as R;
use Severity::{Failure, Note, Unchecked, Warning};

/// One row for each reason, in the order of the enum.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    row(R::SelfSigned, "self-signed", Failure, Some("get a certificate from a CA, or trust this one with --ca-file if it is yours")),
    row(R::UntrustedRoot, "untrusted-root", Failure, Some("if the root is yours, give it with --ca-file")),
    row(R::MissingIntermediate, "missing-intermediate", Failure, Some("have the server send its whole chain without the root (nginx: ssl_certificate with leaf and intermediates in one file)")),
    row(R::Expired, "expired", Failure, Some("renew the certificate and reload the server")),
    row(R::NotYetValid, "not-yet-valid", Failure, Some("compare the clocks of this machine and of the CA")),
    row(R::BadValidity, "bad-validity", Failure, Some("issue the certificate anew: its end lies before its beginning")),
    row(R::NameMismatch, "name-mismatch", Failure, Some("ask for a name that the certificate carries, or issue one with this name as subject alternative name")),
    row(R::NameOnlyInCn, "name-only-in-cn", Failure, Some("issue the certificate with the name as subject alternative name; RFC 9525 forbids the common name as identity")),
    row(R::WrongUsage, "wrong-usage", Failure, Some("issue a certificate with the extended key usage serverAuth")),
    row(R::CaAsLeaf, "ca-as-leaf", Failure, Some("issue a certificate with CA:FALSE for the server")),
    row(R::IssuerNotCa, "issuer-not-ca", Failure, Some("somebody issued with a key that may not; use a CA certificate (CA:TRUE, keyCertSign)")),
    row(R::PathTooLong, "path-too-long", Failure, Some("issue from a CA whose path length permits it")),
    row(R::NameConstraints, "name-constraints", Failure, Some("issue from a CA that may vouch for this name")),
    row(R::WeakKey, "weak-key", Failure, Some("use RSA of 2048 bits or more, or ECDSA P-256")),
    row(R::WeakSignature, "weak-signature", Failure, Some("issue the certificate anew, signed with SHA-256 or better")),
    row(R::BadSignature, "bad-signature", Failure, Some("the certificate was altered, or an issuer of the same name has another key")),
    row(R::Revoked, "revoked", Failure, Some("replace the certificate and its key")),
    row(R::RevocationUnknown, "revocation-unknown", Failure, Some("give the current list of every CA of the chain with --crl")),
    row(R::CrlExpired, "crl-expired", Failure, Some("fetch the current list")),
    row(R::BadCrl, "bad-crl", Failure, Some("the list is not one that this CA may have issued; fetch it anew")),
    row(R::BadCertificate, "bad-certificate", Failure, Some("issue the certificate anew with other software")),
    row(R::CriticalExtension, "critical-extension", Failure, Some("issue the certificate without the critical extension that verifiers do not know")),
    row(R::TooComplex, "too-complex", Failure, Some("send only the certificates of one path, with few names and constraints")),
    row(R::Refused, "refused-by-verifier", Failure, None),
    row(R::WrongOrder, "wrong-order", Note, Some("send each certificate before its issuer (RFC 8446 section 4.4.2); some clients insist")),
    row(R::ExtraCertificate, "extra-certificate", Note, None),
    row(R::ExpiresSoon, "expires-soon", Warning, Some("renew the certificate")),
    row(R::UnexpectedIssuer, "unexpected-issuer", Failure, Some("if the change of the CA was intended, change --expect-issuer")),
    row(R::UnexpectedFingerprint, "unexpected-fingerprint", Failure, Some("if the change was intended, change --expect-fingerprint")),
    row(R::TlsVersion, "tls-version", Failure, Some("enable TLS 1.2 and 1.3 on the server (RFC 8996 forbids older versions)")),
    row(R::Handshake, "tls-handshake", Failure, None),
    row(R::ClientCertificate, "client-certificate-required", Unchecked, Some("give one with --client-cert and --client-key")),
    row(R::PlainHttp, "plain-http", Failure, Some("ask for the TLS port, or enable TLS on this one")),
    row(R::NotTls, "not-tls", Failure, Some("ask for the TLS port, or use --starttls")),
    row(R::Dns, "dns", Unchecked, Some("check the spelling, the DNS and /etc/hosts; --connect-to dials another address")),
    row(R::ConnectionRefused, "connection-refused", Unchecked, Some("is the server running, and on this port?")),
    row(R::Unreachable, "unreachable", Unchecked, Some("check the route and the firewall")),
    row(R::Closed, "closed", Unchecked, Some("the server's log says why; a load balancer without a back end does this too")),
    row(R::Timeout, "timeout", Unchecked, Some("check the firewall, or allow more with --timeout")),
    row(R::Proxy, "proxy", Unchecked, Some("check --proxy, HTTPS_PROXY and NO_PROXY")),
    row(R::StartTls, "starttls", Unchecked, Some("check the protocol given with --starttls and that the server offers TLS")),
    row(R::HttpFailed, "http-failed", Unchecked, Some("the certificate is good; for a service that is not HTTP use --tls-only")),
    row(R::PlainRedirect, "redirect-to-plain-http", Failure, Some("let the server redirect to https://")),
    row(R::BadRedirect, "bad-redirect", Failure, Some("look at the Location header that the server sends")),
];

impl Reason {
    /// All reasons.
    pub fn all() -> impl Iterator<Item = Reason> {
        TABLE.iter().map(|row| row.reason)
    }

    /// The stable name.
    pub fn id(self) -> &'static str {
        self.row().id
    }

    /// How much it usually weighs.
    pub fn severity(self) -> Severity {
        self.row().severity
    }

    /// What usually helps.
    pub fn hint(self) -> Option<&'static str> {
        self.row().hint
    }

    fn row(self) -> &'static Row {
        // The table has the order of the enum; a test walks it.
        &TABLE[self as usize]
    }
}
