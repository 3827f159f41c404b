//! The table of cases: what a server does wrong, what a client must make of
//! it, and the text that says so.

/// What a client has to do with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Send its request: the server is good.
    Accept,
    /// Send nothing: the server is bad.
    Refuse,
}

impl Expected {
    /// The word in reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Expected::Accept => "accept",
            Expected::Refuse => "refuse",
        }
    }
}

/// The host in the URL that the command is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// The ordinary server name.
    Name,
    /// 127.0.0.1.
    Address,
    /// The parent domain of the ordinary name, directly below a top-level domain.
    Apex,
    /// A name two labels below the parent domain.
    Deep,
}

/// What the certificate of the server is like. All but the named flaw is in
/// order: a client that refuses, refuses for that reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipe {
    /// Names the host that was asked for, issued by the intermediate.
    Good,
    /// `*.` and the parent domain.
    Wildcard,
    /// Ended a week ago.
    Expired,
    /// Begins in a month.
    NotYetValid,
    /// Names another host.
    OtherHost,
    /// Has the address 127.0.0.2 only.
    OtherAddress,
    /// Signed with its own key.
    SelfSigned,
    /// Issued by a root of the same name as the trusted one, with another key.
    UnknownCa,
    /// The intermediate is not sent.
    MissingIntermediate,
    /// The intermediate ended a week ago.
    ExpiredIntermediate,
    /// The host is in the common name, and there is no SAN.
    CommonNameOnly,
    /// The host is in the common name, beside a SAN for another host.
    CommonNameBesideSan,
    /// The address is in a SAN of type dNSName.
    AddressAsDnsName,
    /// The first letter of the first label and `*`.
    PartialWildcard,
    /// `*` as the second label.
    MiddleWildcard,
    /// `*.` and the top-level domain.
    PublicSuffixWildcard,
    /// The host, a NUL, and another domain.
    NulInName,
    /// For TLS clients only.
    ClientOnly,
    /// Issued by a server certificate.
    IssuedByLeaf,
    /// Issued below a CA whose path length is 0.
    PathLength,
    /// Issued by a CA that may only name hosts of another domain.
    DnsConstraint,
    /// Issued by a CA that may only name addresses of another network.
    AddressConstraint,
    /// An RSA key of 1024 bits.
    WeakRsa,
    /// Signed with SHA-1.
    Sha1,
    /// On the CRL of its issuer.
    Revoked,
    /// Issued by a CA on the CRL of the root.
    RevokedIntermediate,
}

/// What the server does on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Play {
    /// TLS 1.2 or 1.3 with this certificate.
    Tls(Recipe),
    /// The certificate is presented when the client names the host (SNI), and
    /// that of another virtual host when it names none.
    NeedsSni(Recipe),
    /// The certificate is presented with the right one behind it.
    RightBehind(Recipe),
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// HTTP without TLS.
    PlainHttp,
    /// A good server whose answer leads to one with this certificate.
    RedirectTo(Recipe),
    /// Breaks every handshake off; serves whoever comes back with a lower
    /// version or without TLS.
    Downgrade,
}

/// The group of a flaw: clients are told apart by group, not by case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// None: a good server.
    Control,
    /// The name in the certificate is not the one asked for.
    Identity,
    /// The name is in the common name only.
    CommonName,
    /// A wildcard that covers more than one whole left-most label.
    Wildcard,
    /// The chain does not lead to the trusted root.
    Trust,
    /// Outside its lifetime.
    Validity,
    /// A certificate used for what it was not issued for.
    Purpose,
    /// A key or signature that can be forged.
    Strength,
    /// Revoked.
    Revocation,
    /// An old protocol version.
    Protocol,
    /// No TLS at all.
    Plaintext,
}

/// One server and what is to be made of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    /// The stable name, for `--case`.
    pub id: &'static str,
    /// What the server is like, in a few words that complete "a server with …".
    pub title: &'static str,
    /// What the client has to do.
    pub expected: Expected,
    /// The host in the URL.
    pub host: Host,
    /// What the server does.
    pub play: Play,
    /// The kind of flaw.
    pub flaw: Flaw,
    /// The rule that the client follows or breaks.
    pub citation: &'static str,
    /// What an attacker gets from a client that accepts.
    pub risk: &'static str,
}

const fn good(
    id: &'static str,
    title: &'static str,
    host: Host,
    play: Play,
    citation: &'static str,
) -> Case {
    Case {
        id,
        title,
        expected: Expected::Accept,
        host,
        play,
        flaw: Flaw::Control,
        citation,
        risk: "",
    }
}

const fn bad(
    id: &'static str,
    title: &'static str,
    (host, play, flaw): (Host, Play, Flaw),
    citation: &'static str,
    risk: &'static str,
) -> Case {
    Case {
        id,
        title,
        expected: Expected::Refuse,
        host,
        play,
        flaw,
        citation,
        risk,
    }
}

