//! The connection to a directory, and the only socket of this tool: opening
//! it, protecting it, logging on, asking, changing. It never judges.
//!
//! `ldap3` does the protocol. Its habits are dealt with here: it trusts the
//! peer with its memory and its stack (a guard checks every message before),
//! it panics on some malformed answers (caught, and turned into an error of
//! the peer), it waits for ever (every operation has a deadline), and it hides
//! the cause when the connection breaks (kept aside and added to the error).

pub mod clock;
pub mod discover;
mod failure;
#[cfg(feature = "kerberos")]
mod gssapi;
#[cfg(feature = "kerberos")]
pub mod kerberos;
mod library;
mod root;
pub mod tls;
#[cfg_attr(
    not(feature = "kerberos"),
    expect(
        dead_code,
        unused_imports,
        reason = "SASL and sealing are built and tested without Kerberos too"
    )
)]
mod transport;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use ldap3::controls::{MakeCritical as _, PagedResults};
use ldap3::{Ldap, LdapError, Mod, Scope};
use rustls::ClientConfig;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::account::Step;
use crate::credentials::Password;
use crate::error::{Error, Kind, Result};
use crate::ldap::entry::USER_ACCOUNT_CONTROL;
use crate::ldap::lookup::Question;
use crate::ldap::{Entry, ResultCode, referral};

pub use root::RootDse;
use transport::Transport;

/// The port of LDAP over TLS, and of the global catalogue over TLS.
pub const LDAPS_PORTS: [u16; 2] = [636, 3269];
/// The ports of the global catalogue.
pub const GLOBAL_CATALOGUE_PORTS: [u16; 2] = [3268, 3269];
/// The port of LDAP, and of StartTLS.
pub const LDAP_PORT: u16 = 389;

/// Entries in a page: as many as Active Directory gives at most (MaxPageSize).
const PAGE: i32 = 1000;
/// How many operations may be under way at once.
pub const WINDOW: usize = 32;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte.
    Ldaps,
    /// TLS after a StartTLS request (RFC 4511 section 4.14).
    StartTls,
    /// Sealed by Kerberos (RFC 4752), without TLS.
    Sealed,
}

impl Protection {
    /// The words for it.
    pub fn name(self) -> &'static str {
        match self {
            Protection::Ldaps => "over TLS",
            Protection::StartTls => "over TLS (StartTLS)",
            Protection::Sealed => "sealed by Kerberos",
        }
    }
}

/// Where and how to connect.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The name the certificate must be for.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How the connection is protected.
    pub protection: Protection,
}

impl Endpoint {
    /// `dc1.example.test:636`
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// An open, authenticated connection. All operations may run at once.
#[derive(Debug, Clone)]
pub struct Session {
    ldap: Ldap,
    server: String,
    who: String,
    limit: Duration,
    broken: Arc<OnceLock<String>>,
    root: RootDse,
}

/// What a search found.
#[derive(Debug, Default)]
pub struct Found {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Other servers that were named as knowing more.
    pub referrals: Vec<String>,
}

impl Session {
    /// Connects, protects the connection, logs on with a name and a password,
    /// and reads what the server says about itself.
    ///
    /// # Errors
    /// Names the server and what can be done.
    pub async fn simple(
        endpoint: &Endpoint,
        tls: Arc<ClientConfig>,
        user: &str,
        password: &Password,
        limit: Duration,
    ) -> Result<Self> {
        if endpoint.protection == Protection::Sealed {
            return Err(Error::new(
                Kind::Usage,
                &endpoint.host,
                "a password travels over TLS only",
            )
            .hint("use --ldaps or --starttls"));
        }
        let mut session = Session::connect(endpoint, tls, limit).await?;
        let bound = session
            .call(async |ldap: &mut Ldap| ldap.simple_bind(user, password.reveal()).await)
            .await?;
        session.check_bind(&bound, user)?;
        user.clone_into(&mut session.who);
        session.read_root().await?;
        Ok(session)
    }

    async fn connect(endpoint: &Endpoint, tls: Arc<ClientConfig>, limit: Duration) -> Result<Self> {
        let transport = timeout(limit, Transport::open(endpoint, tls))
            .await
            .map_err(|_| failure::too_slow(&endpoint.address(), limit))??;
        Session::over(transport, endpoint, limit).await
    }

    /// A session on a connection that is open.
    async fn over(transport: Transport, endpoint: &Endpoint, limit: Duration) -> Result<Self> {
        library::keep_panics_quiet();
        let broken = Arc::new(OnceLock::new());
        let ldap = transport.into_ldap(Arc::clone(&broken)).await?;
        let server = endpoint.address();
        tracing::debug!(%server, protection = ?endpoint.protection, "connected");
        Ok(Session {
            ldap,
            server,
            who: String::new(),
            limit,
            broken,
            root: RootDse::default(),
        })
    }

