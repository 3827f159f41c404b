//! From what the user calls a host to its account.

use crate::account::Account;
use crate::error::{Error, Kind, Result};
use crate::ldap::lookup::{Lookup, NotOne};
use crate::ldap::referral;
use crate::session::Session;

/// A host as the user named it, understood.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) text: String,
    lookup: Lookup,
}

impl Host {
    /// Understands a name before anything is asked.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let lookup = Lookup::parse(text).map_err(|error| {
            Error::new(
                Kind::Input,
                text.escape_debug().to_string(),
                error.to_string(),
            )
            .hint("a host is a short name, a DNS name, NAME$, an SPN (nfs/host), a DN or a SID")
        })?;
        Ok(Host {
            text: text.to_owned(),
            lookup,
        })
    }

    /// Finds its account.
    pub(super) async fn find(
        &self,
        session: &Session,
        base: &str,
        attributes: &[&str],
    ) -> Result<Account> {
        let found = session
            .ask(&self.lookup.question(), base, attributes)
            .await?;
        let accounts = found
            .entries
            .iter()
            .map(|entry| entry.account().map_err(|error| unusable(&self.text, error)))
            .collect::<Result<Vec<_>>>()?;
        self.lookup.choose(accounts).map_err(|why| match why {
            NotOne::Unknown => self.unknown(session, base, &found.referrals),
            NotOne::Ambiguous(candidates) => {
                let error = Error::new(
                    Kind::Input,
                    &self.text,
                    "more than one account is called so",
                );
                candidates.iter().fold(error, |error, candidate| {
                    error.hint(format!("{} ({})", candidate.dn, candidate.sam_account_name))
                })
            }
        })
    }

    fn unknown(&self, session: &Session, base: &str, referrals: &[String]) -> Error {
        let error = Error::new(
            Kind::Input,
            &self.text,
            format!("no such account below {base} on {}", session.server()),
        )
        .hint("hosts are found by account name, DNS name and SPN; an object elsewhere needs --base or --server");
        let error = match self.lookup.other_domain(&session.root().domain()) {
            Some(domain) => error.hint(format!(
                "its name is of another domain than the server's: try --domain {domain}"
            )),
            None => error,
        };
        referral::domains_below(referrals)
            .iter()
            .fold(error, |error, domain| {
                error.hint(format!("{domain} was not searched: try --domain {domain}"))
            })
    }
}

fn unusable(host: &str, error: crate::ldap::entry::NotAccount) -> Error {
    Error::new(Kind::Peer, host, "the object cannot be used as an account")
        .because(error)
        .hint("the account that asks may lack the right to read it")
}
