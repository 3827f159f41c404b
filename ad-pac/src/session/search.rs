//! Asking: one object, or all that match, page by page.

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use ldap3::adapters::EntriesOnly;
use ldap3::controls::{MakeCritical as _, PagedResults, RawControl};
use ldap3::{Ldap, LdapResult, Scope};
use tokio::sync::mpsc;

use crate::error::{Error, Kind, Result};
use crate::ldap::lookup::Question;
use crate::ldap::{Entry, ResultCode, referral};

use super::{Session, library};

/// Entries in a page: as many as Active Directory gives at most (MaxPageSize).
const PAGE: i32 = 1000;

/// What a search found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Other servers that were named as knowing more.
    pub referrals: Vec<String>,
}

/// What answered one request.
struct Answer {
    entries: Vec<Entry>,
    result: LdapResult,
}

impl Session {
    /// Asks a question below `base`.
    ///
    /// # Errors
    /// When the server does not answer it; an object that is not there is an
    /// empty answer.
    pub(crate) async fn ask(
        &self,
        question: &Question,
        base: &str,
        attributes: &[&str],
    ) -> Result<Found> {
        match question {
            Question::Object(dn) => {
                self.search_at(dn, Scope::Base, "(objectClass=*)", attributes)
                    .await
            }
            Question::Search(filter) => self.pages(base, filter.as_str(), attributes).await,
        }
    }

    /// Reads one object, which must be there.
    ///
    /// # Errors
    /// When it is not there or the server does not answer.
    pub(crate) async fn read(&self, dn: &str, attributes: &[&str]) -> Result<Entry> {
        let found = self
            .search_at(dn, Scope::Base, "(objectClass=*)", attributes)
            .await?;
        found.entries.into_iter().next().ok_or_else(|| {
            Error::new(
                Kind::Peer,
                dn,
                format!("it is not on {} any more", self.server),
            )
            .hint("it was there a moment ago: somebody removed or moved it")
        })
    }

    /// Searches below `base`, page by page, so that a directory of any size
    /// fits into constant memory.
    pub(crate) fn stream(
        &self,
        base: &str,
        filter: &str,
        attributes: &[&str],
    ) -> BoxStream<'static, Result<Found>> {
        let session = self.clone();
        let (base, filter) = (base.to_owned(), filter.to_owned());
        let attributes: Vec<String> = attributes.iter().map(|name| (*name).to_owned()).collect();
        // The server works on the next page while this one is looked at.
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut cookie = Some(Vec::new());
            while let Some(last) = cookie {
                let answer = session.page(&base, &filter, &attributes, last).await;
                cookie = answer.as_ref().ok().and_then(next_page);
                let page = (session.clone(), base.clone(), answer);
                if sender.send(page).await.is_err() {
                    return;
                }
            }
        });
        stream::unfold(receiver, async |mut receiver| {
            let (session, base, answer) = receiver.recv().await?;
            let page = answer.and_then(|answer| session.found(&base, answer));
            Some((page, receiver))
        })
        .boxed()
    }

    async fn pages(&self, base: &str, filter: &str, attributes: &[&str]) -> Result<Found> {
        let mut found = Found::default();
        let mut pages = self.stream(base, filter, attributes);
        while let Some(page) = pages.next().await {
            let page = page?;
            found.entries.extend(page.entries);
            found.referrals.extend(page.referrals);
        }
        Ok(found)
    }

    /// One search without pages; an object that is not there is an empty answer.
    pub(super) async fn search_at(
        &self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Found> {
        let answer = self.answer(None, base, scope, filter, attributes).await?;
        if ResultCode(answer.result.rc) == ResultCode::NO_SUCH_OBJECT {
            return Ok(Found::default());
        }
        self.found(base, answer)
    }

    async fn page(
        &self,
        base: &str,
        filter: &str,
        attributes: &[String],
        cookie: Vec<u8>,
    ) -> Result<Answer> {
        let control = PagedResults { size: PAGE, cookie }.critical().into();
        self.answer(Some(control), base, Scope::Subtree, filter, attributes)
            .await
    }

    /// One request to the end of its answer. `ldap3` gets the last message of
    /// it only, and the referrals; the entries lie on the shelf by then, because
    /// they came before.
    async fn answer(
        &self,
        control: Option<RawControl>,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[impl AsRef<str>],
    ) -> Result<Answer> {
        let attributes: Vec<&str> = attributes.iter().map(AsRef::as_ref).collect();
        self.call(async |ldap: &mut Ldap| {
            if let Some(control) = control {
                ldap.with_controls(control);
            }
            let adapter = EntriesOnly::new();
            let mut stream = ldap
                .streaming_search_with(adapter, base, scope, filter, attributes)
                .await?;
            while stream.next().await?.is_some() {}
            let id = stream.ldap_handle().last_id();
            let result = stream.finish().await;
            let entries = self.shelf.take(id);
            Ok(Answer { entries, result })
        })
        .await
    }

    fn found(&self, base: &str, answer: Answer) -> Result<Found> {
        let Answer { entries, result } = answer;
        let code = ResultCode(result.rc);
        tracing::debug!(%base, entries = entries.len(), code = result.rc, "search");
        if code == ResultCode::NO_SUCH_OBJECT {
            // An empty answer would say that all is well below it.
            return Err(Error::new(
                Kind::Input,
                base,
                format!("there is no such place on {}", self.server),
            )
            .hint("--base names a container or an organizational unit of the directory"));
        }
        if code == ResultCode::REFERRAL {
            return Err(self.elsewhere(base, &result.refs));
        }
        if code != ResultCode::SUCCESS {
            return Err(self.refused(&self.server, "the search was refused", code, &result.text));
        }
        library::page_cookie(&result).map_err(|()| self.nonsense())?;
        Ok(Found {
            entries,
            referrals: result.refs,
        })
    }

    /// The name lies in a part of the directory that this server does not hold.
    fn elsewhere(&self, base: &str, referrals: &[String]) -> Error {
        let holders: Vec<&str> = referrals
            .iter()
            .filter_map(|url| referral::server(url))
            .collect();
        let error = Error::new(
            Kind::Input,
            base,
            format!("{} does not hold this part of the directory", self.server),
        );
        match holders.as_slice() {
            [] => error,
            holders => error.hint(format!("it says that {} does", holders.join(", "))),
        }
        .hint("--domain or --server names the domain that the object is in")
    }

    fn nonsense(&self) -> Error {
        Error::new(Kind::Peer, &self.server, "an answer is not LDAP")
            .hint("is this a domain controller?")
    }
}

/// The cookie to ask for the next page with; none after the last one, and after
/// a refusal.
fn next_page(answer: &Answer) -> Option<Vec<u8>> {
    let cookie = library::page_cookie(&answer.result).ok()?;
    (!cookie.is_empty()).then_some(cookie)
}