    fn check_bind(&self, answer: &ldap3::LdapResult, user: &str) -> Result<()> {
        let code = ResultCode(answer.rc);
        if code == ResultCode::SUCCESS {
            tracing::debug!(%user, "logged on");
            return Ok(());
        }
        Err(self
            .refused(&self.server, "the logon was refused", code, &answer.text)
            .hint(format!("logged on as {user}")))
    }

    async fn read_root(&mut self) -> Result<()> {
        let found = self
            .search_at("", Scope::Base, "(objectClass=*)", RootDse::ATTRIBUTES)
            .await?;
        let entry = found.entries.first();
        self.root = entry.and_then(RootDse::read).ok_or_else(|| {
            Error::new(Kind::Peer, &self.server, "this is not an Active Directory")
                .hint("name a domain controller with --server")
        })?;
        Ok(())
    }

    /// `dc1.example.test:636`
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Who is logged on, as they were named.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// What the server says about itself.
    pub fn root(&self) -> &RootDse {
        &self.root
    }

    /// Asks a question below `base`.
    ///
    /// # Errors
    /// When the server does not answer it; an object that is not there is an
    /// empty answer.
    pub async fn ask(&self, question: &Question, base: &str, attributes: &[&str]) -> Result<Found> {
        match question {
            Question::Object(dn) => {
                self.search_at(dn, Scope::Base, "(objectClass=*)", attributes)
                    .await
            }
            Question::Search(filter) => self.pages(base, filter.as_str(), attributes).await,
        }
    }

    /// Reads one object, which must be there.
    ///
    /// # Errors
    /// When it is not there or the server does not answer.
    pub async fn read(&self, dn: &str, attributes: &[&str]) -> Result<Entry> {
        let found = self
            .search_at(dn, Scope::Base, "(objectClass=*)", attributes)
            .await?;
        found.entries.into_iter().next().ok_or_else(|| {
            Error::new(
                Kind::Peer,
                dn,
                format!("it is not on {} any more", self.server),
            )
            .hint("it was there a moment ago: somebody removed or moved it")
        })
    }

    /// Whether a change can still be sent.
    ///
    /// # Errors
    /// With the reason why the connection ended.
    pub fn usable(&self) -> Result<()> {
        match self.broken.get() {
            None => Ok(()),
            Some(cause) => Err(failure::of_broken(&self.server, cause.clone())),
        }
    }

    /// Deletes the exact old value and adds the new one, in one request: the
    /// server does both or, when the old value is not there, neither.
    ///
    /// # Errors
    /// When the request could not be made or was not answered; what the server
    /// answered is a value.
    pub async fn compare_and_swap(&self, dn: &str, step: Step) -> Result<(ResultCode, String)> {
        let value = |flags: crate::account::UserAccountControl| HashSet::from([flags.to_ldap()]);
        let attribute = USER_ACCOUNT_CONTROL.to_owned();
        let mods = vec![
            Mod::Delete(attribute.clone(), value(step.old)),
            Mod::Add(attribute, value(step.new)),
        ];
        let answer = self
            .call(async |ldap: &mut Ldap| ldap.modify(dn, mods).await)
            .await?;
        tracing::debug!(%dn, old = step.old.bits(), new = step.new.bits(), code = answer.rc, "modify");
        Ok((ResultCode(answer.rc), answer.text))
    }

    /// Where a read-only server sends those who want to write, as URLs. It is
    /// asked by a change that no server can make: it deletes a value that
    /// `userAccountControl` never has, from an object that never has any.
    pub async fn writable_server(&self) -> Vec<String> {
        let value = HashSet::from(["0".to_owned()]);
        let nothing = vec![Mod::Delete(USER_ACCOUNT_CONTROL.to_owned(), value)];
        let base = &self.root.default_naming_context;
        let answer = self
            .call(async |ldap: &mut Ldap| ldap.modify(base, nothing).await)
            .await;
        answer.map(|answer| answer.refs).unwrap_or_default()
    }

