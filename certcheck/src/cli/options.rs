//! Options that several commands share.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::probe::{ClientAuth, Family, NoProxy, Proxy, Settings, TlsSettings};
use crate::target::Options;
use crate::trust::{self, Sources};
use crate::verifier::unix_time;

/// Who is trusted.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Trust")]
pub(super) struct TrustArgs {
    /// Trust the roots of this PEM file, and no others; repeatable
    ///
    /// For peers of a CA of your own, which must not pass with any public CA's
    /// certificate instead.
    #[arg(long, value_name = "PEM")]
    ca_file: Vec<PathBuf>,
    /// Trust the system's roots besides those of --ca-file
    ///
    /// For a list in which some peers have certificates of your own CA and
    /// others public ones.
    #[arg(long, hide_short_help = true)]
    system_roots: bool,
    /// Refuse what these revocation lists revoke or do not cover; repeatable
    ///
    /// Every certificate of a chain must then be covered by a list that has
    /// not expired.
    #[arg(long, value_name = "PEM")]
    crl: Vec<PathBuf>,
}

impl TrustArgs {
    pub(super) fn load(&self) -> Result<crate::verifier::Trust> {
        trust::load(&Sources {
            ca_files: self.ca_file.clone(),
            system_roots: self.system_roots,
            crls: self.crl.clone(),
        })
    }
}

/// What lists may say for each target.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Each target")]
pub(super) struct TargetArgs {
    /// Expect this name in the certificate instead of the target's
    ///
    /// For a peer that is reached by an address or an alias, and is to prove
    /// its real name.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Send this name in the handshake instead of the target's, or none
    ///
    /// `none` shows the certificate that old clients get, which know no SNI.
    #[arg(long, value_name = "NAME|none", hide_short_help = true)]
    sni: Option<String>,
    /// Dial there; the target's name is still what is verified
    ///
    /// Checks one back end behind a load balancer, or a new server before DNS
    /// leads to it.
    #[arg(long, value_name = "HOST:PORT")]
    connect_to: Option<String>,
    /// Upgrade to TLS first: smtp imap pop3 ldap postgres xmpp ftp
    ///
    /// For servers that begin in the clear on their usual port. Ports with TLS
    /// from the start need no option.
    #[arg(long, value_name = "PROTOCOL")]
    starttls: Option<String>,
    /// End after the handshake, without HTTP
    ///
    /// For peers that do not speak HTTP. With HTTP, what a server does after
    /// the handshake is seen too.
    #[arg(long)]
    tls_only: bool,
    /// Refuse TLS below this version: 1.2 or 1.3
    ///
    /// Where a policy asks for 1.3, this tells which peers do not keep to it.
    #[arg(long, value_name = "VERSION", hide_short_help = true)]
    tls_min: Option<String>,
    /// Warn this long before the expiry: 21d, 33% of the lifetime
    ///
    /// By default a quarter of the lifetime, 21 days at most. The certificate
    /// of the chain that ends first counts.
    #[arg(long, value_name = "TIME")]
    warn: Option<String>,
    /// Fail this long before the expiry
    ///
    /// By default a tenth of the lifetime, seven days at most.
    #[arg(long, value_name = "TIME")]
    crit: Option<String>,
    /// Time for the whole check of a peer: 10s by default
    ///
    /// Raise it for slow links; lower it where a monitor gives up sooner than
    /// that.
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    /// Judge by the rules of RFC 5280 and the CA/Browser Forum too
    ///
    /// For certificates that browsers must accept: finds what public CAs may
    /// not issue. Private CAs are not bound by it.
    #[arg(long)]
    strict: bool,
    /// The issuer of the certificate must contain this text
    ///
    /// Notices a certificate that is valid and not from the CA that you buy
    /// from.
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    expect_issuer: Option<String>,
    /// The certificate must have this SHA-256 fingerprint; repeatable
    ///
    /// Pins the certificate you installed. Name the next certificate as well
    /// before it is rolled out.
    #[arg(long, value_name = "HEX", hide_short_help = true)]
    expect_fingerprint: Vec<String>,
}

