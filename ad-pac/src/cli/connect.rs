//! The options that say where the directory is and who asks.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use crate::credentials;
use crate::error::{Error, Kind, Result};
use crate::session::discover;
use crate::session::{Endpoint, LDAP_PORT, LDAPS_PORTS, Protection, Session, tls};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Directory")]
pub(super) struct Connect {
    /// The domain controller to ask; it is also the one that is changed
    #[arg(long, value_name = "HOST[:PORT]")]
    server: Option<String>,

    /// Find the domain controllers of this domain in DNS
    ///
    /// Without it and without --server, the domain is the realm of the ticket
    /// or of --bind-user, else the search domain of this machine.
    #[arg(long, value_name = "NAME", conflicts_with = "server")]
    domain: Option<String>,

    /// Search below this name instead of in the whole domain
    #[arg(long, value_name = "DN")]
    base: Option<String>,

    /// Log on with this name (user@realm, DOMAIN\user or a DN) and a password
    ///
    /// Without it your Kerberos ticket is used (kinit), in a build with
    /// Kerberos. The password is asked for, or taken from --password-file or the
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

/// [`Connect`], and keys to log on with.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Directory")]
pub(super) struct Login {
    #[command(flatten)]
    connect: Connect,

    /// Log on with the keys in this keytab instead of a ticket
    ///
    /// The first principal in it is used. KRB5_CLIENT_KTNAME does the same.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "bind_user",
        hide_short_help = true
    )]
    keytab: Option<PathBuf>,
}

impl Login {
    /// Connects and logs on.
    pub(super) async fn session(&self) -> Result<Session> {
        if let Some(keytab) = &self.keytab {
            client_keytab(keytab)?;
        }
        self.connect.session().await
    }

    /// The base of searches.
    pub(super) fn base<'a>(&'a self, session: &'a Session) -> &'a str {
        self.connect.base(session)
    }
}

/// Sees to it that the Kerberos library uses this keytab.
///
/// It reads the name from the environment, which a running process cannot
/// change safely; so this process is replaced by itself with the variables
/// set. Nothing has been sent or printed before.
#[cfg(feature = "kerberos")]
fn client_keytab(keytab: &std::path::Path) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    const KEYTAB: &str = "KRB5_CLIENT_KTNAME";
    const CACHE: &str = "KRB5CCNAME";
    let unusable = |error: std::io::Error| {
        Error::new(Kind::Input, keytab.display().to_string(), "cannot be read")
            .because(error)
            .hint("--keytab names a keytab with the keys of whoever logs on")
    };
    let keytab_path = std::fs::canonicalize(keytab).map_err(unusable)?;
    std::fs::File::open(&keytab_path).map_err(unusable)?;
    if std::env::var_os(KEYTAB).as_deref() == Some(keytab_path.as_os_str()) {
        return Ok(());
    }
    let program = std::env::current_exe().map_err(unusable)?;
    let error = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(KEYTAB, &keytab_path)
        .env(CACHE, "MEMORY:ad-pac")
        .exec();
    Err(Error::new(
        Kind::System,
        "ad-pac",
        "cannot be started again with the keytab",
    )
    .because(error)
    .hint("set KRB5_CLIENT_KTNAME and KRB5CCNAME=MEMORY: yourself"))
}