    /// Searches below `base`, page by page, so that a directory of any size
    /// fits into constant memory.
    pub fn stream(
        &self,
        base: &str,
        filter: &str,
        attributes: &[&str],
    ) -> BoxStream<'static, Result<Found>> {
        let session = self.clone();
        let (base, filter) = (base.to_owned(), filter.to_owned());
        let attributes: Vec<String> = attributes.iter().map(|name| (*name).to_owned()).collect();
        // The server works on the next page while this one is looked at.
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut cookie = Vec::new();
            loop {
                let page = session
                    .page(&base, &filter, &attributes, cookie, PAGE)
                    .await;
                let (page, next) = match page {
                    Ok((page, next)) => (Ok(page), next),
                    Err(error) => (Err(error), Vec::new()),
                };
                if sender.send(page).await.is_err() || next.is_empty() {
                    return;
                }
                cookie = next;
            }
        });
        stream::unfold(receiver, async |mut receiver| {
            let page = receiver.recv().await?;
            Some((page, receiver))
        })
        .boxed()
    }

    async fn pages(&self, base: &str, filter: &str, attributes: &[&str]) -> Result<Found> {
        let mut found = Found::default();
        let mut pages = self.stream(base, filter, attributes);
        while let Some(page) = pages.next().await {
            let page = page?;
            found.entries.extend(page.entries);
            found.referrals.extend(page.referrals);
        }
        Ok(found)
    }

    async fn search_at(
        &self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Found> {
        let answer = self
            .call(async |ldap: &mut Ldap| {
                ldap.search(base, scope, filter, attributes.to_vec()).await
            })
            .await?;
        if ResultCode(answer.1.rc) == ResultCode::NO_SUCH_OBJECT {
            return Ok(Found::default());
        }
        self.found(base, answer).map(|(found, _)| found)
    }

    async fn page(
        &self,
        base: &str,
        filter: &str,
        attributes: &[String],
        cookie: Vec<u8>,
        size: i32,
    ) -> Result<(Found, Vec<u8>)> {
        let control = PagedResults { size, cookie }.critical();
        let answer = self
            .call(async |ldap: &mut Ldap| {
                ldap.with_controls(control)
                    .search(base, Scope::Subtree, filter, attributes.to_vec())
                    .await
            })
            .await?;
        self.found(base, answer)
    }

    fn found(&self, base: &str, answer: ldap3::SearchResult) -> Result<(Found, Vec<u8>)> {
        let ldap3::SearchResult(entries, result) = answer;
        let code = ResultCode(result.rc);
        tracing::debug!(%base, entries = entries.len(), code = result.rc, "search");
        if code == ResultCode::NO_SUCH_OBJECT {
            // An empty answer would say that all is well below it.
            return Err(Error::new(
                Kind::Input,
                base,
                format!("there is no such place on {}", self.server),
            )
            .hint("--base names a container or an organizational unit of the directory"));
        }
        if code == ResultCode::REFERRAL {
            return Err(self.elsewhere(base, &result.refs));
        }
        if code != ResultCode::SUCCESS {
            return Err(self.refused(&self.server, "the search was refused", code, &result.text));
        }
        let cookie = library::page_cookie(&result).map_err(|()| self.nonsense())?;
        let entries = entries
            .into_iter()
            .map(|entry| library::entry(entry).ok_or_else(|| self.nonsense()))
            .collect::<Result<Vec<_>>>()?;
        Ok((
            Found {
                entries,
                referrals: result.refs,
            },
            cookie,
        ))
    }

    /// The name lies in a part of the directory that this server does not hold.
    fn elsewhere(&self, base: &str, referrals: &[String]) -> Error {
        let holders: Vec<&str> = referrals
            .iter()
            .filter_map(|url| referral::server(url))
            .collect();
        let error = Error::new(
            Kind::Input,
            base,
            format!("{} does not hold this part of the directory", self.server),
        );
        match holders.as_slice() {
            [] => error,
            holders => error.hint(format!("it says that {} does", holders.join(", "))),
        }
        .hint("--domain or --server names the domain that the object is in")
    }

    fn nonsense(&self) -> Error {
        Error::new(Kind::Peer, &self.server, "an answer is not LDAP")
            .hint("is this a domain controller?")
    }

    /// An answer that is a refusal, with what the server said.
    pub fn refused(&self, subject: &str, what: &str, code: ResultCode, diagnostic: &str) -> Error {
        tracing::debug!(server = %self.server, %subject, code = code.0, "refused");
        failure::refused(subject, what, code, diagnostic)
    }

    /// One operation with the deadline. A connection on which one was missed is
    /// given up, so that many operations do not wait for it one after another.
    async fn call<T>(
        &self,
        operation: impl AsyncFnOnce(&mut Ldap) -> Result<T, LdapError>,
    ) -> Result<T> {
        self.usable()?;
        let mut ldap = self.ldap.clone();
        match timeout(self.limit, library::caught(operation(&mut ldap))).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(fault)) => {
                let cause = self.broken.get().cloned();
                let cause = cause.unwrap_or_else(|| failure::text(&fault));
                Err(failure::of_broken(&self.server, cause))
            }
            Err(_) => {
                let error = failure::too_slow(&self.server, self.limit);
                let _ = self.broken.set(error.message());
                Err(error)
            }
        }
    }
}
