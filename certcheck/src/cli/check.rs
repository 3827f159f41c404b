//! `certcheck check`: peers, one or thousands.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::{Builder, Runtime};

use super::Common;
use super::options::{NetworkArgs, TargetArgs, TrustArgs, time, usage};
use crate::batch::{self, Limits};
use crate::check::Plan;
use crate::error::{Error, Kind, Result};
use crate::outcome::Outcome;
use crate::report::summary::Summary;
use crate::report::text::{Manner, Tally, tally};
use crate::report::{file, json, junit, nagios, prometheus, text};
use crate::target::list::{ListError, parse_lines, parse_toml};
use crate::target::{Options, Target, Threshold};
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
    ///
    /// The port is 443 where none is named. The host is also the name that the
    /// certificate must carry.
    #[arg(value_name = "TARGET", required_unless_present = "file")]
    targets: Vec<String>,
    /// One target a line with its options, or TOML; - is standard input
    ///
    /// For everything you are answerable for at once; targets may have
    /// thresholds and options of their own.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// One JSON object a peer, while it runs
    ///
    /// For scripts: all findings, dates and certificates, one line a peer, in
    /// the order of the targets.
    #[arg(long, conflicts_with = "nagios")]
    json: bool,
    /// One plugin line; exits 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
    ///
    /// Makes the command a plugin of Nagios, Icinga and their kin.
    #[arg(long)]
    nagios: bool,
    /// Write metrics for node_exporter's textfile collector
    ///
    /// For alerts in Prometheus. The file is replaced whole, and failing peers
    /// keep their expiry in it.
    #[arg(long, value_name = "FILE")]
    prometheus: Option<PathBuf>,
    /// Write a JUnit report
    ///
    /// For a CI server, which then lists every peer as a test that passed or
    /// failed.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Judge as of this time instead of now
    ///
    /// Answers whether a chain will still hold in March, or what was wrong last
    /// night.
    #[arg(long, value_name = "TIME", value_parser = time, hide_short_help = true)]
    at: Option<i64>,
    /// Follow redirects and check every hop
    ///
    /// A visitor ends at the last host, whose certificate is another one.
    #[arg(long)]
    follow: bool,
    /// Check every address of a name
    ///
    /// Behind one name there may be servers that were renewed and one that was
    /// forgotten.
    #[arg(long, hide_short_help = true)]
    all_addresses: bool,
    /// Try again after failures that may pass
    ///
    /// Keeps a monitor quiet over a lost packet. A bad certificate is never
    /// asked for twice.
    #[arg(long, value_name = "N", default_value_t = 0, hide_short_help = true)]
    retries: u32,
    /// Checks that work at once
    ///
    /// A check that waits for its peer, longer than a moment, gives its place
    /// to another; how many may wait is up to the system (ulimit -n).
    #[arg(long, value_name = "N", default_value_t = 128, hide_short_help = true)]
    concurrency: usize,
    /// Ask the issuer URLs of a certificate for a missing intermediate
    ///
    /// Names the certificate that the server ought to send. It explains only:
    /// the peer stays bad.
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
    let form = if args.nagios {
        Form::Summary
    } else if args.json {
        Form::Json
    } else {
        Form::Text(manner)
    };
    let keep = args.nagios || args.prometheus.is_some() || args.junit.is_some();
    let many = targets.len() > 1;
    let checked = check_all(targets, &plan, args.concurrency, form, keep, common, out)?;
    if let Some(path) = &args.prometheus {
        let now = jiff::Timestamp::now().as_second();
        file::write(path, &prometheus::file(&checked.summaries, now))?;
    }
    if let Some(path) = &args.junit {
        file::write(path, &junit::file(&checked.summaries))?;
    }
    if args.nagios {
        let (line, code) = nagios::line(&checked.summaries);
        out.write_all(line.as_bytes()).map_err(write_failed)?;
        return Ok(code);
    }
    if many && !args.json && !common.quiet {
        terminal::report(&format!("{}\n", tally(&checked.counts)));
    }
    Ok(u8::from(!checked.counts.passed()))
}

/// What is printed of each peer.
#[derive(Debug, Clone, Copy)]
enum Form {
    Text(Manner),
    Json,
    /// Nothing until the end.
    Summary,
}

