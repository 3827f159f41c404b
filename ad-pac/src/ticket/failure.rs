//! What the Kerberos library says, in words with a remedy. It gives no codes
//! across its interface, so its (untranslated) messages are looked at.

use crate::error::{Error, Kind};

/// No usable credentials.
pub(super) fn of_credentials(cause: &str) -> Error {
    let error = Error::new(Kind::Peer, "Kerberos", "no usable ticket").because(cause.to_owned());
    if cause.contains("expired") {
        error.hint("the ticket has expired: get a new one with kinit")
    } else {
        error
            .hint("get a ticket with kinit, or name a keytab in KRB5_CLIENT_KTNAME")
            .hint("KRB5CCNAME names the credential cache; klist shows what is in it")
    }
}

/// The KDC gave no ticket for the service.
pub(super) fn of_ticket(service: &str, cause: &str) -> Error {
    let says = |part: &str| cause.to_ascii_lowercase().contains(part);
    let error =
        |kind| Error::new(kind, service, "the KDC gave no ticket").because(cause.to_owned());
    if says("not found in kerberos database") {
        error(Kind::Input)
            .hint("no account has this service principal name; `ad-pac show` lists those of a host")
    } else if says("clock skew") || says("skew too great") || says("not yet valid") {
        error(Kind::Peer)
            .hint(
                "this machine's clock and the domain controller's differ by more than five minutes",
            )
            .hint("set this clock by the domain (chronyc, w32tm), then try again")
    } else if says("expired") || says("no credentials") || says("no kerberos credentials") {
        error(Kind::Peer).hint("get a new ticket with kinit")
    } else if says("cannot contact any kdc") || says("cannot find kdc") || says("resolve") {
        error(Kind::Peer)
            .hint("KDCs are found by DNS (_kerberos._tcp of the realm) or in krb5.conf; is one up?")
    } else if says("encryption type") || says("etype") {
        error(Kind::Peer).hint(
            "msDS-SupportedEncryptionTypes of the account and this machine's krb5.conf have none in common",
        )
    } else {
        error(Kind::Peer).hint("KRB5_TRACE=/dev/stderr shows every step of the library")
    }
}

#[cfg(test)]
#[path = "failure/tests.rs"]
mod tests;
