//! `ad-pac set` and `ad-pac clear`

use std::collections::HashMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;

use crate::account::{Account, Plan, Policy, Refusal, Wish, plan};
use crate::error::{Error, Kind, Result};
use crate::journal::Journal;
use crate::ldap::Exchange;
use crate::ldap::entry::{ALLOWED_ATTRIBUTES_EFFECTIVE, USER_ACCOUNT_CONTROL};
use crate::report::change::{self, Fate, Line};
use crate::session::{Session, WINDOW};
use crate::terminal::{self, Output};

use super::Common;
use super::connect::Login;
use super::perform::{self, Job};
use super::show::unwritable;
use super::targets::Targets;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    ad-pac set nfs01.example.com --dry-run\n  \
    ad-pac set --spn nfs --yes --server dc1.example.com")]
pub(super) struct SetArgs {
    #[command(flatten)]
    pub(super) change: Change,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    ad-pac clear nfs01.example.com --dry-run\n  \
    ad-pac clear -f hosts.txt --yes --server dc1.example.com")]
pub(super) struct ClearArgs {
    #[command(flatten)]
    pub(super) change: Change,
}

#[derive(Debug, clap::Args)]
pub(super) struct Change {
    #[command(flatten)]
    targets: Targets,

    #[command(flatten)]
    options: Options,

    /// Change user (service) accounts too
    ///
    /// For NFS that runs as a service account. It is an option because other
    /// services may share the account and need the PAC.
    #[arg(long)]
    allow_user: bool,

    #[command(flatten)]
    login: Login,
}

/// What `set`, `clear` and `undo` have in common.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Show what would change, and change nothing
    ///
    /// The rights to change it are checked too, so that it says what the real
    /// run would do.
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,

    /// Change more than one account without asking
    ///
    /// For scripts, where nobody answers. Look at --dry-run first.
    #[arg(short, long)]
    pub(super) yes: bool,

    /// Write the journal to this file instead of the user's state folder
    ///
    /// Where changes are filed, a ticket or a repository; `ad-pac undo` takes
    /// it from there.
    #[arg(long, value_name = "FILE")]
    pub(super) journal: Option<PathBuf>,

