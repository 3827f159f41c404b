//! The connection to a directory, and the only socket of this tool: opening
//! it, protecting it, logging on, asking, changing. It never judges.
//!
//! `ldap3` does the protocol. Its habits are dealt with here: it trusts the
//! peer with its memory and its stack (a guard checks every message before),
//! it panics on some malformed answers (caught, and turned into an error of
//! the peer), it waits for ever (every operation has a deadline), and it hides
//! the cause when the connection breaks (kept aside and added to the error).

pub(crate) mod clock;
pub(crate) mod discover;
mod failure;
#[cfg(feature = "kerberos")]
mod gssapi;
#[cfg(feature = "kerberos")]
pub(crate) mod kerberos;
mod library;
mod root;
mod search;
pub(crate) mod tls;
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

use ldap3::{Ldap, LdapError, Mod, Scope};
use rustls::ClientConfig;
use tokio::time::timeout;

use crate::account::Step;
use crate::credentials::Password;
use crate::error::{Error, Kind, Result};
use crate::ldap::ResultCode;
use crate::ldap::entry::USER_ACCOUNT_CONTROL;

pub(crate) use root::RootDse;
use transport::{Shelf, Transport};

/// The port of LDAP over TLS, and of the global catalogue over TLS.
pub(crate) const LDAPS_PORTS: [u16; 2] = [636, 3269];
/// The ports of the global catalogue.
pub(crate) const GLOBAL_CATALOGUE_PORTS: [u16; 2] = [3268, 3269];
/// The port of LDAP, and of StartTLS.
pub(crate) const LDAP_PORT: u16 = 389;

/// Whether a domain controller is read-only.
const IS_RODC: &str = "msDS-isRODC";

/// How many operations may be under way at once.
pub(crate) const WINDOW: usize = 32;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// TLS from the first byte.
    Ldaps,
    /// TLS after a StartTLS request (RFC 4511 section 4.14).
    StartTls,
    /// Sealed by Kerberos (RFC 4752), without TLS.
    Sealed,
}

#[cfg(feature = "kerberos")]
impl Protection {
    /// The words for it, in what is said of a logon with a ticket.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Protection::Ldaps => "over TLS",
            Protection::StartTls => "over TLS (StartTLS)",
            Protection::Sealed => "sealed by Kerberos",
        }
    }
}

/// Where and how to connect.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// The name the certificate must be for.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How the connection is protected.
    pub protection: Protection,
}

impl Endpoint {
    /// `dc1.example.test:636`
    pub(crate) fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// An open, authenticated connection. All operations may run at once.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    ldap: Ldap,
    server: String,
    who: String,
    limit: Duration,
    broken: Arc<OnceLock<String>>,
    shelf: Arc<Shelf>,
    root: RootDse,
}

impl Session {
    /// Connects, protects the connection, logs on with a name and a password,
    /// and reads what the server says about itself.
    ///
    /// # Errors
    /// Names the server and what can be done.
    pub(crate) async fn simple(
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
        let shelf = Arc::new(Shelf::default());
        let ldap = transport
            .into_ldap(Arc::clone(&broken), Arc::clone(&shelf))
            .await?;
        let server = endpoint.address();
        tracing::debug!(%server, protection = ?endpoint.protection, "connected");
        Ok(Session {
            ldap,
            server,
            who: String::new(),
            limit,
            broken,
            shelf,
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
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// Who is logged on, as they were named.
    pub(crate) fn who(&self) -> &str {
        &self.who
    }

    /// What the server says about itself.
    pub(crate) fn root(&self) -> &RootDse {
        &self.root
    }

    /// Whether this is a read-only domain controller. One of Samba does not say
    /// so in its root DSE; the object with its settings does, by an attribute
    /// that every directory computes (MS-ADTS 3.1.1.4.5.33).
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn is_read_only(&self) -> Result<bool> {
        let Some(settings) = &self.root.ds_service_name else {
            return Ok(self.root.read_only);
        };
        if self.root.read_only {
            return Ok(true);
        }
        let found = self
            .search_at(settings, Scope::Base, "(objectClass=*)", &[IS_RODC])
            .await?;
        let told = found.entries.first().and_then(|entry| entry.text(IS_RODC));
        Ok(told.is_some_and(|told| told == "TRUE"))
    }

    /// Whether a change can still be sent.
    ///
    /// # Errors
    /// With the reason why the connection ended.
    pub(crate) fn usable(&self) -> Result<()> {
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
    pub(crate) async fn compare_and_swap(
        &self,
        dn: &str,
        step: Step,
    ) -> Result<(ResultCode, String)> {
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
    pub(crate) async fn writable_server(&self) -> Vec<String> {
        let value = HashSet::from(["0".to_owned()]);
        let nothing = vec![Mod::Delete(USER_ACCOUNT_CONTROL.to_owned(), value)];
        let base = &self.root.default_naming_context;
        let answer = self
            .call(async |ldap: &mut Ldap| ldap.modify(base, nothing).await)
            .await;
        answer.map(|answer| answer.refs).unwrap_or_default()
    }

    /// An answer that is a refusal, with what the server said.
    pub(crate) fn refused(
        &self,
        subject: &str,
        what: &str,
        code: ResultCode,
        diagnostic: &str,
    ) -> Error {
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