use Flaw as F;
use Host::{Address, Apex, Deep, Name};
use Play::{Downgrade, NeedsSni, PlainHttp, RedirectTo, RightBehind, Tls, Tls10, Tls11};
use Recipe as R;

const ANYONE: &str = "anyone on the path can play the server";
const ANY_SITE: &str = "whoever holds a certificate for any site can play this one";
const OTHER_SITE: &str = "the holder of a certificate for another site can play this one";

/// All cases, in the order of the report.
#[rustfmt::skip] // A row a case.
pub(crate) const CASES: &[Case] = &[
    good(
        "good-dns",
        "a right certificate for the name",
        Name,
        Tls(R::Good),
        "RFC 9525 section 6.3",
    ),
    good(
        "good-ip",
        "a right certificate for the address",
        Address,
        Tls(R::Good),
        "RFC 9525 section 6.4",
    ),
    good(
        "good-wildcard",
        "a right wildcard certificate",
        Name,
        Tls(R::Wildcard),
        "RFC 9525 section 6.3",
    ),
    good(
        "good-sni",
        "a right certificate for clients that name the host",
        Name,
        NeedsSni(R::Good),
        "RFC 6066 section 3",
    ),
    bad(
        "wrong-host",
        "a certificate for another host",
        (Name, Tls(R::OtherHost), F::Identity),
        "RFC 9525 section 6",
        ANY_SITE,
    ),
    bad(
        "wrong-ip",
        "a certificate for another address",
        (Address, Tls(R::OtherAddress), F::Identity),
        "RFC 9525 section 6.4",
        ANY_SITE,
    ),
    bad(
        "wrong-sni",
        "the certificate of another virtual host first, and the right one behind it",
        (Name, RightBehind(R::OtherHost), F::Identity),
        "RFC 8446 section 4.4.2, RFC 9525 section 6",
        ANY_SITE,
    ),
    bad(
        "cn-only",
        "its name in the common name only",
        (Name, Tls(R::CommonNameOnly), F::CommonName),
        "RFC 9525 section 2",
        OTHER_SITE,
    ),
    bad(
        "cn-beside-san",
        "its name in the common name, beside a SAN for another host",
        (Name, Tls(R::CommonNameBesideSan), F::CommonName),
        "RFC 9525 section 2",
        OTHER_SITE,
    ),
    bad(
        "ip-cn-only",
        "its address in the common name only",
        (Address, Tls(R::CommonNameOnly), F::CommonName),
        "RFC 9525 section 2",
        OTHER_SITE,
    ),
    bad(
        "ip-in-dns-san",
        "its address in a SAN of type dNSName",
        (Address, Tls(R::AddressAsDnsName), F::Identity),
        "RFC 5280 section 4.2.1.6",
        OTHER_SITE,
    ),
    bad(
        "partial-wildcard",
        "a wildcard for part of a label",
        (Name, Tls(R::PartialWildcard), F::Wildcard),
        "RFC 9525 section 6.3",
        OTHER_SITE,
    ),
    bad(
        "middle-wildcard",
        "a wildcard that is not the first label",
        (Name, Tls(R::MiddleWildcard), F::Wildcard),
        "RFC 9525 section 6.3",
        OTHER_SITE,
    ),
    bad(
        "deep-wildcard",
        "a wildcard that would have to cover two labels",
        (Deep, Tls(R::Wildcard), F::Wildcard),
        "RFC 9525 section 6.3",
        OTHER_SITE,
    ),
    bad(
        "public-suffix-wildcard",
        "a wildcard for a whole top-level domain",
        (Apex, Tls(R::PublicSuffixWildcard), F::Wildcard),
        "CA/Browser Forum BR 3.2.2.6",
        OTHER_SITE,
    ),
    bad(
        "nul-in-name",
        "a NUL behind its name, before another domain",
        (Name, Tls(R::NulInName), F::Identity),
        "RFC 5280 section 4.2.1.6",
        OTHER_SITE,
    ),
    bad(
        "self-signed",
        "a certificate signed with its own key",
        (Name, Tls(R::SelfSigned), F::Trust),
        "RFC 5280 section 6.1",
        ANYONE,
    ),
    bad(
        "unknown-ca",
        "a certificate from an unknown CA that calls itself like the trusted one",
        (Name, Tls(R::UnknownCa), F::Trust),
        "RFC 5280 section 6.1",
        ANYONE,
    ),
    bad(
        "missing-intermediate",
        "no intermediate certificate",
        (Name, Tls(R::MissingIntermediate), F::Trust),
        "RFC 5280 section 6.1, RFC 8446 section 4.4.2",
        "the client trusts an issuer that nobody has shown to it",
    ),
    bad(
        "ca-false-issuer",
        "a certificate issued by a server certificate",
        (Name, Tls(R::IssuedByLeaf), F::Trust),
        "RFC 5280 section 6.1.4 (k)",
        ANY_SITE,
    ),
    bad(
        "path-length",
        "a certificate issued below a CA whose path length is 0",
        (Name, Tls(R::PathLength), F::Trust),
        "RFC 5280 section 6.1.4 (l), (m)",
        "a restricted CA can make CAs",
    ),
    bad(
        "name-constraints-dns",
        "a name that its CA may not issue",
        (Name, Tls(R::DnsConstraint), F::Trust),
        "RFC 5280 section 4.2.1.10",
        "a restricted CA can issue for any host",
    ),
    bad(
        "name-constraints-ip",
        "an address that its CA may not issue",
        (Address, Tls(R::AddressConstraint), F::Trust),
        "RFC 5280 section 4.2.1.10",
        "a restricted CA can issue for any address",
    ),
    bad(
        "expired",
        "a certificate that ended a week ago",
        (Name, Tls(R::Expired), F::Validity),
        "RFC 5280 section 6.1.3 (a)(2)",
        "an old key, long since leaked or forgotten, still works",
    ),
    bad(
        "not-yet-valid",
        "a certificate that begins in a month",
        (Name, Tls(R::NotYetValid), F::Validity),
        "RFC 5280 section 6.1.3 (a)(2)",
        "the lifetime is not looked at",
    ),
    bad(
        "expired-intermediate",
        "an intermediate that ended a week ago",
        (Name, Tls(R::ExpiredIntermediate), F::Validity),
        "RFC 5280 section 6.1.3 (a)(2)",
        "an old CA key, long since leaked or forgotten, still works",
    ),
    bad(
        "wrong-eku",
        "a certificate for TLS clients only",
        (Name, Tls(R::ClientOnly), F::Purpose),
        "RFC 5280 section 4.2.1.12",
        "a user with a client certificate can play a server",
    ),
    bad(
        "weak-rsa",
        "an RSA key of 1024 bits",
        (Name, Tls(R::WeakRsa), F::Strength),
        "CA/Browser Forum BR 6.1.5",
        "the key can be computed from the certificate",
    ),
    bad(
        "sha1-signature",
        "a certificate signed with SHA-1",
        (Name, Tls(R::Sha1), F::Strength),
        "CA/Browser Forum BR 7.1.3.2",
        "the certificate can be a forgery made with a collision",
    ),
    bad(
        "revoked",
        "a revoked certificate",
        (Name, Tls(R::Revoked), F::Revocation),
        "RFC 5280 section 6.1.3 (a)(3)",
        "a stolen key works until its certificate ends",
    ),
    bad(
        "revoked-intermediate",
        "a revoked intermediate",
        (Name, Tls(R::RevokedIntermediate), F::Revocation),
        "RFC 5280 section 6.1.3 (a)(3)",
        "a stolen CA key works until its certificate ends",
    ),
    bad(
        "tls10",
        "TLS 1.0",
        (Name, Tls10, F::Protocol),
        "RFC 8996 section 4",
        "known attacks on the old version apply",
    ),
    bad(
        "tls11",
        "TLS 1.1",
        (Name, Tls11, F::Protocol),
        "RFC 8996 section 5",
        "known attacks on the old version apply",
    ),
    bad(
        "downgrade",
        "broken handshakes until the client lowers its version",
        (Name, Downgrade, F::Protocol),
        "RFC 7507 section 4, RFC 9325 section 3.1.3",
        "anyone on the path can choose the weakest version",
    ),
    bad(
        "plain-http",
        "plain HTTP on its port",
        (Name, PlainHttp, F::Plaintext),
        "RFC 9110 section 4.2.2",
        "anyone on the path can read and answer the request",
    ),
    bad(
        "redirect",
        "a redirect to a server with a certificate for another host",
        (Name, RedirectTo(R::OtherHost), F::Identity),
        "RFC 9525 section 6",
        "verification ends with the first hop",
    ),
];

/// The case with this id.
pub(crate) fn find(id: &str) -> Option<&'static Case> {
    CASES.iter().find(|case| case.id == id)
}

/// The id nearest to a mistyped one, for a hint.
pub(crate) fn nearest(id: &str) -> Option<&'static str> {
    let words: Vec<&str> = id.split(['-', '_']).filter(|word| word.len() > 2).collect();
    CASES
        .iter()
        .map(|case| {
            let shared = words.iter().filter(|word| case.id.contains(**word)).count();
            (shared, case.id)
        })
        .filter(|(shared, _)| *shared > 0)
        .max_by_key(|(shared, id)| (*shared, std::cmp::Reverse(id.len())))
        .map(|(_, id)| id)
}

#[cfg(test)]
#[path = "cases/tests.rs"]
mod tests;
