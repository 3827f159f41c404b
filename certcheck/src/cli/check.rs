//! `certcheck check`: peers, one or thousands.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use super::Common;
use super::options::{NetworkArgs, TargetArgs, TrustArgs, time, usage};
use crate::batch::{self, Limits};
use crate::check::Plan;
use crate::error::{Error, Kind, Result};
use crate::outcome::Outcome;
use crate::report::text::{Manner, Tally, tally};
use crate::report::{json, text};
use crate::target::list::{ListError, parse_lines, parse_toml};
use crate::target::{Options, Target};
use crate::terminal::{self, Output};
use crate::trust;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  certcheck check www.example.org https://example.org:8443/health
  certcheck check intern.example --ca-file our-ca.pem --warn 33%
  certcheck check -q -f hosts.txt")]
pub(super) struct Args {
    /// host, host:port, https://host[:port]/path or [v6]:port
    #[arg(value_name = "TARGET", required_unless_present = "file")]
    targets: Vec<String>,
    /// One target a line with its options, or TOML; - is standard input
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// One JSON object a peer
    #[arg(long)]
    json: bool,
    /// Judge as of this time instead of now
    #[arg(long, value_name = "TIME", value_parser = time, hide_short_help = true)]
    at: Option<i64>,
    /// Follow redirects and check every hop
    #[arg(long)]
    follow: bool,
    /// Check every address of a name
    #[arg(long)]
    all_addresses: bool,
    /// Try again after failures that may pass
    #[arg(long, value_name = "N", default_value_t = 0, hide_short_help = true)]
    retries: u32,
    /// Checks that work at once
    ///
    /// A check that waits for its peer longer than half a second gives its
    /// place to another.
    #[arg(long, value_name = "N", default_value_t = 256, hide_short_help = true)]
    concurrency: usize,
    /// Ask the issuer URLs of a certificate for a missing intermediate
    #[arg(long, hide_short_help = true)]
    aia: bool,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output) -> Result<u8> {
    let options = args.target.options()?;
    let targets = targets(&args, &options)?;
    if args.network.proxy_is_explicit()
        && let Some(target) = targets
            .iter()
            .find(|target| target.options.connect_to.is_some())
    {
        return Err(usage(
            "--proxy",
            format!("cannot be used with --connect-to (target {target})"),
        ));
    }
    let trust = args.trust.load()?;
    let plan = Arc::new(Plan {
        settings: args.network.settings(trust, args.at)?,
        retries: args.retries,
        all_addresses: args.all_addresses,
        follow: args.follow,
        aia: args.aia,
        at: args.at,
    });
    let manner = Manner {
        quiet: common.quiet,
        verbose: common.verbose > 0,
        color: common.color.enabled(),
    };
    let many = targets.len() > 1;
    let counts = check_all(targets, plan, args.concurrency, args.json, manner, out)?;
    if many && !args.json && !common.quiet {
        terminal::report(&format!("{}\n", tally(&counts)));
    }
    Ok(u8::from(!counts.passed()))
}

fn check_all(
    targets: Vec<Target>,
    plan: Arc<Plan>,
    concurrency: usize,
    as_json: bool,
    manner: Manner,
    out: &mut Output,
) -> Result<Tally> {
    let runtime = runtime(targets.len())?;
    let limits = Limits {
        working: concurrency,
        open: concurrency.max(4096),
    };
    let mut counts = Tally::default();
    let digest = move |outcomes: Vec<Outcome>| -> Digest {
        let mut digest = Digest::default();
        for outcome in &outcomes {
            digest.counts.count(outcome.verdict);
            if as_json {
                // The shapes hold nothing that JSON cannot.
                let _ = serde_json::to_writer(&mut digest.text, &json::Peer::from(outcome));
                digest.text.push(b'\n');
            } else {
                let _ = text::write(&mut digest.text, outcome, manner);
            }
        }
        digest
    };
    let result = runtime.block_on(batch::run(targets, plan, limits, digest, |digest| {
        counts.add(&digest.counts);
        out.write_all(&digest.text)?;
        out.flush()?;
        Ok::<bool, std::io::Error>(true)
    }));
    // A resolver that hangs must not hold up the end.
    runtime.shutdown_background();
    result.map_err(|error| {
        Error::new(Kind::System, "standard output", "cannot write").because(error)
    })?;
    Ok(counts)
}

/// What is kept of a check until its turn.
#[derive(Debug, Default)]
struct Digest {
    text: Vec<u8>,
    counts: Tally,
}

/// One check needs no further thread; many share the processors.
fn runtime(targets: usize) -> Result<Runtime> {
    let mut builder = if targets == 1 {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    builder
        .enable_all()
        .max_blocking_threads(64)
        .build()
        .map_err(|error| Error::new(Kind::System, "tokio", "cannot start").because(error))
}

/// The targets of the command line, then those of the list.
fn targets(args: &Args, options: &Options) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for target in &args.targets {
        targets.push(Target::parse(target, options.clone()).map_err(|what| {
            // A password in a target must not be repeated.
            let subject = if target.contains('@') {
                "TARGET"
            } else {
                target
            };
            usage(subject, what).hint("a target is host, host:port, https://host/path or [v6]:port")
        })?);
    }
    if let Some(path) = &args.file {
        let (name, bytes) = if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(|error| {
                    Error::new(Kind::Input, "standard input", "cannot be read").because(error)
                })?;
            ("standard input".to_owned(), bytes)
        } else {
            (path.display().to_string(), trust::read(path)?)
        };
        let text = String::from_utf8(bytes)
            .map_err(|error| Error::new(Kind::Input, name.clone(), "not UTF-8").because(error))?;
        let is_toml = path.extension().is_some_and(|ending| ending == "toml");
        let parsed = if is_toml {
            parse_toml(&text, options)
        } else {
            parse_lines(&text, options)
        };
        let listed = parsed.map_err(|ListError { line, column, what }| {
            Error::new(Kind::Input, format!("{name}:{line}:{column}"), what)
        })?;
        if listed.is_empty() {
            return Err(Error::new(Kind::Input, name, "lists no target"));
        }
        targets.extend(listed);
    }
    Ok(targets)
}
