//! `ad-pac set` and `ad-pac clear`

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use jiff::Timestamp;

use crate::account::{Account, Plan, Policy, Refusal, Wish, plan};
use crate::error::{Error, Kind, Result};
use crate::journal::{Journal, Record};
use crate::ldap::entry::{ACCOUNT_ATTRIBUTES, ALLOWED_ATTRIBUTES_EFFECTIVE};
use crate::ldap::{Action, Exchange, Outcome};
use crate::report::change::{self, Fate, Line};
use crate::session::Session;
use crate::terminal::{self, Output};

use super::Common;
use super::connect::Login;
use super::resolve::Host;
use super::show::unwritable;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    ad-pac set nfs01.example.com --dry-run\n  \
    ad-pac set nfs01 nfs02 --yes --server dc1.example.com --bind-user admin@example.com")]
pub(super) struct SetArgs {
    #[command(flatten)]
    pub(super) change: Change,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    ad-pac clear nfs01.example.com --dry-run\n  \
    ad-pac clear nfs01 nfs02 --yes --server dc1.example.com --bind-user admin@example.com")]
pub(super) struct ClearArgs {
    #[command(flatten)]
    pub(super) change: Change,
}

#[derive(Debug, clap::Args)]
pub(super) struct Change {
    /// A short name, DNS name, NAME$, SPN (nfs/host), DN or SID
    #[arg(required = true, value_name = "HOST")]
    hosts: Vec<String>,

    /// Show what would change, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Change more than one account without asking
    #[arg(short, long)]
    yes: bool,

    /// Change user (service) accounts too
    #[arg(long)]
    allow_user: bool,

