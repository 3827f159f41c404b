//! Which accounts a command is about: named one by one, in a file, or found
//! by service or filter.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use futures_util::stream::{self, StreamExt as _};

use crate::account::Account;
use crate::error::{Error, Kind, Result};
use crate::ldap::entry::ACCOUNT_ATTRIBUTES;
use crate::ldap::filter::Filter;
use crate::session::{Session, WINDOW};

use super::resolve::Host;

/// The largest list of hosts that is read.
const LARGEST_LIST: u64 = 64 * 1024 * 1024;

#[derive(Debug, clap::Args)]
#[group(id = "which", required = true, multiple = true)]
pub(super) struct Targets {
    /// A short name, DNS name, NAME$, SPN (nfs/host), DN or SID
    ///
    /// Whatever a mount line, a log or an administrator calls it. An ambiguous
    /// name is refused and never guessed.
    #[arg(value_name = "HOST", group = "which")]
    hosts: Vec<String>,

    /// Every account that has a service of this class, such as nfs
    ///
    /// Changes all NFS servers at once, after a question, and none is
    /// forgotten.
    #[arg(long, value_name = "CLASS", group = "which")]
    spn: Vec<String>,

    /// Every account that matches this LDAP filter
    ///
    /// For what no service class tells: one site, one operating system, one
    /// prefix of names.
    #[arg(long, value_name = "LDAP", group = "which")]
    filter: Option<String>,

    /// The hosts in this file, one a line (- is standard input)
    ///
    /// For a list from an inventory or another program. Each host is looked up
    /// before the first is changed.
    #[arg(short, long, value_name = "FILE", group = "which")]
    file: Option<PathBuf>,
}

/// The targets, understood before anything is asked.
#[derive(Debug)]
pub(super) struct Wanted {
    hosts: Vec<Host>,
    filter: Option<Filter>,
}

/// An account, or why a host has none.
#[derive(Debug)]
pub(super) struct Target {
    /// As the user named it, or its DNS name.
    pub(super) host: String,
    /// Whether the user named it, and not a filter found it.
    pub(super) named: bool,
    pub(super) account: Result<Account>,
}

impl Targets {
    /// Checks everything that can be wrong without a server.
    pub(super) fn understand(&self) -> Result<Wanted> {
        let mut hosts = self
            .hosts
            .iter()
            .map(|host| Host::parse(host))
            .collect::<Result<Vec<_>>>()?;
        if let Some(path) = &self.file {
            hosts.extend(from_file(path)?);
        }
        let mut filters = Vec::new();
        for class in &self.spn {
            filters.push(service(class)?);
        }
        if let Some(text) = &self.filter {
            filters.push(Filter::parse(text).map_err(|error| {
                Error::new(
                    Kind::Input,
                    format!("--filter {}", text.escape_debug()),
                    "malformed filter",
                )
                .because(error)
                .hint("write it like (&(objectClass=computer)(cn=NFS*)) (RFC 4515)")
            })?);
        }
        let user = Filter::equals("objectClass", "user");
        let filter = (!filters.is_empty()).then(|| Filter::and([user, Filter::or(filters)]));
        Ok(Wanted { hosts, filter })
    }
}

/// Accounts with a service of this class.
pub(super) fn service(class: &str) -> Result<Filter> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if class.is_empty() || !class.chars().all(plain) {
        return Err(Error::new(
            Kind::Input,
            format!("--spn {}", class.escape_debug()),
            "not a service class",
        )
        .hint("a service class is the part of an SPN before the slash, such as nfs"));
    }
    Ok(Filter::starts_with(
        "servicePrincipalName",
        &format!("{class}/"),
    ))
}

impl Wanted {
    /// Finds the accounts, each once, in the order they were named.
    pub(super) async fn find(&self, session: &Session, base: &str) -> Result<Vec<Target>> {
        let mut seen = HashSet::new();
        let mut targets = Vec::new();
        let mut lookups = stream::iter(&self.hosts)
            .map(|host| async move { (host, host.find(session, base, ACCOUNT_ATTRIBUTES).await) })
            .buffered(WINDOW);
        while let Some((host, account)) = lookups.next().await {
            if account
                .as_ref()
                .is_ok_and(|account| !seen.insert(account.guid))
            {
                continue;
            }
            targets.push(Target {
                host: host.text.clone(),
                named: true,
                account,
            });
        }
        let Some(filter) = &self.filter else {
            return Ok(targets);
        };
        let mut pages = session.stream(base, filter.as_str(), ACCOUNT_ATTRIBUTES);
        while let Some(page) = pages.next().await {
            for entry in page?.entries {
                let account = entry.account().map_err(|error| {
                    Error::new(
                        Kind::Peer,
                        &entry.dn,
                        "the object cannot be used as an account",
                    )
                    .because(error)
                    .hint("the account that asks may lack the right to read it")
                });
                if account
                    .as_ref()
                    .is_ok_and(|account| !seen.insert(account.guid))
                {
                    continue;
                }
                let host = account.as_ref().map_or(entry.dn.clone(), label);
                targets.push(Target {
                    host,
                    named: false,
                    account,
                });
            }
        }
        Ok(targets)
    }
}

/// What to call an account that nobody named.
pub(super) fn label(account: &Account) -> String {
    account
        .dns_host_name
        .clone()
        .unwrap_or_else(|| account.sam_account_name.clone())
}

/// One host a line; empty lines and what follows `#` at the start of a line
/// are left out.
fn from_file(path: &Path) -> Result<Vec<Host>> {
    let subject = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        Error::new(Kind::Input, subject.clone(), "cannot be read")
            .because(error)
            .hint("-f names a UTF-8 text file with one host a line")
    };
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin()
            .take(LARGEST_LIST)
            .read_to_string(&mut text)
            .map_err(unreadable)?;
    } else {
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(LARGEST_LIST)
            .read_to_string(&mut text)
            .map_err(unreadable)?;
    }
    let mut hosts = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        hosts.push(Host::parse(line).map_err(|error| {
            Error::new(
                Kind::Input,
                format!("{subject}:{}:1", index + 1),
                error.to_string(),
            )
            .hint("a host is a short name, a DNS name, NAME$, an SPN (nfs/host), a DN or a SID")
        })?);
    }
    if hosts.is_empty() {
        return Err(Error::new(Kind::Input, subject, "holds no host").hint("one host a line"));
    }
    Ok(hosts)
}
