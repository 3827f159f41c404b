//! How far this machine's clock is from a domain controller's: Kerberos allows
//! five minutes (RFC 4120 section 1.6), and says no more than that it was more.

use std::time::Duration;

use jiff::Timestamp;
use ldap3::Scope;

use crate::account::stamp;
use crate::error::Error;

use super::{Endpoint, LDAP_PORT, Protection, Session, tls};

impl Session {
    /// How many seconds this machine's clock is ahead of the server's. The
    /// server tells everybody its time.
    pub(super) async fn ahead(&self) -> Option<i64> {
        let found = self
            .search_at("", Scope::Base, "(objectClass=*)", &["currentTime"])
            .await
            .ok()?;
        let now = Timestamp::now();
        let text = found.entries.first()?.text("currentTime")?;
        let time: Timestamp = stamp::iso(&text).parse().ok()?;
        Some(now.as_second() - time.as_second())
    }
}

/// How many seconds this machine's clock is ahead of that of a domain
/// controller. Asked without protection: the answer is for a hint and decides
/// nothing.
pub(crate) async fn ahead_of(host: String, limit: Duration) -> Option<i64> {
    let endpoint = Endpoint {
        host,
        port: LDAP_PORT,
        protection: Protection::Sealed,
    };
    let session = Session::connect(&endpoint, tls::config(None).ok()?, limit).await;
    session.ok()?.ahead().await
}

/// The error of a clock that is off, with how far it is.
pub(crate) fn hinted(error: Error, ahead: Option<i64>) -> Error {
    let error = match ahead {
        Some(seconds) => error.hint(format!(
            "the clock of this machine is {} s {} that of the domain controller",
            seconds.abs(),
            if seconds > 0 { "ahead of" } else { "behind" }
        )),
        None => error,
    };
    error.hint(
        "Kerberos allows 300 s: set this clock by the domain's (chronyc makestep), then try again",
    )
}