    /// Print one JSON document
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(change: &Change, wish: Wish, common: &Common, out: &mut Output) -> Result<u8> {
    let wanted = change.targets.understand()?;
    let journal = Journal::at(change.options.journal.as_deref(), Timestamp::now())?;
    super::runtime()?.block_on(async {
        let session = change.login.writable_session().await?;
        let policy = Policy {
            allow_user: change.allow_user,
        };
        let base = change.login.base(&session);
        let targets = wanted.find(&session, base).await?;
        if targets.is_empty() {
            common.note(&format!("no account matches below {base}"));
        }
        let mut lines: Vec<Line> = targets
            .into_iter()
            .map(|target| match target.account {
                Ok(account) => {
                    let fate = intended(&account, wish, policy);
                    let warnings = match fate {
                        Fate::Planned(_) => plan::warnings(&account, wish),
                        _ => Vec::new(),
                    };
                    let host = target.host;
                    Line {
                        host,
                        named: target.named,
                        account: Some(account),
                        warnings,
                        fate,
                    }
                }
                Err(error) => Line {
                    host: target.host,
                    named: target.named,
                    account: None,
                    warnings: Vec::new(),
                    fate: Fate::Failed(error),
                },
            })
            .collect();
        check_rights(&session, &mut lines).await?;
        let begin = |account: &Account| Exchange::start(account, wish, policy);
        let verb = match wish {
            Wish::Set => "Set",
            Wish::Clear => "Clear",
        };
        let journal = change_all(
            &session,
            &mut lines,
            begin,
            verb,
            &change.options,
            common,
            journal,
        )
        .await?;
        let changed = finish(
            &change.options,
            Some(wish),
            &session,
            &journal,
            &mut lines,
            common,
            out,
        )?;
        if changed {
            explain(wish, &session, common);
        }
        Ok(status(&lines))
    })
}

fn intended(account: &Account, wish: Wish, policy: Policy) -> Fate {
    match Plan::of(account, wish, policy) {
        Plan::Nothing => Fate::Unchanged(account.flags),
        Plan::Refuse(refusal) => Fate::Refused(refusal),
        Plan::Change(step) => Fate::Planned(step),
    }
}

/// Asks the directory what the caller may write, before the first change:
/// for one object of each container, because rights are inherited, and for
/// each of a container whose first one may not be written.
pub(super) async fn check_rights(session: &Session, lines: &mut [Line]) -> Result<()> {
    let mut containers: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    for (index, line) in lines.iter().enumerate() {
        if let (Fate::Planned(_), Some(account)) = (&line.fate, &line.account) {
            containers
                .entry(account.dn.container())
                .or_default()
                .push(index);
        }
    }
    let firsts: Vec<usize> = containers.values().map(|indices| indices[0]).collect();
    let denied = denied(session, lines, firsts).await?;
    let rest: Vec<usize> = containers
        .into_values()
        .filter(|indices| denied.contains(&indices[0]))
        .flat_map(|indices| indices.into_iter().skip(1))
        .collect();
    let more = self::denied(session, lines, rest).await?;
    for index in denied.into_iter().chain(more) {
        let line = &mut lines[index];
        let subject = line
            .account
            .as_ref()
            .map_or(line.host.as_str(), |account| account.dn.as_str());
        line.fate = Fate::Failed(
            Error::new(
                Kind::Peer,
                subject,
                format!("{} may not write {USER_ACCOUNT_CONTROL}", session.who()),
            )
            .hint("the right is write-property userAccountControl; delegate it on the container")
            .hint("--bind-user logs on as somebody else"),
        );
    }
    Ok(())
}

async fn denied(session: &Session, lines: &[Line], indices: Vec<usize>) -> Result<Vec<usize>> {
    let mut answers = stream::iter(indices)
        .map(|index| async move {
            let dn = lines[index]
                .account
                .as_ref()
                .map_or("", |account| account.dn.as_str());
            let entry = session.read(dn, &[ALLOWED_ATTRIBUTES_EFFECTIVE]).await?;
            let allowed = entry
                .texts(ALLOWED_ATTRIBUTES_EFFECTIVE)
                .iter()
                .any(|name| name.eq_ignore_ascii_case(USER_ACCOUNT_CONTROL));
            Ok((!allowed).then_some(index))
        })
        .buffer_unordered(WINDOW);
    let mut denied = Vec::new();
    while let Some(answer) = answers.next().await {
        denied.extend(answer?);
    }
    Ok(denied)
}

/// Asks, if it must, and makes the changes that are planned.
pub(super) async fn change_all(
    session: &Session,
    lines: &mut [Line],
    begin: impl Fn(&Account) -> (Exchange, crate::ldap::Action),
    verb: &str,
    options: &Options,
    common: &Common,
    journal: Journal,
) -> Result<Journal> {
    for line in lines.iter() {
        for warning in &line.warnings {
            common.note(&format!("warning: {}: {warning}", line.host));
        }
    }
    let jobs: Vec<Job> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| matches!(line.fate, Fate::Planned(_)))
        .filter_map(|(index, line)| {
            let account = line.account.clone()?;
            let (exchange, action) = begin(&account);
            Some(Job {
                index,
                account,
                exchange,
                action,
            })
        })
        .collect();
    if options.dry_run || jobs.is_empty() {
        return Ok(journal);
    }
    if jobs.len() > 1 && !options.yes {
        confirm(lines, jobs.len(), verb, common)?;
    }
    let (journal, fates) = perform::all(session, jobs, journal, common.quiet).await;
    for (index, fate) in fates {
        lines[index].fate = fate;
    }
    Ok(journal)
}

