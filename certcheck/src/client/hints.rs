//! What to change in a client, by client and by kind of flaw.

use super::cases::{Case, Flaw};

/// Clients whose options are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    /// curl
    Curl,
    /// wget
    Wget,
    /// pycurl
    Pycurl,
    /// Python requests
    Requests,
    /// Python `ssl`, `urllib`, `http.client`
    PythonSsl,
    /// Perl LWP and IO::Socket::SSL
    Lwp,
    /// Node.js
    Node,
    /// Go
    Go,
    /// `openssl s_client`
    OpenSsl,
}

/// Names that betray a client, the more telling ones first.
const SIGNS: &[(&str, Client)] = &[
    ("pycurl", Client::Pycurl),
    ("requests", Client::Requests),
    ("urllib", Client::PythonSsl),
    ("import ssl", Client::PythonSsl),
    ("http.client", Client::PythonSsl),
    ("lwp", Client::Lwp),
    ("io::socket::ssl", Client::Lwp),
    ("s_client", Client::OpenSsl),
    ("wget", Client::Wget),
    ("curl", Client::Curl),
    ("nodejs", Client::Node),
    ("node", Client::Node),
    ("python", Client::PythonSsl),
    ("perl", Client::Lwp),
    ("go", Client::Go),
];

/// Recognises the client in the words of the command and in the scripts that
/// it names.
pub(crate) fn recognise(texts: &[String]) -> Option<Client> {
    let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
    SIGNS
        .iter()
        .find(|(sign, _)| texts.iter().any(|text| contains_word(text, sign)))
        .map(|(_, client)| *client)
}

/// A sign inside a longer word (`go` in `good`) is none.
fn contains_word(text: &str, sign: &str) -> bool {
    text.match_indices(sign).any(|(at, _)| {
        let letter = |c: char| c.is_ascii_alphabetic();
        !text[..at].chars().next_back().is_some_and(letter)
            && !text[at + sign.len()..].chars().next().is_some_and(letter)
    })
}

/// The change that closes this hole in this client, or makes it accept a good
/// server; in words for any client when it is not known.
pub(crate) fn hint(case: &Case, client: Option<Client>) -> String {
    client
        .and_then(|client| specific(case, client))
        .unwrap_or_else(|| general(case.flaw))
        .to_owned()
}