    /// Write the journal to this file instead of the user's state folder
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Print one JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    login: Login,
}

pub(super) fn run(change: &Change, wish: Wish, common: &Common, out: &mut Output) -> Result<u8> {
    let hosts = change
        .hosts
        .iter()
        .map(|host| Host::parse(host))
        .collect::<Result<Vec<_>>>()?;
    let mut journal = Journal::at(change.journal.as_deref(), Timestamp::now())?;
    super::runtime()?.block_on(async {
        let session = change.login.session().await?;
        let policy = Policy {
            allow_user: change.allow_user,
        };
        let mut lines = plan(change, &session, hosts, wish, policy).await;
        let to_change = lines
            .iter()
            .filter(|line| matches!(line.fate, Fate::Planned(_)))
            .count();
        warn(&lines, common);
        if !change.dry_run && to_change > 0 {
            if to_change > 1 && !change.yes {
                confirm(&lines, to_change, wish, common)?;
            }
            for line in &mut lines {
                if let (Fate::Planned(_), Some(account)) = (&line.fate, &line.account) {
                    line.fate = perform(&session, account, wish, policy, &mut journal).await;
                }
            }
        }
        finish(change, wish, &session, &journal, lines, common, out)
    })
}

/// Finds every host and decides what to do with it.
async fn plan(
    change: &Change,
    session: &Session,
    hosts: Vec<Host>,
    wish: Wish,
    policy: Policy,
) -> Vec<Line> {
    let base = change.login.base(session);
    let mut attributes = ACCOUNT_ATTRIBUTES.to_vec();
    attributes.push(ALLOWED_ATTRIBUTES_EFFECTIVE);
    let mut lines: Vec<Line> = Vec::new();
    for host in hosts {
        let (account, fate, warnings) = match host.find(session, base, &attributes).await {
            Err(error) => (None, Fate::Failed(error), Vec::new()),
            Ok(account) => {
                let twice = lines
                    .iter()
                    .filter_map(|line| line.account.as_ref())
                    .any(|other| other.guid == account.guid);
                if twice {
                    continue;
                }
                let fate = intended(&account, wish, policy, session);
                let warnings = match fate {
                    Fate::Planned(_) => plan::warnings(&account, wish),
                    _ => Vec::new(),
                };
                (Some(account), fate, warnings)
            }
        };
        lines.push(Line {
            host: host.text,
            account,
            warnings,
            fate,
        });
    }
    lines
}

fn intended(account: &Account, wish: Wish, policy: Policy, session: &Session) -> Fate {
    match Plan::of(account, wish, policy) {
        Plan::Nothing => Fate::Unchanged(account.flags),
        Plan::Refuse(refusal) => Fate::Refused(refusal),
        // A read-only server answers with a referral, whatever the rights.
        Plan::Change(_) if account.writable == Some(false) && !session.root().read_only => {
            Fate::Failed(
                Error::new(
                    Kind::Peer,
                    account.dn.as_str(),
                    format!("{} may not write userAccountControl", session.who()),
                )
                .hint(
                    "the right is write-property userAccountControl; delegate it on the container",
                )
                .hint("--bind-user logs on as somebody else"),
            )
        }
        Plan::Change(step) => Fate::Planned(step),
    }
}

fn warn(lines: &[Line], common: &Common) {
    for line in lines {
        for warning in &line.warnings {
            common.note(&format!("warning: {}: {warning}", line.host));
        }
    }
}

/// Shows what would change and asks.
fn confirm(lines: &[Line], count: usize, wish: Wish, common: &Common) -> Result<()> {
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
        "{} NO_AUTH_DATA_REQUIRED on {count} accounts? [y/N] ",
        match wish {
            Wish::Set => "Set",
            Wish::Clear => "Clear",
        }
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

/// Drives the exchange for one account.
async fn perform(
    session: &Session,
    account: &Account,
    wish: Wish,
    policy: Policy,
    journal: &mut Journal,
) -> Fate {
    let dn = account.dn.as_str();
    let (mut exchange, mut action) = Exchange::start(account, wish, policy);
    loop {
        action = match action {
            Action::Finish(outcome) => return fate(session, dn, outcome),
            Action::Modify(step) => {
                let record = Record {
                    time: format!("{:.0}", Timestamp::now()),
                    who: session.who().to_owned(),
                    server: session.server().to_owned(),
                    dn: dn.to_owned(),
                    guid: account.guid.to_string(),
                    old: step.old.to_ldap(),
                    new: step.new.to_ldap(),
                };
                let written = journal.append(&[record]);
                match written {
                    Err(error) => return Fate::Failed(error),
                    Ok(()) => match session.compare_and_swap(dn, step).await {
                        Ok((code, diagnostic)) => exchange.modified(code, &diagnostic),
                        Err(error) => return Fate::Failed(error),
                    },
                }
            }
            Action::Read => match reread(session, dn).await {
                Ok(account) => exchange.read(&account),
                Err(error) => return Fate::Failed(error),
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
            let answer = session.refused("the change was refused", code, &diagnostic);
            let error = failed("the change was refused").because(answer.message());
            Fate::Failed(
                answer
                    .hints()
                    .iter()
                    .fold(error, |error, hint| error.hint(hint.clone())),
            )
        }
    }
}

/// Prints the results and decides the exit status.
fn finish(
    change: &Change,
    wish: Wish,
    session: &Session,
    journal: &Journal,
    mut lines: Vec<Line>,
    common: &Common,
    out: &mut Output,
) -> Result<u8> {
    let changed = lines
        .iter()
        .filter(|line| matches!(line.fate, Fate::Changed(_)))
        .count();
    if journal.is_used() {
        common.note(&format!("journal: {}", journal.path().display()));
    }
    // One host that was not changed is one error, in the form of all errors.
    if let [line] = lines.as_mut_slice() {
        match std::mem::replace(&mut line.fate, Fate::Unchanged(Default::default())) {
            Fate::Failed(error) => return Err(error),
            Fate::Refused(refusal) => return Err(refused(line, refusal)),
            other => line.fate = other,
        }
    }
    if change.json {
        let document = serde_json::json!({
            "server": session.server(),
            "wanted": wish.state(),
            "dry_run": change.dry_run,
            "journal": journal.is_used().then(|| journal.path().display().to_string()),
            "results": lines.iter().map(change::json).collect::<Vec<_>>(),
        });
        writeln!(out, "{document}").map_err(unwritable)?;
    } else {
        for line in &lines {
            change::text(out, line, common.paint()).map_err(unwritable)?;
        }
    }
    if changed > 0 {
        explain(wish, session, common);
    }
    Ok(status(&lines))
}

fn status(lines: &[Line]) -> u8 {
    let count = |wanted: fn(&Fate) -> bool| lines.iter().filter(|line| wanted(&line.fate)).count();
    let refused = count(|fate| matches!(fate, Fate::Refused(_)));
    let failed = count(|fate| matches!(fate, Fate::Failed(_)));
    let done = lines.len() - refused - failed;
    let worst = lines
        .iter()
        .filter_map(|line| match &line.fate {
            Fate::Failed(error) => Some(error.kind().exit_code()),
            _ => None,
        })
        .max();
    match (done, refused + failed, worst) {
        (_, 0, _) => 0,
        (0, _, None) => 1,
        (0, _, Some(code)) => code,
        _ => 3,
    }
}

fn refused(line: &Line, refusal: Refusal) -> Error {
    let dn = line
        .account
        .as_ref()
        .map_or(line.host.as_str(), |account| account.dn.as_str());
    Error::new(Kind::Refused, dn, format!("not touched: {refusal}")).hint(refusal.hint())
}

fn explain(wish: Wish, session: &Session, common: &Common) {
    common.note(&format!(
        "written to and read back from {}; other domain controllers follow with replication",
        session.server()
    ));
    if wish == Wish::Set {
        common.note(
            "tickets that people hold already keep their PAC until they expire; `kdestroy` and `kinit`, \
             or a new ticket cache, gets one without\n\
             new tickets for these hosts tell them who somebody is and nothing of their groups; \
             NFS asks the directory for those\n\
             gssproxy on the NFS server takes large tickets too, and needs no change here",
        );
    }
}
