//! The options that say where the directory is and who asks.

use std::path::PathBuf;
use std::time::Duration;

use crate::credentials;
use crate::error::{Error, Kind, Result};
use crate::session::{Endpoint, LDAP_PORT, LDAPS_PORTS, Protection, Session, tls};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Directory")]
pub(super) struct Connect {
    /// The domain controller to ask; it is also the one that is changed
    #[arg(long, value_name = "HOST[:PORT]")]
    server: Option<String>,

    /// Search below this name instead of in the whole domain
    #[arg(long, value_name = "DN")]
    base: Option<String>,

    /// Log on with this name (user@realm, DOMAIN\user or a DN) and a password
    ///
    /// The password is asked for, or taken from --password-file or the
    /// environment variable AD_PAC_PASSWORD. It travels over TLS only.
    #[arg(long, value_name = "NAME")]
    bind_user: Option<String>,

    /// The first line of this file is the password of --bind-user
    #[arg(long, value_name = "FILE", requires = "bind_user")]
    password_file: Option<PathBuf>,

    /// Use LDAP over TLS, port 636 unless --server names one
    #[arg(long, conflicts_with = "starttls")]
    ldaps: bool,

    /// Use LDAP with StartTLS, port 389 unless --server names one
    #[arg(long)]
    starttls: bool,

    /// Trust the CAs in this PEM file instead of those of the system
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Give up on an answer after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, hide_short_help = true,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

impl Connect {
    /// Connects and logs on.
    pub(super) async fn session(&self) -> Result<Session> {
        // Everything that can be wrong here is found before anything is sent.
        let tls = tls::config(self.ca_file.as_deref())?;
        if let Some(base) = &self.base {
            crate::account::DistinguishedName::parse(base).map_err(|error| {
                Error::new(
                    Kind::Input,
                    format!("--base {base}"),
                    "malformed distinguished name",
                )
                .because(error)
                .hint("write it like OU=Servers,DC=example,DC=com")
            })?;
        }
        let server = self.server.as_ref().ok_or_else(|| {
            Error::new(Kind::Usage, "--server", "required but missing")
                .hint("name a domain controller with --server")
        })?;
        let endpoint = self.endpoint(server)?;
        let Some(user) = &self.bind_user else {
            return Err(no_credentials());
        };
        let password = credentials::password(user, self.password_file.as_deref())?;
        let limit = Duration::from_secs(self.timeout);
        Session::simple(&endpoint, tls, user, &password, limit).await
    }

    /// The base of searches.
    pub(super) fn base<'a>(&'a self, session: &'a Session) -> &'a str {
        self.base
            .as_deref()
            .unwrap_or(&session.root().default_naming_context)
    }

    fn endpoint(&self, server: &str) -> Result<Endpoint> {
        let wrong = || {
            Error::new(
                Kind::Usage,
                format!("--server {server}"),
                "not HOST or HOST:PORT",
            )
            .hint("write it like dc1.example.com or dc1.example.com:636")
        };
        let (host, port) = split(server).ok_or_else(wrong)?;
        let protection = if self.starttls {
            Protection::StartTls
        } else if self.ldaps || port.is_none_or(|port| LDAPS_PORTS.contains(&port)) {
            Protection::Ldaps
        } else {
            Protection::StartTls
        };
        let default = match protection {
            Protection::Ldaps => LDAPS_PORTS[0],
            Protection::StartTls => LDAP_PORT,
        };
        Ok(Endpoint {
            host: host.to_owned(),
            port: port.unwrap_or(default),
            protection,
        })
    }
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`
fn split(server: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if let Some(rest) = server.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        (
            host,
            rest.strip_prefix(':')
                .map_or(rest.is_empty().then_some(None), |port| Some(Some(port)))?,
        )
    } else {
        match server.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (server, None),
        }
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if host.is_empty() || host.len() > 255 || !host.chars().all(plain) {
        return None;
    }
    match port {
        None => Some((host, None)),
        Some(port) => {
            let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
            Some((host, Some(port)))
        }
    }
}

fn no_credentials() -> Error {
    let error = Error::new(Kind::Usage, "--bind-user", "nobody to log on as");
    if cfg!(feature = "kerberos") {
        error.hint("use --bind-user with a password")
    } else {
        error.hint("use --bind-user with a password").hint(
            "this build has no Kerberos; one with the cargo feature `kerberos` uses your ticket",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_split_into_host_and_port() {
        assert_eq!(split("dc1.lab.test"), Some(("dc1.lab.test", None)));
        assert_eq!(split("dc1:636"), Some(("dc1", Some(636))));
        assert_eq!(split("[::1]:636"), Some(("::1", Some(636))));
        assert_eq!(split("[::1]"), Some(("::1", None)));
        for wrong in [
            "",
            ":636",
            "dc1:",
            "dc1:0",
            "dc1:65536",
            "dc1/x",
            "[::1",
            "[::1]636",
            "a b",
        ] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
