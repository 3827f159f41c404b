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

/// Whether the clocks differ by more than Kerberos allows.
pub(super) fn is_of_clock(cause: &str) -> bool {
    let cause = cause.to_ascii_lowercase();
    ["clock skew", "skew too great", "not yet valid"]
        .iter()
        .any(|part| cause.contains(part))
}

/// The KDC gave no ticket for the service.
pub(super) fn of_ticket(service: &str, cause: &str) -> Error {
    let says = |part: &str| cause.to_ascii_lowercase().contains(part);
    let error =
        |kind| Error::new(kind, service, "the KDC gave no ticket").because(cause.to_owned());
    if says("not found in kerberos database") {
        error(Kind::Input)
            .hint("no account has this service principal name; `ad-pac show` lists those of a host")
    } else if is_of_clock(cause) {
        // How far it is off, and what to do, is added by who can ask.
        error(Kind::Peer)
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