#[cfg(not(feature = "kerberos"))]
fn client_keytab(_: &std::path::Path) -> Result<()> {
    Err(
        Error::new(Kind::Usage, "--keytab", "this build has no Kerberos")
            .hint("use --bind-user with a password")
            .hint("a build with the cargo feature `kerberos` takes keytabs and tickets"),
    )
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
        let server = self.server.as_deref().map(Server::parse).transpose()?;
        let limit = Duration::from_secs(self.timeout);
        match &self.bind_user {
            Some(user) => {
                let password = credentials::password(user, self.password_file.as_deref())?;
                let domain = user.split_once('@').map(|(_, realm)| realm.to_owned());
                let server = self.find(server, domain, limit).await?;
                let endpoint = self.protected(&server);
                Session::simple(&endpoint, tls, user, &password, limit).await
            }
            None => self.with_ticket(server, tls, limit).await,
        }
    }

    #[cfg(feature = "kerberos")]
    async fn with_ticket(
        &self,
        server: Option<Server>,
        tls: Arc<ClientConfig>,
        limit: Duration,
    ) -> Result<Session> {
        let principal = crate::session::kerberos::principal()?;
        let realm = principal
            .rsplit_once('@')
            .map(|(_, realm)| realm.to_lowercase());
        let server = self.find(server, realm, limit).await?;
        let mut ways = vec![self.protected(&server)];
        if !self.ldaps
            && !self.starttls
            && !server.port.is_some_and(|port| LDAPS_PORTS.contains(&port))
        {
            ways.push(Endpoint {
                host: server.host.clone(),
                port: server.port.unwrap_or(LDAP_PORT),
                protection: Protection::Sealed,
            });
        }
        Session::kerberos(&ways, &tls, limit).await
    }

    #[cfg(not(feature = "kerberos"))]
    #[expect(clippy::unused_async, reason = "the same signature as with Kerberos")]
    async fn with_ticket(
        &self,
        _: Option<Server>,
        _: Arc<ClientConfig>,
        _: Duration,
    ) -> Result<Session> {
        Err(Error::new(Kind::Usage, "--bind-user", "nobody to log on as")
            .hint("use --bind-user with a password")
            .hint("this build has no Kerberos; one with the cargo feature `kerberos` uses your ticket"))
    }

    /// The base of searches.
    pub(super) fn base<'a>(&'a self, session: &'a Session) -> &'a str {
        self.base
            .as_deref()
            .unwrap_or(&session.root().default_naming_context)
    }

    /// The server that was named, or the nearest one of the domain.
    async fn find(
        &self,
        named: Option<Server>,
        domain: Option<String>,
        limit: Duration,
    ) -> Result<Server> {
        if let Some(server) = named {
            return Ok(server);
        }
        let domain = self
            .domain
            .clone()
            .or(domain.filter(|domain| domain.contains('.')))
            .or_else(discover::own_domain)
            .ok_or_else(|| {
                Error::new(
                    Kind::Usage,
                    "--server",
                    "no domain controller and no domain is known",
                )
                .hint("name a domain controller with --server, or the domain with --domain")
            })?;
        let candidates = discover::controllers(&domain, limit).await?;
        let port = if self.starttls {
            LDAP_PORT
        } else {
            LDAPS_PORTS[0]
        };
        let host = match discover::nearest(&candidates, port, limit).await {
            Ok(host) => host,
            // One without TLS may still take a sealed connection.
            Err(_) if port != LDAP_PORT && !self.ldaps => {
                discover::nearest(&candidates, LDAP_PORT, limit).await?
            }
            Err(error) => return Err(error),
        };
        Ok(Server { host, port: None })
    }

    /// Where the connection with TLS goes.
    fn protected(&self, server: &Server) -> Endpoint {
        let protection = if self.starttls {
            Protection::StartTls
        } else if self.ldaps || server.port.is_none_or(|port| LDAPS_PORTS.contains(&port)) {
            Protection::Ldaps
        } else {
            Protection::StartTls
        };
        let default = match protection {
            Protection::Ldaps => LDAPS_PORTS[0],
            Protection::StartTls | Protection::Sealed => LDAP_PORT,
        };
        Endpoint {
            host: server.host.clone(),
            port: server.port.unwrap_or(default),
            protection,
        }
    }
}

/// `--server`
#[derive(Debug, Clone)]
struct Server {
    host: String,
    port: Option<u16>,
}

impl Server {
    fn parse(text: &str) -> Result<Self> {
        let (host, port) = split(text).ok_or_else(|| {
            Error::new(
                Kind::Usage,
                format!("--server {text}"),
                "not HOST or HOST:PORT",
            )
            .hint("write it like dc1.example.com or dc1.example.com:636")
        })?;
        Ok(Server {
            host: host.to_owned(),
            port,
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
