//! Searching on a connection that Kerberos seals.
//!
//! `ldap3` loses messages there when several share a SASL frame and more bytes
//! follow: larger answers come back incomplete, or never end. Names alone are
//! small and arrive whole; so the names are fetched first, twice in pages of
//! different size and compared, and then each object by itself, one at a time.

use std::collections::BTreeSet;

use futures_util::stream::{self, Stream, StreamExt as _};

use crate::error::{Error, Kind, Result};
use crate::ldap::Entry;

use super::{Found, Session};

/// Sizes of pages of names.
const PAGES: [i32; 2] = [20, 13];
/// Ask for no attribute at all (RFC 4511 section 4.5.1.8).
const NO_ATTRIBUTES: &[&str] = &["1.1"];

pub(super) fn stream<'a>(
    session: &'a Session,
    base: &'a str,
    filter: &'a str,
    attributes: &'a [&'a str],
) -> impl Stream<Item = Result<Found>> + 'a {
    stream::once(async move {
        let (names, referrals) = names(session, base, filter).await?;
        let mut found = Found {
            entries: Vec::new(),
            referrals,
        };
        for name in names {
            found
                .entries
                .extend(read(session, &name, attributes).await?);
        }
        Ok(found)
    })
    .boxed()
}

/// The names that match, counted twice.
async fn names(
    session: &Session,
    base: &str,
    filter: &str,
) -> Result<(BTreeSet<String>, Vec<String>)> {
    let (first, referrals) = pass(session, base, filter, PAGES[0]).await?;
    let (second, _) = pass(session, base, filter, PAGES[1]).await?;
    if first == second {
        return Ok((first, referrals));
    }
    // Somebody may have added or removed an object in between: once more.
    let (third, _) = pass(session, base, filter, PAGES[0]).await?;
    if third == second {
        return Ok((third, referrals));
    }
    Err(Error::new(
        Kind::Peer,
        session.server(),
        format!(
            "the sealed connection lost answers: {}, {} and {} objects",
            first.len(),
            second.len(),
            third.len()
        ),
    )
    .hint("use TLS: --ldaps or --starttls"))
}

async fn pass(
    session: &Session,
    base: &str,
    filter: &str,
    size: i32,
) -> Result<(BTreeSet<String>, Vec<String>)> {
    let mut names = BTreeSet::new();
    let mut referrals = Vec::new();
    let mut cookie = Vec::new();
    loop {
        let (page, next) = session
            .page(base, filter, NO_ATTRIBUTES, cookie, size)
            .await?;
        names.extend(page.entries.into_iter().map(|entry| entry.dn));
        referrals.extend(page.referrals);
        if next.is_empty() {
            return Ok((names, referrals));
        }
        cookie = next;
    }
}

/// Reads an object, a second time when the answer does not arrive.
async fn read(session: &Session, name: &str, attributes: &[&str]) -> Result<Vec<Entry>> {
    let once = || session.search_at(name, ldap3::Scope::Base, "(objectClass=*)", attributes);
    let found = match once().await {
        Ok(found) => found,
        Err(error) => {
            tracing::info!(%error, "asking once more");
            once().await?
        }
    };
    Ok(found.entries)
}
