//! A real Active Directory: a Samba domain controller in a network namespace
//! of its own, with its own certification authority, DNS and Kerberos realm.
//!
//! The domain is made once and kept in the target folder; an instance is a
//! copy of it, so that tests start in seconds, run side by side, and begin
//! with the same objects. Dropping an instance ends it and removes its
//! namespace and files; what a killed process leaves behind is removed by the
//! next.

mod certificates;
pub mod domain;
mod namespace;
pub mod objects;
mod provision;
mod read_only;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::process::Background;
use crate::wait;

pub use certificates::Certificate;
use namespace::Namespace;
pub use read_only::{READ_ONLY_HOST, ReadOnly};

/// The Kerberos realm.
pub const REALM: &str = "LAB.EXAMPLE.TEST";
/// The DNS domain.
pub const DNS_DOMAIN: &str = "lab.example.test";
/// The NetBIOS domain.
pub const DOMAIN: &str = "LAB";
/// The naming context.
pub const BASE: &str = "DC=lab,DC=example,DC=test";
/// The domain controller.
pub const HOST: &str = "dc1.lab.example.test";
/// Its address, the same in every namespace.
pub const ADDRESS: &str = "10.98.0.1";
/// The password of Administrator.
pub const ADMINISTRATOR_PASSWORD: &str = "Adm1n-Passw0rd!";
/// The password of everybody else.
pub const PASSWORD: &str = "Us3r-Passw0rd!";

const START_LIMIT: Duration = Duration::from_secs(60);

/// "ldap server require strong auth" of smb.conf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrongAuth {
    /// Samba's default: GSSAPI inside TLS is refused, and so is anything
    /// without signing.
    Yes,
    /// GSSAPI inside TLS is accepted: closest to a Windows domain controller.
    AllowSaslOverTls,
    /// Anything goes.
    No,
}

impl StrongAuth {
    fn value(self) -> &'static str {
        match self {
            StrongAuth::Yes => "yes",
            StrongAuth::AllowSaslOverTls => "allow_sasl_over_tls",
            StrongAuth::No => "no",
        }
    }
}

/// How the domain controller is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// What it demands of binds.
    pub strong_auth: StrongAuth,
    /// What it shows to TLS clients.
    pub certificate: Certificate,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            strong_auth: StrongAuth::AllowSaslOverTls,
            certificate: Certificate::Good,
        }
    }
}

/// Exported keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keytab {
    /// The first NFS server: `nfs/nfs01…` and `NFS01$`.
    Nfs01,
    /// The NFS service that runs as a user account.
    SvcNfs,
    /// Administrator.
    Administrator,
    /// The delegated administrator.
    UacAdmin,
}

impl Keytab {
    const ALL: [Keytab; 4] = [
        Keytab::Nfs01,
        Keytab::SvcNfs,
        Keytab::Administrator,
        Keytab::UacAdmin,
    ];

    fn file(self) -> &'static str {
        match self {
            Keytab::Nfs01 => "nfs01.keytab",
            Keytab::SvcNfs => "svc-nfs.keytab",
            Keytab::Administrator => "administrator.keytab",
            Keytab::UacAdmin => "uacadmin.keytab",
        }
    }

    fn principals(self) -> Vec<String> {
        match self {
            Keytab::Nfs01 => vec![format!("nfs/nfs01.{DNS_DOMAIN}"), "NFS01$".to_owned()],
            Keytab::SvcNfs => vec![format!("nfs/nfs-cluster.{DNS_DOMAIN}")],
            Keytab::Administrator => vec!["Administrator".to_owned()],
            Keytab::UacAdmin => vec!["uacadmin".to_owned()],
        }
    }
}

/// A running domain controller.
#[derive(Debug)]
pub struct Samba {
    // Fields are dropped in this order: first the daemon, then its namespace.
    daemon: Option<Background>,
    namespace: Namespace,
    kept: PathBuf,
    settings: Settings,
}

impl Samba {
    /// Starts a domain controller with pristine objects.
    ///
    /// # Errors
    /// When a package is missing, the process is not root, or Samba fails.
    pub fn start(settings: Settings) -> Result<Self> {
        let kept = provision::pristine()?;
        let resolver = format!("search {DNS_DOMAIN}\nnameserver {ADDRESS}\n");
        let namespace = Namespace::create(ADDRESS, &resolver)?;
        certificates::write(&namespace.folder().join("tls"))?;
        provision::restore(&kept, namespace.folder())?;
        let mut samba = Samba {
            daemon: None,
            namespace,
            kept,
            settings,
        };
        fs::write(samba.krb5_conf(), krb5_conf(samba.folder()))?;
        samba.resume()?;
        Ok(samba)
    }

