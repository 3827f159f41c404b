//! Logging on with a Kerberos ticket.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use libgssapi::credential::{Cred, CredUsage};
use libgssapi::oid::{GSS_MECH_KRB5, OidSet};
use rustls::ClientConfig;
use tokio::time::timeout;

use crate::error::{Error, Kind, Result};
use crate::ldap::ResultCode;

use super::gssapi::{self, Refusal};
use super::transport::Transport;
use super::{Endpoint, Protection, Session, clock, failure};

/// The principal whose ticket is used.
///
/// # Errors
/// When there is no ticket, with what the Kerberos library says.
pub(crate) fn principal() -> Result<String> {
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
    pub(crate) async fn kerberos(
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
    let host = match host_of_ticket(endpoint, tls, limit).await {
        Ok(host) => host,
        Err(error) => return Ok(Logon::NotThisWay(error)),
    };
    let server = endpoint.address();
    let logon = async {
        let mut transport = match Transport::open(endpoint, Arc::clone(tls)).await {
            Ok(transport) => transport,
            Err(error) => return Ok(Err(error)),
        };
        gssapi::bind(&mut transport, &host)
            .await
            .map(|()| Ok(transport))
    };
    let Ok(logon) = timeout(limit, logon).await else {
        return Ok(Logon::NotThisWay(failure::too_slow(&server, limit)));
    };
    let answer = match logon {
        Ok(Ok(transport)) => {
            let mut session = Session::over(transport, endpoint, limit).await?;
            who.clone_into(&mut session.who);
            session.read_root().await?;
            return Ok(Logon::Done(Box::new(session)));
        }
        Ok(Err(error)) => return Ok(Logon::NotThisWay(error)),
        Err(Refusal::Library(text)) => {
            let error = Error::new(
                Kind::Peer,
                &server,
                format!("the ticket of {who} was not accepted"),
            )
            .because(one_line(&text));
            return Err(hinted(error, &text, endpoint, tls, limit).await);
        }
        Err(Refusal::Fault(error)) => return Err(error),
        Err(Refusal::NoLayer) => {
            return Ok(Logon::NotThisWay(
                Error::new(Kind::Peer, &server, "it does not seal connections")
                    .hint("use TLS: --ldaps or --starttls"),
            ));
        }
        Err(Refusal::Server(answer)) => answer,
    };
    let refused = failure::refused(
        &server,
        "the logon with a ticket was refused",
        answer.code,
        &answer.text,
    )
    .hint(format!(
        "logged on as {who}, {}",
        endpoint.protection.name()
    ));
    match answer.code {
        // Signing demanded where there is TLS, or the other way round.
        ResultCode::STRONGER_AUTH_REQUIRED
        | ResultCode::CONFIDENTIALITY_REQUIRED
        | ResultCode::UNWILLING_TO_PERFORM
        | ResultCode::AUTH_METHOD_NOT_SUPPORTED => Ok(Logon::NotThisWay(refused)),
        _ => Err(refused),
    }
}

/// The name in `ldap/name`. A ticket is for a name, never for an address; the
/// server behind an address tells its name, and is believed where TLS has
/// verified the certificate.
async fn host_of_ticket(
    endpoint: &Endpoint,
    tls: &Arc<ClientConfig>,
    limit: Duration,
) -> Result<String> {
    if endpoint.host.parse::<IpAddr>().is_err() {
        return Ok(endpoint.host.clone());
    }
    let nameless = || {
        Error::new(
            Kind::Peer,
            endpoint.address(),
            "a ticket is for a server's name, not for an address",
        )
        .hint("give --server the full DNS name of the domain controller")
    };
    if endpoint.protection == Protection::Sealed {
        return Err(nameless());
    }
    let mut session = Session::connect(endpoint, Arc::clone(tls), limit).await?;
    session.read_root().await?;
    session.root.dns_host_name.ok_or_else(nameless)
}

/// What can be done about what the Kerberos library said.
async fn hinted(
    error: Error,
    text: &str,
    endpoint: &Endpoint,
    tls: &Arc<ClientConfig>,
    limit: Duration,
) -> Error {
    let lower = text.to_lowercase();
    if lower.contains("skew") {
        let ahead = match Session::connect(endpoint, Arc::clone(tls), limit).await {
            Ok(session) => session.ahead().await,
            Err(_) => None,
        };
        return clock::hinted(error, ahead);
    }
    if lower.contains("not found in kerberos database") || lower.contains("unknown") {
        return error.hint("give --server the full DNS name of the domain controller");
    }
    if lower.contains("expired") {
        return error.hint("the ticket has expired: kinit");
    }
    error.hint("klist shows your tickets; kinit gets new ones")
}

/// GSSAPI messages come with line breaks and repeat themselves.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}
