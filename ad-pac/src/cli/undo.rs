//! `ad-pac undo`

use std::collections::HashMap;
use std::path::PathBuf;

use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;

use crate::account::{Account, Guid, Policy, Step, UserAccountControl, Wish, plan};
use crate::error::{Error, Kind, Result};
use crate::journal::{self, Journal, Record};
use crate::ldap::Exchange;
use crate::ldap::entry::ACCOUNT_ATTRIBUTES;
use crate::report::change::{Fate, Line};
use crate::session::{Session, WINDOW};
use crate::terminal::Output;

use super::Common;
use super::change::{self, Options};
use super::connect::Login;
use super::targets::label;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    ad-pac undo ~/.local/state/ad-pac/20261121T053534Z-4711.jsonl --dry-run\n  \
    ad-pac undo journal.jsonl --yes --server dc1.example.com")]
pub(super) struct Undo {
    /// The journal of the run to take back
    ///
    /// `set` and `clear` say where they wrote it. An account that somebody
    /// changed since is left alone.
    #[arg(value_name = "JOURNAL")]
    taken_back: PathBuf,

    #[command(flatten)]
    options: Options,

    #[command(flatten)]
    login: Login,
}

/// What a journal did to one account.
#[derive(Debug, Clone)]
struct Change {
    guid: Guid,
    dn: String,
    first: UserAccountControl,
    last: UserAccountControl,
}

/// Bits that a server clears on its own (MS-SAMR 3.1.1.8.10).
const VOLATILE: UserAccountControl =
    UserAccountControl::LOCKOUT.with(UserAccountControl::PASSWORD_EXPIRED);

pub(super) fn run(undo: &Undo, common: &Common, out: &mut Output) -> Result<u8> {
    let records = journal::read(&undo.taken_back)?;
    let changes = changes(&undo.taken_back.display().to_string(), &records)?;
    let journal = Journal::at(undo.options.journal.as_deref(), Timestamp::now())?;
    super::runtime()?.block_on(async {
        let session = undo.login.writable_session().await?;
        let mut lines: Vec<Line> = stream::iter(&changes)
            .map(|change| find(&session, change))
            .buffered(WINDOW)
            .collect()
            .await;
        change::check_rights(&session, &mut lines).await?;
        let steps: HashMap<Guid, Step> = lines
            .iter()
            .filter_map(|line| match (&line.fate, &line.account) {
                (Fate::Planned(step), Some(account)) => Some((account.guid, *step)),
                _ => None,
            })
            .collect();
        let begin = |account: &Account| {
            let step = steps[&account.guid];
            let wish = if Wish::Set.holds(step.new) {
                Wish::Set
            } else {
                Wish::Clear
            };
            Exchange::exactly(step, wish)
        };
        let journal = change::change_all(
            &session,
            &mut lines,
            begin,
            "Take back",
            &undo.options,
            common,
            journal,
        )
        .await?;
        change::finish(
            &undo.options,
            None,
            &session,
            &journal,
            &mut lines,
            common,
            out,
        )?;
        Ok(change::status(&lines))
    })
}

/// The first and the last value of each account, in the order of the journal.
fn changes(journal: &str, records: &[Record]) -> Result<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    let mut places: HashMap<Guid, usize> = HashMap::new();
    for (index, record) in records.iter().enumerate() {
        let wrong = |what: &str| {
            Error::new(Kind::Input, format!("{journal}:{}:1", index + 1), what)
                .hint("a journal is a file that set, clear or undo wrote")
        };
        let guid = Guid::parse(&record.guid).map_err(|_| wrong("`guid` is not a GUID"))?;
        let old =
            UserAccountControl::parse(&record.old).map_err(|_| wrong("`old` is not a number"))?;
        let new =
            UserAccountControl::parse(&record.new).map_err(|_| wrong("`new` is not a number"))?;
        match places.get(&guid) {
            Some(place) => changes[*place].last = new,
            None => {
                places.insert(guid, changes.len());
                changes.push(Change {
                    guid,
                    dn: record.dn.clone(),
                    first: old,
                    last: new,
                });
            }
        }
    }
    Ok(changes)
}

/// Looks at the account, wherever it lies by now.
async fn find(session: &Session, change: &Change) -> Line {
    let name = format!("<GUID={}>", change.guid);
    let found = match session.read(&name, ACCOUNT_ATTRIBUTES).await {
        Ok(entry) => entry.account().map_err(|error| {
            Error::new(
                Kind::Peer,
                &change.dn,
                "the object cannot be used as an account",
            )
            .because(error)
            .hint("the account that asks may lack the right to read it")
        }),
        Err(error) => Err(Error::new(Kind::Peer, &change.dn, "cannot be read")
            .because(error.message())
            .hint("it may have been removed since")),
    };
    let (host, account, fate) = match found {
        Ok(account) => {
            let fate = intended(&account, change);
            (label(&account), Some(account), fate)
        }
        Err(error) => (change.dn.clone(), None, Fate::Failed(error)),
    };
    Line {
        host,
        named: true,
        account,
        warnings: Vec::new(),
        fate,
    }
}

fn intended(account: &Account, change: &Change) -> Fate {
    let bit = UserAccountControl::NO_AUTH_DATA_REQUIRED;
    if let Some(refusal) = plan::refusal(account, Policy { allow_user: true }) {
        return Fate::Refused(refusal);
    }
    let same =
        |a: UserAccountControl, b: UserAccountControl| a.without(VOLATILE) == b.without(VOLATILE);
    if same(account.flags, change.first) {
        return Fate::Unchanged(account.flags);
    }
    if !same(account.flags, change.last) {
        return Fate::Failed(
            Error::new(
                Kind::Peer,
                account.dn.as_str(),
                format!(
                    "somebody changed it since: {:#010x}, and the journal left {:#010x}",
                    account.flags.bits(),
                    change.last.bits()
                ),
            )
            .hint("look at it with `ad-pac show`, and decide with `ad-pac set` or `ad-pac clear`"),
        );
    }
    let new = if change.first.contains(bit) {
        account.flags.with(bit)
    } else {
        account.flags.without(bit)
    };
    Fate::Planned(Step {
        old: account.flags,
        new,
    })
}
