//! Driving exchanges: the journal first, then the server, many at once.

use futures_util::stream::{self, StreamExt as _};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::account::Account;
use crate::error::{Error, Kind, Result};
use crate::journal::{Journal, Record};
use crate::ldap::entry::ACCOUNT_ATTRIBUTES;
use crate::ldap::{Action, Exchange, Outcome};
use crate::report::change::Fate;
use crate::session::{Session, WINDOW};

/// Records that go to disk together.
const MOST_RECORDS: usize = 256;

/// An account and the beginning of its exchange.
pub(super) struct Job {
    /// Where its result belongs.
    pub(super) index: usize,
    pub(super) account: Account,
    pub(super) exchange: Exchange,
    pub(super) action: Action,
}

/// Does all jobs, several at a time, and gives the journal back with what
/// became of each.
pub(super) async fn all(
    session: &Session,
    jobs: Vec<Job>,
    journal: Journal,
    quiet: bool,
) -> (Journal, Vec<(usize, Fate)>) {
    let bar = progress(jobs.len(), quiet);
    let (writer, task) = Writer::start(journal);
    let fates = stream::iter(jobs)
        .map(|job| {
            let (writer, bar) = (writer.clone(), bar.clone());
            async move {
                let index = job.index;
                let fate = one(session, job, &writer).await;
                bar.inc(1);
                (index, fate)
            }
        })
        .buffer_unordered(WINDOW)
        .collect()
        .await;
    drop(writer);
    bar.finish_and_clear();
    let journal = match task.await {
        Ok(journal) => journal,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    };
    (journal, fates)
}

fn progress(length: usize, quiet: bool) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::stderr());
    if quiet || length < 10 {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// Drives the exchange for one account.
async fn one(session: &Session, job: Job, writer: &Writer) -> Fate {
    let Job {
        account,
        mut exchange,
        mut action,
        ..
    } = job;
    let dn = account.dn.as_str();
    loop {
        action = match action {
            Action::Finish(outcome) => return fate(session, dn, outcome),
            Action::Modify(step) => {
                // What is not sent any more is neither journalled nor open.
                if let Err(error) = session.usable() {
                    return Fate::Failed(error);
                }
                let record = Record {
                    time: format!("{:.0}", Timestamp::now()),
                    who: session.who().to_owned(),
                    server: session.server().to_owned(),
                    dn: dn.to_owned(),
                    guid: account.guid.to_string(),
                    old: step.old.to_ldap(),
                    new: step.new.to_ldap(),
                };
                if let Err(error) = writer.append(record).await {
                    return Fate::Failed(error);
                }
                match session.compare_and_swap(dn, step).await {
                    Ok((code, diagnostic)) => exchange.modified(code, &diagnostic),
                    // It may have arrived: a journal line is there, and a look
                    // or another run tells.
                    Err(error) => return Fate::Unconfirmed(error),
                }
            }
            Action::Read => match reread(session, dn).await {
                Ok(account) => exchange.read(&account),
                Err(error) => return Fate::Unconfirmed(error),
            },
        };
    }
}

async fn reread(session: &Session, dn: &str) -> Result<Account> {
    let entry = session.read(dn, ACCOUNT_ATTRIBUTES).await?;
    entry.account().map_err(|error| {
        Error::new(Kind::Peer, dn, "it cannot be read back")
            .because(error)
            .hint("look at it with `ad-pac show`")
    })
}

fn fate(session: &Session, dn: &str, outcome: Outcome) -> Fate {
    let failed = |what: &str| Error::new(Kind::Peer, dn, what);
    match outcome {
        Outcome::Changed(step) => Fate::Changed(step),
        Outcome::Unchanged(flags) => Fate::Unchanged(flags),
        Outcome::Refused(refusal) => Fate::Refused(refusal),
        Outcome::Dropped(step) => Fate::Failed(
            failed(&format!(
                "{} answered success and did not keep the change to {:#010x}",
                session.server(),
                step.new.bits()
            ))
            .hint("this server may not know the bit; try another one with --server"),
        ),
        Outcome::Contended(attempts) => Fate::Failed(
            failed(&format!(
                "somebody else changed it first, {attempts} times in a row"
            ))
            .hint("find out who writes userAccountControl of this account, then try again"),
        ),
        Outcome::Failed(code, diagnostic) => {
            Fate::Failed(session.refused(dn, "the change was refused", code, &diagnostic))
        }
    }
}

type Entry = (Record, oneshot::Sender<Result<()>>);

/// Takes records from many exchanges and puts those that wait onto the disk
/// with one sync.
#[derive(Clone)]
struct Writer {
    queue: mpsc::Sender<Entry>,
}

impl Writer {
    fn start(mut journal: Journal) -> (Self, JoinHandle<Journal>) {
        let (queue, mut waiting) = mpsc::channel::<Entry>(MOST_RECORDS);
        let task = tokio::spawn(async move {
            while let Some(first) = waiting.recv().await {
                // Let the others that are ready put theirs beside it.
                tokio::task::yield_now().await;
                let mut entries = vec![first];
                while entries.len() < MOST_RECORDS
                    && let Ok(entry) = waiting.try_recv()
                {
                    entries.push(entry);
                }
                let (records, waiters): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
                let mut result = journal.append(&records);
                for waiter in waiters {
                    // Every waiter gets the reason; an error cannot be cloned.
                    let answer = match &mut result {
                        Ok(()) => Ok(()),
                        Err(error) => Err(error.again()),
                    };
                    let _ = waiter.send(answer);
                }
            }
            journal
        });
        (Writer { queue }, task)
    }

    async fn append(&self, record: Record) -> Result<()> {
        let gone = || {
            Error::new(Kind::System, "journal", "cannot be written")
                .hint("nothing is changed without a journal")
        };
        let (answer, written) = oneshot::channel();
        self.queue
            .send((record, answer))
            .await
            .map_err(|_| gone())?;
        written.await.map_err(|_| gone())?
    }
}