    /// Ends the daemon and leaves the rest: a domain controller that is down.
    ///
    /// # Errors
    /// When it does not end.
    pub fn halt(&mut self) -> Result<()> {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.terminate(Duration::from_secs(10))?;
        }
        Ok(())
    }

    /// Starts the daemon again after [`Samba::halt`].
    ///
    /// # Errors
    /// When it does not come up.
    pub fn resume(&mut self) -> Result<()> {
        ensure!(self.daemon.is_none(), "the domain controller is up already");
        self.configure()?;
        let mut command = self.namespace.command("samba");
        command
            .args(["--foreground", "--no-process-group", "--model=single"])
            .arg(format!(
                "--configfile={}",
                self.folder().join("smb.conf").display()
            ))
            .env("TDB_NO_FSYNC", "1");
        let log = self.folder().join("samba.log");
        let mut daemon = Background::start("samba", command, &log)?;
        self.wait_for_ports(&mut daemon, ADDRESS, &["53", "88", "389", "636"])?;
        self.daemon = Some(daemon);
        Ok(())
    }

    fn wait_for_ports(&self, daemon: &mut Background, address: &str, ports: &[&str]) -> Result<()> {
        let ready = format!(
            "for port in {}; do exec 3<>/dev/tcp/{address}/$port || exit 1; done",
            ports.join(" ")
        );
        daemon.wait_until("its ports to open", START_LIMIT, |_| {
            let output = self.namespace.command("bash").args(["-c", &ready]).output();
            match output {
                Ok(output) if output.status.success() => Ok(()),
                Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
                Err(error) => Err(error.to_string()),
            }
        })
    }

    /// Starts again with the objects as they were first, and these settings.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn reset(&mut self, settings: Settings) -> Result<()> {
        self.halt()?;
        provision::restore(&self.kept, self.namespace.folder())?;
        self.settings = settings;
        self.resume()
    }

    /// Starts again with other settings and the objects as they are.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn reconfigure(&mut self, settings: Settings) -> Result<()> {
        self.halt()?;
        self.settings = settings;
        self.resume()
    }

    /// The folder of this instance, for files of a test as well.
    pub fn folder(&self) -> &Path {
        self.namespace.folder()
    }

    /// The certificate of the lab's authority.
    pub fn ca_file(&self) -> PathBuf {
        self.folder().join("tls/ca.pem")
    }

    /// The client configuration of Kerberos.
    pub fn krb5_conf(&self) -> PathBuf {
        self.folder().join("krb5.conf")
    }

    /// An exported keytab.
    pub fn keytab(&self, keytab: Keytab) -> PathBuf {
        self.folder().join("keytabs").join(keytab.file())
    }

    /// A command that runs as a client of the domain: inside the namespace,
    /// with its Kerberos configuration and no credentials.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.namespace.command(program);
        command
            .env("KRB5_CONFIG", self.krb5_conf())
            .env("KRB5CCNAME", self.folder().join("no-tickets"))
            .env_remove("KRB5_KTNAME")
            .env_remove("KRB5_CLIENT_KTNAME")
            .env("LDAPTLS_CACERT", self.ca_file())
            // No reverse lookup decides which server is authenticated.
            .env("LDAPSASL_NOCANON", "on");
        command
    }

    /// Gets a ticket for a user into a new cache of its own and returns the
    /// cache's path.
    ///
    /// # Errors
    /// When the KDC refuses, with what `kinit` said.
    pub fn kinit(&self, user: &str) -> Result<PathBuf> {
        let caches = self.folder().join("ccaches");
        fs::create_dir_all(&caches)?;
        let count = fs::read_dir(&caches)?.count();
        let cache = caches.join(format!("{user}-{count}"));
        let password = match user {
            "Administrator" => ADMINISTRATOR_PASSWORD,
            _ => PASSWORD,
        };
        let file = self.folder().join(format!("password-{user}"));
        fs::write(&file, format!("{password}\n"))?;
        let output = self
            .command("kinit")
            .arg(user)
            .env("KRB5CCNAME", &cache)
            .stdin(fs::File::open(&file)?)
            .output()
            .context("kinit cannot be started")?;
        ensure!(
            output.status.success(),
            "kinit {user}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(cache)
    }

    /// Applies LDIF to the database itself, as the system, while the daemon
    /// runs: what another administrator might have done.
    ///
    /// # Errors
    /// When the change is refused.
    pub fn change(&self, ldif: &str) -> Result<()> {
        let path = self.folder().join("change.ldif");
        fs::write(&path, ldif)?;
        let output = Command::new("ldbmodify")
            .arg("-H")
            .arg(self.folder().join("private/sam.ldb"))
            .arg(&path)
            .output()
            .context("ldbmodify cannot be started")?;
        ensure!(
            output.status.success(),
            "ldbmodify: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(())
    }

    /// The first value of an attribute, read from the database itself.
    ///
    /// # Errors
    /// When the object or the attribute is not there.
    pub fn stored(&self, filter: &str, attribute: &str) -> Result<String> {
        let output = Command::new("ldbsearch")
            .arg("-H")
            .arg(self.folder().join("private/sam.ldb"))
            .args([filter, attribute])
            .output()
            .context("ldbsearch cannot be started")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines()
            .find_map(|line| line.strip_prefix(attribute)?.strip_prefix(": "))
            .map(str::to_owned)
            .with_context(|| format!("{filter} has no {attribute} in:\n{text}"))
    }

    /// Waits until the directory answers a search, as it does some moments
    /// after its ports open.
    ///
    /// # Errors
    /// When it does not within the time a start may take.
    pub fn wait_until_it_answers(&self) -> Result<()> {
        wait::until("the directory to answer", START_LIMIT, || {
            let output = self
                .command("ldapsearch")
                .args([
                    "-LLL",
                    "-x",
                    "-H",
                    &format!("ldap://{HOST}"),
                    "-s",
                    "base",
                    "-b",
                    "",
                ])
                .arg("defaultNamingContext")
                .output()
                .map_err(|error| error.to_string())?;
            if output.status.success() {
                Ok(())
            } else {
                Err(String::from_utf8_lossy(&output.stderr).into_owned())
            }
        })
    }

    fn configure(&self) -> Result<()> {
        let folder = self.folder();
        for part in ["run/ncalrpc", "log"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let stem = self.settings.certificate.stem();
        let path = |part: &str| folder.join(part).display().to_string();
        let own = [
            ("pid directory", path("run")),
            ("ncalrpc dir", path("run/ncalrpc")),
            ("winbindd socket directory", path("run/winbindd")),
            ("ntp signd socket directory", path("run/ntp_signd")),
            ("log file", path("log/%m.log")),
            // No file server and no replication: nothing here needs them.
            ("server services", "rpc, ldap, cldap, kdc, dns".to_owned()),
            ("disable netbios", "yes".to_owned()),
            (
                "ldap server require strong auth",
                self.settings.strong_auth.value().to_owned(),
            ),
            ("tls enabled", "yes".to_owned()),
            ("tls certfile", path(&format!("tls/{stem}.pem"))),
            ("tls keyfile", path(&format!("tls/{stem}.key"))),
            ("tls cafile", path("tls/ca.pem")),
        ];
        let own: String = own
            .iter()
            .map(|(name, value)| format!("\t{name} = {value}\n"))
            .collect();
        let text = provision::smb_conf(&self.kept, folder)?;
        let text: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("dns forwarder"))
            .map(|line| match line {
                "[global]" => format!("{line}\n{own}"),
                _ => format!("{line}\n"),
            })
            .collect();
        fs::write(folder.join("smb.conf"), text)?;
        Ok(())
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        if std::thread::panicking() {
            print_logs(self.folder());
        }
    }
}

/// The ends of the daemon's logs, for the reader of a failed test.
#[expect(clippy::print_stderr, reason = "a failed test shows its peer's log")]
fn print_logs(folder: &Path) {
    let logs = fs::read_dir(folder.join("log"))
        .into_iter()
        .flatten()
        .flatten();
    for path in logs
        .map(|entry| entry.path())
        .chain([folder.join("samba.log")])
    {
        let text = fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(20)..];
        eprintln!("the end of {}:\n{}", path.display(), last.join("\n"));
    }
}

fn krb5_conf(folder: &Path) -> String {
    format!(
        "[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = true\n \
         dns_lookup_realm = false\n rdns = false\n dns_canonicalize_hostname = false\n \
         default_ccache_name = FILE:{}/default-ccache\n\
         [domain_realm]\n .{DNS_DOMAIN} = {REALM}\n {DNS_DOMAIN} = {REALM}\n",
        folder.display()
    )
}