fn specific(case: &Case, client: Client) -> Option<&'static str> {
    use Flaw as F;
    let verification_off = matches!(case.flaw, F::Trust | F::Validity | F::Purpose | F::Strength);
    Some(match (client, case.flaw) {
        (Client::Curl, F::Control) => "pass `--cacert {ca}` so that curl trusts the CA of the test",
        (Client::Curl, F::CommonName) => {
            "no option of curl switches the common name off: issue certificates with a SAN"
        }
        (Client::Curl, F::Revocation) => "pass `--crlfile FILE` with the lists of all issuers",
        (Client::Curl, F::Protocol) => "pass `--tlsv1.2`",
        (Client::Curl, F::Plaintext) => "pass `--proto '=https' --proto-redir '=https'`",
        (Client::Curl, F::Strength) => "pass `--ciphers DEFAULT@SECLEVEL=2`",
        (Client::Curl, _) => "remove `-k`/`--insecure` (and `insecure` from ~/.curlrc)",

        (Client::Wget, F::Control) => {
            "pass `--ca-certificate={ca}` so that wget trusts the CA of the test"
        }
        (Client::Wget, F::CommonName) => {
            "no option of wget switches the common name off: issue certificates with a SAN"
        }
        (Client::Wget, F::Purpose) => {
            "no option: the GnuTLS build of wget does not look at the extended key usage; use curl"
        }
        (Client::Wget, F::Revocation) => "pass `--crl-file=FILE` with the lists of all issuers",
        (Client::Wget, F::Protocol) => {
            "pass `--secure-protocol=TLSv1_2`, or `--ciphers=SECURE128:-VERS-TLS1.0:-VERS-TLS1.1` with GnuTLS"
        }
        (Client::Wget, F::Strength) => {
            "pass `--ciphers=NORMAL:%PROFILE_MEDIUM` (GnuTLS) or `--ciphers=DEFAULT@SECLEVEL=2` (OpenSSL)"
        }
        (Client::Wget, F::Plaintext) => "pass `--https-only`",
        (Client::Wget, _) => {
            "remove `--no-check-certificate` (and `check_certificate = off` from wgetrc)"
        }

        (Client::Pycurl, F::Control) => "set `c.setopt(pycurl.CAINFO, ca)` to the CA of the test",
        (Client::Pycurl, F::Identity | F::Wildcard) => {
            "set `c.setopt(pycurl.SSL_VERIFYHOST, 2)` beside `SSL_VERIFYPEER, 1`: 0 accepts any name, and 1 is no longer a setting"
        }
        (Client::Pycurl, F::CommonName) => {
            "set `c.setopt(pycurl.SSL_VERIFYHOST, 2)`; when it is set, libcurl itself falls back to the common name: issue certificates with a SAN"
        }
        (Client::Pycurl, F::Purpose) => {
            "set `c.setopt(pycurl.SSL_VERIFYPEER, 1)`; when it is set, libcurl is a GnuTLS build, which does not look at the extended key usage: use one with OpenSSL"
        }
        (Client::Pycurl, F::Revocation) => {
            "set `c.setopt(pycurl.CRLFILE, path)` with the lists of all issuers"
        }
        (Client::Pycurl, F::Protocol) => {
            "set `c.setopt(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2)`"
        }
        (Client::Pycurl, F::Strength) => {
            "set `c.setopt(pycurl.SSL_CIPHER_LIST, 'DEFAULT@SECLEVEL=2')` with an OpenSSL build of libcurl; a GnuTLS build has no option for it"
        }
        (Client::Pycurl, F::Plaintext) => "set `c.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTPS)`",
        (Client::Pycurl, _) => {
            "set `c.setopt(pycurl.SSL_VERIFYPEER, 1)` and `c.setopt(pycurl.SSL_VERIFYHOST, 2)`"
        }

        (Client::Requests, F::Control) => {
            "pass `verify=ca` or set REQUESTS_CA_BUNDLE to the CA of the test"
        }
        (Client::Requests, F::Revocation) => {
            "requests checks no revocation: mount an adapter whose SSLContext has `verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN` and the lists loaded"
        }
        (Client::Requests, F::Identity) if case.id == "redirect" => {
            "do not pass `verify=False`; `allow_redirects=False` keeps to the first host"
        }
        (Client::Requests, _) => "do not pass `verify=False` (nor set `session.verify` to it)",

        (Client::PythonSsl, F::Control) => {
            "use `ssl.create_default_context(cafile=ca)` with the CA of the test"
        }
        (Client::PythonSsl, F::Identity | F::Wildcard) => {
            "leave `context.check_hostname = True` and pass `server_hostname` to `wrap_socket`"
        }
        (Client::PythonSsl, F::CommonName) => {
            "set `context.check_hostname = True` and `context.hostname_checks_common_name = False`"
        }
        (Client::PythonSsl, F::Revocation) => {
            "set `context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN` and load the lists with `load_verify_locations`"
        }
        (Client::PythonSsl, F::Protocol) => {
            "set `context.minimum_version = ssl.TLSVersion.TLSv1_2`"
        }
        (Client::PythonSsl, F::Strength) => {
            "set `context.set_ciphers('DEFAULT@SECLEVEL=2')` with `verify_mode = ssl.CERT_REQUIRED`"
        }
        (Client::PythonSsl, _) => {
            "use `ssl.create_default_context()`, not `_create_unverified_context` nor `verify_mode = ssl.CERT_NONE`"
        }

        (Client::Lwp, F::Control) => {
            "set `ssl_opts => { SSL_ca_file => $ca }` (or PERL_LWP_SSL_CA_FILE) to the CA of the test"
        }
        (Client::Lwp, F::Identity) if case.id == "ip-in-dns-san" => {
            "no option: LWP compares addresses with DNS names, too; issue certificates with IP SANs"
        }
        (Client::Lwp, F::Identity) => {
            "set `ssl_opts => { verify_hostname => 1 }`, and unset PERL_LWP_SSL_VERIFY_HOSTNAME=0"
        }
        (Client::Lwp, F::CommonName | F::Wildcard) => {
            "no option: LWP always matches names by the scheme `www` of RFC 2818; issue certificates whose SAN holds whole names"
        }
        (Client::Lwp, F::Revocation) => {
            "set `ssl_opts => { SSL_check_crl => 1, SSL_crl_file => $crl }`"
        }
        (Client::Lwp, F::Protocol) => "set `ssl_opts => { SSL_version => '!TLSv1:!TLSv1_1' }`",
        (Client::Lwp, F::Strength) => {
            "set `ssl_opts => { SSL_cipher_list => 'DEFAULT@SECLEVEL=2' }`"
        }
        (Client::Lwp, F::Plaintext) => "set `protocols_allowed => ['https']`",
        (Client::Lwp, _) => {
            "set `ssl_opts => { SSL_verify_mode => SSL_VERIFY_PEER, verify_hostname => 1 }`"
        }

        (Client::Node, F::Control) => {
            "set NODE_EXTRA_CA_CERTS or the `ca` option to the CA of the test"
        }
        (Client::Node, F::CommonName | F::Wildcard) => {
            "pass your own `checkServerIdentity` that looks at whole labels of the SAN only: that of Node falls back to the common name and takes partial wildcards"
        }
        (Client::Node, F::Identity) => {
            "do not override `checkServerIdentity` with a function that returns undefined"
        }
        (Client::Node, F::Revocation) => {
            "pass the lists in the `crl` option, as an array with one list an entry"
        }
        (Client::Node, F::Protocol) => "pass `minVersion: 'TLSv1.2'`, and no `--tls-min-v1.0`",
        (Client::Node, F::Strength) => "pass `ciphers: 'DEFAULT@SECLEVEL=2'`",
        (Client::Node, _) => {
            "do not pass `rejectUnauthorized: false`, and unset NODE_TLS_REJECT_UNAUTHORIZED=0"
        }

        (Client::Go, F::Control) => {
            "add the CA of the test to `tls.Config.RootCAs`, or set SSL_CERT_FILE"
        }
        (Client::Go, F::Revocation) => {
            "Go checks no revocation: do so in `tls.Config.VerifyConnection` with `x509.RevocationList`"
        }
        (Client::Go, F::Protocol) => "set `tls.Config.MinVersion = tls.VersionTLS12`",
        (Client::Go, F::Strength) => {
            "remove `tlsrsa1024min=0` from GODEBUG, and check the key in `tls.Config.VerifyConnection`"
        }
        (Client::Go, F::Wildcard) if case.id == "public-suffix-wildcard" => {
            "refuse such names in `tls.Config.VerifyConnection`"
        }
        (Client::Go, _) => {
            "set `tls.Config.InsecureSkipVerify = false`; with `VerifyPeerCertificate` alone no name is checked"
        }

        (Client::OpenSsl, F::Control) => {
            "pass `-CAfile {ca} -servername {host}`, and give it a request on its input"
        }
        (Client::OpenSsl, F::Identity | F::CommonName | F::Wildcard) => {
            "pass `-verify_return_error -verify_hostname {host}` (`-verify_ip` for an address): without, s_client looks at no name"
        }
        (Client::OpenSsl, F::Revocation) => {
            "pass `-crl_check_all -verify_return_error`, with {ca} and {crl} in one file for `-CAfile`"
        }
        (Client::OpenSsl, F::Protocol) => "pass `-min_protocol TLSv1.2`",
        (Client::OpenSsl, _) if verification_off => {
            "pass `-verify_return_error`: without, s_client only prints what is wrong"
        }
        (Client::OpenSsl, _) => return None,
    })
}

fn general(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Control => {
            "give the client the CA of the test, with {ca} or `env SSL_CERT_FILE={ca}`"
        }
        Flaw::Identity => {
            "compare the certificate's names with the host that was asked for, on every connection"
        }
        Flaw::CommonName => "look at subject alternative names only, never at the common name",
        Flaw::Wildcard => "let `*` stand for one whole left-most label and nothing else",
        Flaw::Trust => {
            "verify the chain up to a trusted root, with basic constraints and name constraints"
        }
        Flaw::Validity => "compare every certificate's lifetime with the clock",
        Flaw::Purpose => "require id-kp-serverAuth where the certificate restricts its use",
        Flaw::Strength => "refuse RSA keys below 2048 bits and signatures with SHA-1",
        Flaw::Revocation => "check revocation: give the client the lists, with {crl}",
        Flaw::Protocol => "set TLS 1.2 as the lowest version, and do not retry with a lower one",
        Flaw::Plaintext => "never fall back to HTTP without TLS",
    }
}

#[cfg(test)]
#[path = "hints/tests.rs"]
mod tests;
