//! `ad-pac audit`

use std::io::Write as _;
use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use jiff::Timestamp;

use crate::account::{Account, Policy, UserAccountControl, Wish, plan};
use crate::error::{Error, Kind, Result};
use crate::ldap::filter::Filter;
use crate::report::audit::{self, Counts, Finding, Verdict};
use crate::session::Session;
use crate::terminal::Output;

use super::Common;
use super::connect::Login;
use super::show::unwritable;
use super::targets::{label, service};

/// What a verdict rests on and what is printed: less than all of an account,
/// because there may be many thousands.
const JUDGED_ATTRIBUTES: &[&str] = &[
    "objectClass",
    "objectGUID",
    "objectSid",
    "sAMAccountName",
    "userAccountControl",
    "dNSHostName",
    "primaryGroupID",
    "isCriticalSystemObject",
    "msDS-SecondaryKrbTgtNumber",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Expect {
    /// Tickets carry no PAC
    Set,
    /// Tickets carry a PAC
    Clear,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    ad-pac audit --server dc1.example.com\n  \
    ad-pac audit --spn nfs --nagios --prometheus /var/lib/node_exporter/ad_pac.prom")]
pub(super) struct Audit {
    /// The service class whose accounts are looked at (again for more)
    ///
    /// `nfs` finds the NFS servers; other classes are for services that you
    /// keep without a PAC too.
    #[arg(long, value_name = "CLASS", default_value = "nfs")]
    spn: Vec<String>,

    /// What every account should have
    ///
    /// An account that differs makes the exit status 1.
    #[arg(long, value_name = "STATE", default_value = "set")]
    expect: Expect,

    /// Print one line for Nagios and its kin, with their exit status
    ///
    /// Says so the day somebody joins a new NFS server to the domain, and not
    /// when the first person complains.
    #[arg(long, conflicts_with = "json")]
    nagios: bool,

    /// Write metrics for the text collector of node_exporter to this file
    ///
    /// For alerts in Prometheus. The file is replaced whole, and the verdict is
    /// printed as well.
    #[arg(long, value_name = "FILE")]
    prometheus: Option<PathBuf>,

    /// Print JSON Lines: one document an account, the last one the counts
    ///
    /// For scripts, of thousands of accounts too: each is printed as it is
    /// judged.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    login: Login,
}

pub(super) fn run(args: &Audit, common: &Common, out: &mut Output) -> Result<u8> {
    let filters = args
        .spn
        .iter()
        .map(|class| service(class))
        .collect::<Result<Vec<_>>>()?;
    let user = Filter::equals("objectClass", "user");
    let filter = Filter::and([user, Filter::or(filters)]);
    let wish = match args.expect {
        Expect::Set => Wish::Set,
        Expect::Clear => Wish::Clear,
    };
    super::runtime()?.block_on(async {
        let session = args.login.session().await?;
        let base = args.login.base(&session);
        let mut counts = Counts::default();
        let mut pages = session.stream(base, filter.as_str(), JUDGED_ATTRIBUTES);
        while let Some(page) = pages.next().await {
            for entry in page?.entries {
                let account = entry.account().map_err(|error| unusable(&session, error))?;
                let finding = Finding {
                    host: label(&account),
                    verdict: judge(&account, wish),
                    account: &account,
                };
                counts.add(&finding);
                if args.json {
                    writeln!(out, "{}", audit::json(&finding)).map_err(unwritable)?;
                } else if !args.nagios {
                    audit::text(out, &finding, common.paint()).map_err(unwritable)?;
                }
            }
        }
        if let Some(path) = &args.prometheus {
            let text = audit::prometheus(&counts, &args.spn, wish, Timestamp::now().as_second());
            write_whole(path, &text)?;
        }
        if counts.accounts == 0 {
            common.note(&format!("note: no account below {base} has such a service"));
        }
        let differ = counts.differing > 0;
        if args.nagios {
            writeln!(out, "{}", audit::nagios(&counts, &args.spn, wish)).map_err(unwritable)?;
            return Ok(if differ { 2 } else { 0 });
        }
        if args.json {
            writeln!(
                out,
                "{}",
                audit::json_counts(&counts, session.server(), wish)
            )
            .map_err(unwritable)?;
        } else {
            audit::summary(out, &counts, wish).map_err(unwritable)?;
        }
        Ok(u8::from(differ))
    })
}

/// Accounts that this tool never touches are shown and not judged.
fn judge(account: &Account, wish: Wish) -> Verdict {
    if let Some(refusal) = plan::refusal(account, Policy { allow_user: true }) {
        return Verdict::NotJudged(refusal);
    }
    if wish.holds(account.flags) {
        Verdict::AsExpected
    } else if account.flags.contains(UserAccountControl::ACCOUNTDISABLE) {
        Verdict::DiffersDisabled
    } else {
        Verdict::Differs
    }
}

fn unusable(session: &Session, error: crate::ldap::entry::NotAccount) -> Error {
    Error::new(
        Kind::Peer,
        session.server(),
        "an object cannot be used as an account",
    )
    .because(error)
    .hint("the account that asks may lack the right to read it")
}

/// Writes a file so that a reader sees the old one or the new one.
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(
            Kind::System,
            path.display().to_string(),
            "cannot be written",
        )
        .because(error)
        .hint("--prometheus names a file in the folder of the text collector")
    };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = std::fs::File::create(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    });
    written.map_err(|error| {
        let _ = std::fs::remove_file(&temporary);
        failed(error)
    })
}