/// Shows what would change and asks.
fn confirm(lines: &[Line], count: usize, verb: &str, common: &Common) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::new(
            Kind::Usage,
            "--yes",
            format!("{count} accounts would change and there is no terminal to ask on"),
        )
        .hint("look at --dry-run first, then add --yes"));
    }
    let mut text = Vec::new();
    for line in lines {
        let _ = change::text(&mut text, line, common.paint());
    }
    terminal::report(&String::from_utf8_lossy(&text));
    terminal::report(&format!(
        "{verb} NO_AUTH_DATA_REQUIRED on {count} accounts? [y/N] "
    ));
    let mut answer = String::new();
    let _ = std::io::stdin().read_line(&mut answer);
    if ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        "confirmation",
        "not given; nothing was changed",
    )
    .hint("answer y, or use --yes"))
}

/// Prints the results; whether something was changed.
pub(super) fn finish(
    options: &Options,
    wish: Option<Wish>,
    session: &Session,
    journal: &Journal,
    lines: &mut [Line],
    common: &Common,
    out: &mut Output,
) -> Result<bool> {
    if journal.is_used() {
        common.note(&format!("journal: {}", journal.path().display()));
    }
    // One host that was not changed is one error, in the form of all errors.
    if let [line] = lines
        && line.named
    {
        match &line.fate {
            Fate::Failed(error) => return Err(error.again()),
            Fate::Unconfirmed(error) => {
                return Err(error.again().hint(
                    "the change was sent and not confirmed; `ad-pac show` tells whether it was made",
                ));
            }
            Fate::Refused(refusal) => return Err(refused(line, *refusal)),
            _ => {}
        }
    }
    if options.json {
        let document = serde_json::json!({
            "server": session.server(),
            "wanted": wish.map(Wish::state),
            "dry_run": options.dry_run,
            "journal": journal.is_used().then(|| journal.path().display().to_string()),
            "results": lines.iter().map(change::json).collect::<Vec<_>>(),
        });
        writeln!(out, "{document}").map_err(unwritable)?;
    } else {
        for line in lines.iter() {
            change::text(out, line, common.paint()).map_err(unwritable)?;
        }
        if lines.len() > 1 {
            change::summary(out, lines).map_err(unwritable)?;
        }
    }
    Ok(lines
        .iter()
        .any(|line| matches!(line.fate, Fate::Changed(_))))
}

/// The exit status of several results.
pub(super) fn status(lines: &[Line]) -> u8 {
    let count = |wanted: fn(&Fate) -> bool| lines.iter().filter(|line| wanted(&line.fate)).count();
    let refused = count(|fate| matches!(fate, Fate::Refused(_)));
    let failed = count(|fate| matches!(fate, Fate::Failed(_)));
    let unconfirmed = count(|fate| matches!(fate, Fate::Unconfirmed(_)));
    let done = lines.len() - refused - failed;
    let worst = lines
        .iter()
        .filter_map(|line| match &line.fate {
            Fate::Failed(error) => Some(error.kind().exit_code()),
            _ => None,
        })
        .max();
    match (done, refused + failed, worst) {
        _ if unconfirmed > 0 => 3,
        (_, 0, _) => 0,
        (0, _, None) => 1,
        (0, _, Some(code)) => code,
        _ => 3,
    }
}

fn refused(line: &Line, refusal: Refusal) -> Error {
    let account = line.account.as_ref();
    let dn = account.map_or(line.host.as_str(), |account| account.dn.as_str());
    Error::new(Kind::Refused, dn, format!("not touched: {refusal}")).hint(refusal.hint())
}

fn explain(wish: Wish, session: &Session, common: &Common) {
    common.note(&format!(
        "written to and read back from {}; other domain controllers follow with replication",
        session.server()
    ));
    if wish == Wish::Set {
        common.note(
            "tickets that people hold already keep their PAC until they expire; `kdestroy` and `kinit` \
             get new ones, and so does `kinit -R` where tickets are renewable\n\
             new tickets for these hosts say who somebody is and nothing of their groups; \
             NFS asks the directory for those\n\
             gssproxy on the NFS server takes large tickets too, and needs no change here",
        );
    }
}
