//! Logging on with a Kerberos ticket.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ldap3::{Ldap, LdapError, Scope};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::oid::{GSS_MECH_KRB5, OidSet};
use rustls::ClientConfig;

use crate::error::{Error, Kind, Result};
use crate::ldap::ResultCode;

use super::library::Fault;
use super::{Endpoint, Protection, Session, failure, library};

/// The principal whose ticket is used.
///
/// # Errors
/// When there is no ticket, with what the Kerberos library says.
pub fn principal() -> Result<String> {
    let acquire = || -> std::result::Result<String, libgssapi::error::Error> {
        let mut mechanisms = OidSet::new()?;
        mechanisms.add(&GSS_MECH_KRB5)?;
        let credentials = Cred::acquire(None, None, CredUsage::Initiate, Some(&mechanisms))?;
        Ok(credentials.name()?.to_string())
    };
    acquire().map_err(|error| {
        Error::new(Kind::Peer, "Kerberos", "no ticket")
            .because(one_line(&error.to_string()))
            .hint("get one with kinit, or use --keytab, or --bind-user with a password")
    })
}

/// What came of one way to log on.
pub(super) enum Logon {
    /// It worked.
    Done(Box<Session>),
    /// The server does not take this protection; another one may do.
    NotThisWay(Error),
}

impl Session {
    /// Connects and logs on with the ticket of the environment.
    ///
    /// `ways` are tried in turn; the next one only when the server does not
    /// take the protection of the one before, never when it refuses the ticket.
    ///
    /// # Errors
    /// Names the server and what can be done.
    pub async fn kerberos(
        ways: &[Endpoint],
        tls: &Arc<ClientConfig>,
        limit: Duration,
    ) -> Result<Self> {
        let who = principal()?;
        let mut reasons: Vec<Error> = Vec::new();
        for endpoint in ways {
            match attempt(endpoint, tls, &who, limit).await? {
                Logon::Done(session) => {
                    tracing::info!(
                        server = %endpoint.address(),
                        protection = endpoint.protection.name(),
                        principal = %who,
                        "logged on with a ticket"
                    );
                    return Ok(*session);
                }
                Logon::NotThisWay(error) => {
                    tracing::info!(
                        protection = endpoint.protection.name(),
                        reason = %error,
                        "not this way"
                    );
                    reasons.push(error);
                }
            }
        }
        let mut reasons = reasons.into_iter();
        let first = reasons.next().unwrap_or_else(|| {
            Error::new(Kind::Peer, "Kerberos", "no way to log on").hint("use --bind-user")
        });
        Err(reasons.fold(first, |error, other| {
            error.hint(format!("then tried: {other}"))
        }))
    }
}

async fn attempt(
    endpoint: &Endpoint,
    tls: &Arc<ClientConfig>,
    who: &str,
    limit: Duration,
) -> Result<Logon> {
    let mut session = match Session::connect(endpoint, Arc::clone(tls), limit).await {
        Ok(session) => session,
        Err(error) => return Ok(Logon::NotThisWay(error)),
    };
    let mut ldap = session.ldap.clone();
    let bind = library::caught(ldap.sasl_gssapi_bind(&endpoint.host));
    let answer = match tokio::time::timeout(limit, bind).await {
        Err(_) => return Err(failure::too_slow(&session.server, limit)),
        Ok(Ok(answer)) => answer,
        Ok(Err(Fault::Error(LdapError::GssapiOperationError(text)))) => {
            return Err(ticket_failure(&session, who, &text).await);
        }
        Ok(Err(fault)) => {
            return Err(failure::of_asking(
                &session.server,
                fault,
                session.broken.get(),
            ));
        }
    };
    let code = ResultCode(answer.rc);
    let refused = || {
        session
            .refused(
                &session.server,
                "the logon with a ticket was refused",
                code,
                &answer.text,
            )
            .hint(format!(
                "logged on as {who}, {}",
                endpoint.protection.name()
            ))
    };
    match code {
        ResultCode::SUCCESS => {}
        // Signing demanded where there is TLS, or the other way round.
        ResultCode::STRONGER_AUTH_REQUIRED
        | ResultCode::CONFIDENTIALITY_REQUIRED
        | ResultCode::UNWILLING_TO_PERFORM
        | ResultCode::AUTH_METHOD_NOT_SUPPORTED => return Ok(Logon::NotThisWay(refused())),
        _ => return Err(refused()),
    }
    who.clone_into(&mut session.who);
    session.sealed = endpoint.protection == Protection::Sealed;
    session.read_root().await?;
    Ok(Logon::Done(Box::new(session)))
}

/// What the Kerberos library said, with the remedy.
async fn ticket_failure(session: &Session, who: &str, text: &str) -> Error {
    let lower = text.to_lowercase();
    let error = Error::new(
        Kind::Peer,
        &session.server,
        format!("the ticket of {who} was not accepted"),
    )
    .because(one_line(text));
    if lower.contains("skew") {
        let error = match skew(session).await {
            Some(seconds) => error.hint(format!(
                "the clock of this machine is {} s {} that of the server",
                seconds.abs(),
                if seconds > 0 { "ahead of" } else { "behind" }
            )),
            None => error,
        };
        return error.hint("set the clock (chronyc makestep); Kerberos allows 300 s");
    }
    if lower.contains("not found in kerberos database") || lower.contains("unknown") {
        return error.hint("give --server the full DNS name of the domain controller");
    }
    if lower.contains("expired") {
        return error.hint("the ticket has expired: kinit");
    }
    error.hint("klist shows your tickets; kinit gets new ones")
}

/// How far this machine's clock is ahead of the server's, in seconds.
async fn skew(session: &Session) -> Option<i64> {
    let answer = session
        .call(async |ldap: &mut Ldap| {
            ldap.search("", Scope::Base, "(objectClass=*)", vec!["currentTime"])
                .await
        })
        .await
        .ok()?;
    let now = Timestamp::now();
    let (found, _) = session.found("", answer).ok()?;
    let text = found.entries.first()?.text("currentTime")?;
    let time: Timestamp = crate::account::stamp::iso(&text).parse().ok()?;
    Some(now.as_second() - time.as_second())
}

/// GSSAPI messages come with line breaks and repeat themselves.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}
