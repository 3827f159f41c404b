//! The options that say where the directory is and who asks.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use crate::credentials::{self, Password};
use crate::error::{Error, Kind, Result};
use crate::session::{
    Endpoint, GLOBAL_CATALOGUE_PORTS, LDAP_PORT, LDAPS_PORTS, Protection, Session, tls,
};

use super::server::Server;
use crate::session::{clock, discover};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Directory")]
pub(super) struct Connect {
    /// The domain controller to ask; it is also the one that is changed
    ///
    /// For a certain one: near the NFS server, so that the change is there
    /// first, or the only one a firewall lets through.
    #[arg(long, value_name = "HOST[:PORT]")]
    server: Option<String>,

    /// Find the domain controllers of this domain in DNS
    ///
    /// Without it and without --server, the domain is the realm of the ticket
    /// or of --bind-user, else the search domain of this machine.
    #[arg(long, value_name = "NAME", conflicts_with = "server")]
    domain: Option<String>,

    /// Search below this name instead of in the whole domain
    ///
    /// Where the same name exists twice, or your rights end at one
    /// organizational unit.
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
    ///
    /// For cron and CI, where nobody answers a prompt. Nobody else should be
    /// able to read it.
    #[arg(long, value_name = "FILE", requires = "bind_user")]
    password_file: Option<PathBuf>,

    /// Use LDAP over TLS, port 636 unless --server names one
    ///
    /// Insists on it: without it a connection with a ticket may be sealed by
    /// Kerberos instead.
    #[arg(long, conflicts_with = "starttls")]
    ldaps: bool,

    /// Use LDAP with StartTLS, port 389 unless --server names one
    ///
    /// Insists on TLS where a firewall lets port 389 through and not 636.
    #[arg(long)]
    starttls: bool,

    /// Trust the CAs in this PEM file instead of those of the system
    ///
    /// For the CA of the domain, which machines outside of it do not have.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Give up on an answer after this many seconds
    ///
    /// Raise it for slow links; lower it where a monitor waits less.
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
        self.use_keytab()?;
        self.connect.session().await
    }

    /// Connects and logs on where changes can be made: a read-only domain
    /// controller is left for a writable one.
    pub(super) async fn writable_session(&self) -> Result<Session> {
        self.use_keytab()?;
        self.connect.writable_session().await
    }

    fn use_keytab(&self) -> Result<()> {
        self.keytab.as_deref().map_or(Ok(()), client_keytab)
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

/// What is needed to open a connection, and another one.
struct Access {
    tls: Arc<ClientConfig>,
    password: Option<Password>,
    limit: Duration,
}

impl Connect {
    /// Connects and logs on.
    pub(super) async fn session(&self) -> Result<Session> {
        let access = self.access()?;
        self.open(&access, self.named()?).await
    }

    async fn writable_session(&self) -> Result<Session> {
        let access = self.access()?;
        let named = self.named()?;
        if let Some(port) = named.as_ref().and_then(|server| server.port)
            && GLOBAL_CATALOGUE_PORTS.contains(&port)
        {
            return Err(Error::new(
                Kind::Usage,
                format!("--server {}", self.server.as_deref().unwrap_or_default()),
                "the global catalogue is a copy that nobody writes to",
            )
            .hint("leave the port out: 636 and 389 are those of the directory itself"));
        }
        let session = self.open(&access, named).await?;
        if !session.is_read_only().await? {
            return Ok(session);
        }
        let mut reasons = Vec::new();
        let named = session.writable_server().await;
        let named = named.iter().filter_map(|url| Server::of_url(url)).collect();
        if let Some(other) = self.first_writable(&access, named, &mut reasons).await {
            return Ok(other);
        }
        // Read-only ones are not in these records (MS-ADTS 6.3.2).
        let domain = session.root().domain();
        let known = discover::controllers(&domain, access.limit).await;
        let known = known.unwrap_or_default();
        let known = known.into_iter().map(Server::of_host).collect();
        if let Some(other) = self.first_writable(&access, known, &mut reasons).await {
            return Ok(other);
        }
        let error = Error::new(
            Kind::Peer,
            session.server(),
            "this is a read-only domain controller, and no writable one was found",
        );
        Err(reasons
            .into_iter()
            .fold(error, Error::hint)
            .hint("--server names a writable domain controller"))
    }

    /// The first of these servers that can be written to; why others are not
    /// goes to `reasons`.
    async fn first_writable(
        &self,
        access: &Access,
        servers: Vec<Server>,
        reasons: &mut Vec<String>,
    ) -> Option<Session> {
        for server in servers {
            let name = server.host.clone();
            let opened = async {
                let session = self.open(access, Some(server)).await?;
                let read_only = session.is_read_only().await?;
                Ok::<_, Error>((session, read_only))
            };
            match opened.await {
                Ok((session, false)) => {
                    tracing::info!(server = session.server(), "changing at another server");
                    return Some(session);
                }
                Ok(_) => reasons.push(format!("{name} is read-only too")),
                Err(error) => reasons.push(format!("tried {name}: {error}")),
            }
        }
        None
    }

    /// The options as they were given, for another run of this program.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        let mut option = |name: &str, value: &OsStr| {
            arguments.extend([OsString::from(name), value.to_owned()]);
        };
        let texts = [
            ("--server", &self.server),
            ("--domain", &self.domain),
            ("--base", &self.base),
            ("--bind-user", &self.bind_user),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                option(name, value.as_ref());
            }
        }
        let files = [
            ("--password-file", &self.password_file),
            ("--ca-file", &self.ca_file),
        ];
        for (name, value) in files {
            if let Some(value) = value {
                option(name, value.as_ref());
            }
        }
        option("--timeout", self.timeout.to_string().as_ref());
        for (name, given) in [("--ldaps", self.ldaps), ("--starttls", self.starttls)] {
            if given {
                arguments.push(name.into());
            }
        }
        arguments
    }

    /// Checks everything that can be wrong before anything is sent, and asks
    /// for the password once.
    fn access(&self) -> Result<Access> {
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
        self.named()?;
        let password = match &self.bind_user {
            Some(user) => Some(credentials::password(user, self.password_file.as_deref())?),
            None => None,
        };
        Ok(Access {
            tls,
            password,
            limit: Duration::from_secs(self.timeout),
        })
    }

    /// How many seconds this machine's clock is ahead of the domain's.
    pub(super) async fn clock_ahead(&self) -> Option<i64> {
        let limit = Duration::from_secs(self.timeout);
        let server = self.find(self.named().ok()?, None, limit).await.ok()?;
        clock::ahead_of(server.host, limit).await
    }

    fn named(&self) -> Result<Option<Server>> {
        self.server.as_deref().map(Server::parse).transpose()
    }

    async fn open(&self, access: &Access, server: Option<Server>) -> Result<Session> {
        let Some((user, password)) = self.bind_user.as_ref().zip(access.password.as_ref()) else {
            return self
                .with_ticket(server, Arc::clone(&access.tls), access.limit)
                .await;
        };
        let domain = user.split_once('@').map(|(_, realm)| realm.to_owned());
        let server = self.find(server, domain, access.limit).await?;
        let endpoint = self.protected(&server);
        Session::simple(
            &endpoint,
            Arc::clone(&access.tls),
            user,
            password,
            access.limit,
        )
        .await
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