/// What is left of all checks.
#[derive(Debug, Default)]
struct Checked {
    counts: Tally,
    summaries: Vec<Summary>,
}

fn check_all(
    targets: Vec<Target>,
    plan: &Arc<Plan>,
    concurrency: usize,
    form: Form,
    keep: bool,
    common: &Common,
    out: &mut Output,
) -> Result<Checked> {
    let runtime = runtime(targets.len())?;
    let limits = Limits {
        working: concurrency,
        open: open_sockets(concurrency),
    };
    let bar = progress(targets.len(), common);
    let mut checked = Checked::default();
    let with_address = plan.all_addresses;
    let digest = move |target: &Target, outcomes: Vec<Outcome>| {
        let thresholds = (
            target.options.warn.unwrap_or(Threshold::WARN),
            target.options.crit.unwrap_or(Threshold::CRIT),
        );
        let mut digest = Digest::default();
        for outcome in &outcomes {
            digest.counts.count(outcome.verdict);
            if keep {
                let summary = Summary::new(outcome, thresholds, with_address);
                digest.summaries.push(summary);
            }
            // Writing into memory cannot fail.
            match form {
                Form::Json => {
                    digest.text.reserve(TYPICAL_JSON);
                    let _ = serde_json::to_writer(&mut digest.text, &json::Peer::from(outcome));
                    digest.text.push(b'\n');
                }
                Form::Text(manner) => {
                    let _ = text::write(&mut digest.text, outcome, manner);
                }
                Form::Summary => {}
            }
        }
        // It may have to wait for its turn behind a slow one.
        digest.text.shrink_to_fit();
        digest
    };
    let take = |digest: Digest| {
        checked.counts.add(&digest.counts);
        checked.summaries.extend(digest.summaries);
        bar.suspend(|| {
            out.write_all(&digest.text)?;
            out.flush()
        })?;
        bar.inc(1);
        Ok::<bool, std::io::Error>(true)
    };
    let result = runtime.block_on(batch::run(targets, Arc::clone(plan), limits, digest, take));
    bar.finish_and_clear();
    // A resolver that hangs must not hold up the end.
    runtime.shutdown_background();
    result.map_err(write_failed)?;
    Ok(checked)
}

/// So long is the JSON of a peer with two certificates, in bytes.
const TYPICAL_JSON: usize = 4096;

/// What is kept of a check until its turn.
#[derive(Debug, Default)]
struct Digest {
    text: Vec<u8>,
    counts: Tally,
    summaries: Vec<Summary>,
}

fn write_failed(error: std::io::Error) -> Error {
    Error::new(Kind::System, "standard output", "cannot write").because(error)
}

/// A bar on a terminal, for lists; the quick ones are done before it shows.
fn progress(targets: usize, common: &Common) -> ProgressBar {
    if targets < 2 || common.quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(targets as u64);
    // The template is a constant; without it the default is as good.
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} checked, {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// How many checks may hold a socket, those included that wait for their
/// peer: as many as the system permits this process, within reason.
fn open_sockets(concurrency: usize) -> usize {
    const MOST: u64 = 8192;
    /// Files that are not sockets of checks.
    const RESERVED: u64 = 64;
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(MOST, |maximum| maximum.min(MOST));
    let current = limit.current.unwrap_or(MOST);
    let granted = if current < wanted {
        let raised = Rlimit {
            current: Some(wanted),
            maximum: limit.maximum,
        };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => wanted,
            Err(_) => current,
        }
    } else {
        current.min(MOST)
    };
    let usable = usize::try_from(granted.saturating_sub(RESERVED).max(1)).unwrap_or(usize::MAX);
    usable.max(1).min(concurrency.max(4096))
}

/// How a bad target is named; a password in it is not repeated.
pub(super) fn subject(target: &str) -> &str {
    if target.is_empty() || target.contains('@') {
        "TARGET"
    } else {
        target
    }
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
                .hint("a line is a target and its options, as in `host:port --warn 33%`")
        })?;
        if listed.is_empty() {
            return Err(Error::new(Kind::Input, name, "lists no target")
                .hint("a list is one target a line, or TOML with [[target]] tables"));
        }
        targets.extend(listed);
    }
    Ok(targets)
}
