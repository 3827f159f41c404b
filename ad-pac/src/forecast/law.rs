//! The size of a service ticket, part by part.
//!
//! The parts are those of MS-PAC; their paddings and the constants were
//! measured on a Samba 4.17 domain controller with MIT Kerberos 1.20 as the
//! client, over user names of 3 to 20 letters, user principal names of 18 to
//! 30, display names of 0 to 60, and 0 to 602 groups: the ticket came out to
//! the byte every time. A token varies by up to two bytes from one to the next,
//! because it holds a random sequence number and the microsecond.
//!
//! Other controllers add parts of their own (claims, further signatures), so
//! that a forecast is a little low there; a proof measures.

use super::Groups;

/// What a directory says about somebody that ends up in a ticket. Lengths count
/// UTF-16 units, as the PAC does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// `sAMAccountName`
    pub name: usize,
    /// `userPrincipalName`, where it is set.
    pub principal_name: Option<usize>,
    /// `displayName`, `scriptPath`, `profilePath`, `homeDirectory`,
    /// `homeDrive`: those that are set.
    pub texts: Vec<usize>,
    /// The groups.
    pub groups: Groups,
}

/// What a ticket takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    /// The ticket itself.
    pub ticket: usize,
    /// The first GSS-API token, which is what a server has to take in.
    pub token: usize,
}

/// A ticket without its names and without a PAC: times, session key,
/// confounder, checksum, frames.
const TICKET: usize = 251;
/// The authorization data around a PAC.
const PAC_FRAME: usize = 53;
/// A PAC without names and groups.
const PAC: usize = 616;
/// The authenticator and the frames around it, without names.
const AUTHENTICATOR: usize = 241;
/// GROUP_MEMBERSHIP: relative identifier and attributes.
const OWN_GROUP: usize = 8;
/// KERB_SID_AND_ATTRIBUTES and the SID it points to.
const FOREIGN_GROUP: usize = 40;

/// The size of a ticket of `person` for `service` (`nfs/nfs01.example.test`) in
/// the DNS domain `domain`, with or without a PAC.
pub fn size(person: &Person, service: &str, domain: &str, pac: bool) -> Size {
    let domain = units(domain);
    // The realm is named outside and inside of the ticket.
    let mut ticket = TICKET + person.name + 2 * domain + service.len();
    if pac {
        ticket += PAC_FRAME + pac_bytes(person, domain);
    }
    Size {
        ticket,
        token: ticket + AUTHENTICATOR + person.name + domain,
    }
}

fn pac_bytes(person: &Person, domain: usize) -> usize {
    let principal_name = person.principal_name.unwrap_or(person.name + 1 + domain);
    // KERB_VALIDATION_INFO: strings in NDR, padded to four bytes.
    let strings: usize = person
        .texts
        .iter()
        .chain([&person.name])
        .map(|units| padded(2 * units, 4))
        .sum();
    let groups = OWN_GROUP * person.groups.own + FOREIGN_GROUP * person.groups.foreign;
    // Every buffer is padded to eight.
    PAC + padded(strings + groups, 8)
        // PAC_CLIENT_INFO: a time and a length before the name.
        + padded(10 + 2 * person.name, 8)
        // UPN_DNS_INFO: both names, the account name again, and the SID.
        + padded(2 * principal_name, 8)
        + padded(2 * domain, 8)
        + padded(2 * person.name + 28, 8)
}

/// The length of a text in a PAC.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn padded(bytes: usize, to: usize) -> usize {
    bytes.div_ceil(to) * to
}

#[cfg(test)]
#[path = "law/tests.rs"]
mod tests;
