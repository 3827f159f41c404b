//! What a user calls a host, and how to ask a directory for it.

use std::fmt;

use crate::account::{Account, AccountClass, DistinguishedName, Sid, dn::NotDn, spn::Spn};

use super::filter::Filter;

/// A host as the user named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// `CN=NFS01,OU=…`
    Dn(DistinguishedName),
    /// `S-1-5-21-…`
    Sid(Sid),
    /// `nfs/nfs01.example.test`
    Spn(Spn),
    /// `NFS01$`
    SamAccountName(String),
    /// `nfs01.example.test`
    DnsName(String),
    /// `nfs01`
    ShortName(String),
}

/// Where to search, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Read this one object.
    Object(String),
    /// Search below the base.
    Search(Filter),
}

/// Why a name cannot be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotHost {
    /// It is empty, too long, or holds control characters.
    Unusable,
    /// It looks like a distinguished name and is not.
    Dn(NotDn),
    /// It looks like a SID and is not.
    Sid,
    /// It looks like an SPN and is not.
    Spn,
}

impl fmt::Display for NotHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotHost::Unusable => f.write_str("not a host name"),
            NotHost::Dn(error) => write!(f, "malformed distinguished name: {error}"),
            NotHost::Sid => f.write_str("malformed SID"),
            NotHost::Spn => f.write_str("malformed service principal name"),
        }
    }
}

impl std::error::Error for NotHost {}

const LONGEST_NAME: usize = 256;

impl Lookup {
    /// Tells from its form what a name is.
    ///
    /// # Errors
    /// When it looks like a DN, SID or SPN and is malformed.
    pub fn parse(text: &str) -> Result<Self, NotHost> {
        if text.contains('=') {
            return DistinguishedName::parse(text)
                .map(Lookup::Dn)
                .map_err(NotHost::Dn);
        }
        if text.is_empty() || text.len() > LONGEST_NAME || text.contains(char::is_control) {
            return Err(NotHost::Unusable);
        }
        if text
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("S-1-"))
        {
            return Sid::parse(text).map(Lookup::Sid).map_err(|_| NotHost::Sid);
        }
        if text.contains('/') {
            return Spn::parse(text).map(Lookup::Spn).ok_or(NotHost::Spn);
        }
        Ok(if text.ends_with('$') {
            Lookup::SamAccountName(text.to_owned())
        } else if text.contains('.') {
            Lookup::DnsName(text.trim_end_matches('.').to_owned())
        } else {
            Lookup::ShortName(text.to_owned())
        })
    }

    /// How to ask a directory for it. Hosts are found by their SPNs too,
    /// because the object of a storage head often has another name.
    pub fn question(&self) -> Question {
        let spn = |class: &str, host: &str| {
            Filter::equals("servicePrincipalName", &format!("{class}/{host}"))
        };
        let sam = |name: &str| Filter::equals("sAMAccountName", name);
        let names = match self {
            Lookup::Dn(dn) => return Question::Object(dn.as_str().to_owned()),
            Lookup::Sid(sid) => Filter::equals("objectSid", &sid.to_string()),
            Lookup::Spn(name) => Filter::equals("servicePrincipalName", &name.to_string()),
            Lookup::SamAccountName(name) => sam(name),
            Lookup::DnsName(name) => Filter::or([
                Filter::equals("dNSHostName", name),
                spn("nfs", name),
                spn("host", name),
            ]),
            Lookup::ShortName(name) => Filter::or([
                sam(&format!("{name}$")),
                sam(name),
                spn("nfs", name),
                spn("host", name),
            ]),
        };
        // Computers and managed service accounts are users too (MS-ADA3).
        Question::Search(Filter::and([Filter::equals("objectClass", "user"), names]))
    }

    /// The domain that a name is in, where that is not `domain`. Hosts of one
    /// DNS domain are often accounts of another, so this is a guess.
    pub fn other_domain(&self, domain: &str) -> Option<String> {
        let suffix = |name: &str| Some(name.split_once('.')?.1.to_owned());
        let other = match self {
            Lookup::Dn(dn) => dn.domain(),
            Lookup::DnsName(name) => suffix(name)?,
            Lookup::Spn(spn) => suffix(spn.host())?,
            _ => return None,
        };
        (other.contains('.') && !other.eq_ignore_ascii_case(domain)).then_some(other)
    }

    /// Picks the account that is meant from those that were found.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn choose(&self, found: Vec<Account>) -> Result<Account, NotOne> {
        let mut candidates = found;
        candidates.sort_by(|a, b| a.dn.cmp(&b.dn));
        candidates.dedup_by(|a, b| a.guid == b.guid);
        if let Lookup::ShortName(name) = self {
            // A person who happens to be called like a host is not meant.
            let namesake = |account: &Account| {
                account.class == AccountClass::User
                    && account.sam_account_name.eq_ignore_ascii_case(name)
                    && account.spns.is_empty()
            };
            if candidates.iter().any(|account| !namesake(account)) {
                candidates.retain(|account| !namesake(account));
            }
        }
        match candidates.len() {
            0 => Err(NotOne::Unknown),
            1 => Ok(candidates.remove(0)),
            _ => Err(NotOne::Ambiguous(candidates)),
        }
    }
}

/// Why a name does not lead to one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotOne {
    /// There is none.
    Unknown,
    /// There are several.
    Ambiguous(Vec<Account>),
}

#[cfg(test)]
#[path = "lookup/tests.rs"]
mod tests;