impl TargetArgs {
    pub(super) fn options(&self) -> Result<Options> {
        let mut options = Options::default();
        let single = [
            ("name", &self.name),
            ("sni", &self.sni),
            ("connect-to", &self.connect_to),
            ("starttls", &self.starttls),
            ("tls-min", &self.tls_min),
            ("warn", &self.warn),
            ("crit", &self.crit),
            ("timeout", &self.timeout),
            ("expect-issuer", &self.expect_issuer),
        ];
        let flags = [("tls-only", self.tls_only), ("strict", self.strict)];
        let given = single
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_deref()?)))
            .chain(
                self.expect_fingerprint
                    .iter()
                    .map(|value| ("expect-fingerprint", value.as_str())),
            )
            .chain(
                flags
                    .into_iter()
                    .filter(|(_, set)| *set)
                    .map(|(key, _)| (key, "true")),
            );
        for (key, value) in given {
            options.set(key, value).map_err(|what| {
                usage(format!("--{key}"), what)
                    .hint("`certcheck check --help` explains every option")
            })?;
        }
        Ok(options)
    }
}

/// How the network is used.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Network")]
pub(super) struct NetworkArgs {
    /// Use IPv4 only
    ///
    /// Tells whether a failure is one of the address family: some servers are
    /// right on one and wrong on the other.
    #[arg(short = '4', long, conflicts_with = "ipv6", hide_short_help = true)]
    ipv4: bool,
    /// Use IPv6 only
    ///
    /// For a host with addresses of both families, whose IPv6 side few people
    /// look at.
    #[arg(short = '6', long, hide_short_help = true)]
    ipv6: bool,
    /// Go through this HTTP proxy; by default what HTTPS_PROXY says
    ///
    /// Without this option the environment decides: HTTPS_PROXY or ALL_PROXY,
    /// with the exceptions of NO_PROXY. A proxy with a password can be given
    /// in the environment only. Targets with --connect-to are reached
    /// directly.
    #[arg(long, value_name = "URL", hide_short_help = true)]
    proxy: Option<String>,
    /// Show this client certificate, with its chain
    ///
    /// For peers that talk to clients with a certificate only; without one,
    /// they end the handshake.
    #[arg(
        long,
        value_name = "PEM",
        requires = "client_key",
        hide_short_help = true
    )]
    client_cert: Option<PathBuf>,
    /// The key of the client certificate, unencrypted
    ///
    /// One with a passphrase would have to wait for somebody who types it.
    #[arg(
        long,
        value_name = "PEM",
        requires = "client_cert",
        hide_short_help = true
    )]
    client_key: Option<PathBuf>,
}

impl NetworkArgs {
    pub(super) fn settings(
        &self,
        trust: crate::verifier::Trust,
        at: Option<i64>,
    ) -> Result<Settings> {
        let client_auth = match (&self.client_cert, &self.client_key) {
            (Some(certificate), Some(key)) => Some(ClientAuth::load(certificate, key)?),
            _ => None,
        };
        let tls = TlsSettings {
            at: at.map(unix_time),
            client_auth,
        };
        let family = match (self.ipv4, self.ipv6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            _ => Family::Any,
        };
        Ok(Settings::new(Arc::new(trust), tls, family, self.proxy()?))
    }

    /// Whether the proxy was asked for, not found in the environment.
    pub(super) fn proxy_is_explicit(&self) -> bool {
        self.proxy.is_some()
    }

    fn proxy(&self) -> Result<Option<Proxy>> {
        if let Some(url) = &self.proxy {
            let proxy =
                Proxy::parse(url, NoProxy::default()).map_err(|what| usage("--proxy", what))?;
            if proxy.has_credentials() {
                return Err(usage(
                    "--proxy",
                    "a password on a command line is seen by everybody on the machine",
                )
                .hint("give the URL in the environment variable HTTPS_PROXY"));
            }
            return Ok(Some(proxy));
        }
        let variable = |names: &[&'static str]| {
            names.iter().find_map(|name| {
                let value = std::env::var(name).ok()?;
                (!value.is_empty()).then_some((*name, value))
            })
        };
        let Some((name, url)) = variable(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
        else {
            return Ok(None);
        };
        let bypass = variable(&["NO_PROXY", "no_proxy"])
            .map_or_else(NoProxy::default, |(_, list)| NoProxy::parse(&list));
        Proxy::parse(&url, bypass)
            .map(Some)
            .map_err(|what| Error::new(Kind::Usage, name, what))
    }
}

/// Reads `--at`: RFC 3339, or a date in UTC.
pub(super) fn time(text: &str) -> Result<i64, String> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time.as_second());
    }
    text.parse::<jiff::civil::Date>()
        .ok()
        .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|time| time.timestamp().as_second())
        .ok_or_else(|| "not a time such as 2027-03-15 or 2027-03-15T12:00:00Z".to_owned())
}

/// A usage error.
pub(super) fn usage(subject: impl Into<String>, what: impl Into<String>) -> Error {
    Error::new(Kind::Usage, subject, what)
}
