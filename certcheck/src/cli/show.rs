//! `certcheck show`: the chain as presented, decoded.

use std::io::Write as _;

use tokio::runtime::Builder;

use super::Common;
use super::options::{NetworkArgs, TargetArgs, TrustArgs, time, usage};
use crate::check::{Plan, check};
use crate::error::{Error, Kind, Result};
use crate::outcome::Outcome;
use crate::report::text::Manner;
use crate::report::{json, show, text};
use crate::target::Target;
use crate::terminal::Output;

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  certcheck show www.example.org
  certcheck show mail.example.org --starttls smtp --json")]
pub(super) struct Args {
    /// host, host:port, https://host[:port]/path or [v6]:port
    ///
    /// The port is 443 where none is named. The host is also the name that the
    /// certificate must carry.
    target: String,
    /// One JSON object
    ///
    /// For scripts: everything that the text shows, in fields that do not
    /// change their meaning.
    #[arg(long)]
    json: bool,
    /// Judge as of this time instead of now
    ///
    /// Answers whether a chain will still hold in March, or what was wrong last
    /// night.
    #[arg(long, value_name = "TIME", value_parser = time, hide_short_help = true)]
    at: Option<i64>,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    options: TargetArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output) -> Result<u8> {
    let target = Target::parse(&args.target, args.options.options()?).map_err(|what| {
        let subject = super::check::subject(&args.target);
        usage(subject, what).hint("a target is host, host:port, https://host/path or [v6]:port")
    })?;
    let plan = Plan {
        settings: args.network.settings(args.trust.load()?, args.at)?,
        retries: 0,
        all_addresses: false,
        follow: false,
        aia: false,
        at: args.at,
    };
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::System, "tokio", "cannot start").because(error))?;
    let outcomes = runtime.block_on(check(&target, &plan));
    runtime.shutdown_background();
    let manner = Manner {
        quiet: false,
        verbose: true,
        color: common.color.enabled(),
    };
    for outcome in &outcomes {
        write(out, outcome, args.json, manner).map_err(|error| {
            Error::new(Kind::System, "standard output", "cannot write").because(error)
        })?;
    }
    // What was asked for is the chain: without one, the peer has failed.
    if let Some(outcome) = outcomes.iter().find(|outcome| outcome.presented.is_empty()) {
        let what = outcome
            .main_finding()
            .map_or("no certificate was presented", |finding| {
                finding.message.as_str()
            });
        return if args.json {
            Ok(Kind::Peer.exit_code())
        } else {
            Err(Error::new(Kind::Peer, target.text, what.to_owned()))
        };
    }
    Ok(u8::from(
        !outcomes.iter().all(|outcome| outcome.verdict.passed()),
    ))
}

fn write(
    out: &mut Output,
    outcome: &Outcome,
    as_json: bool,
    manner: Manner,
) -> std::io::Result<()> {
    if as_json {
        serde_json::to_writer(&mut *out, &json::Peer::from(outcome))?;
        return out.write_all(b"\n");
    }
    if outcome.presented.is_empty() {
        return Ok(());
    }
    for (index, entry) in outcome.presented.iter().enumerate() {
        let role = match outcome.path.iter().position(|used| *used == index) {
            Some(0) => "the server's own",
            Some(_) => "an issuer",
            None => "not needed",
        };
        writeln!(out, "{}. {role}", index + 1)?;
        show::write(out, entry, outcome.judged_at)?;
    }
    if let Some(root) = &outcome.root {
        writeln!(out, "trusted through\n   root       {root}")?;
    }
    if let Some(cipher) = &outcome.cipher {
        writeln!(out, "cipher suite\n   {cipher}")?;
    }
    writeln!(out)?;
    text::write(out, outcome, manner)
}
