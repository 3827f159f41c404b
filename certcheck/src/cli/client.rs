//! `certcheck client`: wiring of the servers, the namespace and the command.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args;

use super::Common;
use crate::client::cases::{self, CASES, Case};
use crate::client::hints::{self, Client};
use crate::client::namespace;
use crate::client::pki::{Names, Pki};
use crate::client::report::{self, Row, Summary};
use crate::client::run::{PLACEHOLDERS, Plan, check_program};
use crate::error::{Error, Kind, Result};
use crate::terminal::Output;

/// Scripts longer than this are not searched for the client they use.
const LONGEST_SCRIPT: u64 = 256 * 1024;
const WRAPPER: &str = "client-namespace";

/// Tests whether a client verifies: starts it against servers that it must refuse
#[derive(Debug, Args)]
#[command(
    long_about = "Tests whether a client verifies.\n\n\
        Starts CMD once for every case against a server on loopback that has one thing wrong: an \
        expired certificate, another host's name, a broken chain, an old protocol. The server \
        decides: a client that sends it a request has accepted it, whatever the command prints \
        and however it exits. A few good servers check that the client can succeed at all.\n\n\
        In CMD, {url}, {host}, {port}, {ca} (the root that the client is to trust) and {crl} \
        (revocation lists) are replaced. CMD is started without a shell, with an empty input and \
        without proxies in its environment. Where the system permits it, as root or with user \
        namespaces, CMD sees a hosts file of its own in which the test names lead to 127.0.0.1; \
        elsewhere `localhost` is used and some cases are skipped.\n\n\
        Exit status: 0 when every good server was accepted and every bad one refused, 1 when not \
        or when a case could not be judged, 2 for usage, 4 when CMD cannot be started.",
    after_help = "Examples:\n  \
        certcheck client -- curl -sS --cacert {ca} {url}\n  \
        certcheck client --skip revoked --junit tls.xml -- ./backup.py --url {url} --ca {ca}\n  \
        certcheck client --case wrong-host -v -- env SSL_CERT_FILE={ca} ./fetch {url}"
)]
pub(super) struct ClientArgs {
    /// Pose this case only (repeatable)
    ///
    /// For the one you are mending just now: the whole round takes longer.
    #[arg(long = "case", value_name = "ID", value_parser = case)]
    cases: Vec<&'static Case>,
    /// Leave this case out (repeatable)
    ///
    /// For a risk that you accept, such as revoked certificates; the output
    /// says that it was left out.
    #[arg(long = "skip", value_name = "ID", value_parser = case)]
    skipped: Vec<&'static Case>,
    /// List the cases and end
    ///
    /// Shows what is wrong with each server, and the rule that a client breaks
    /// by accepting it.
    #[arg(long)]
    list: bool,
    /// Time for the command, each case
    ///
    /// Raise it for clients that start slowly; a client that hangs has proved
    /// nothing.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    timeout: Duration,
    /// Cases at a time [default: twice the processors, at most 8]
    ///
    /// 1 is for a client that cannot run beside itself, such as one with a lock
    /// file.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: Option<u8>,
    /// Do not give the command a hosts file of its own
    ///
    /// For a client that breaks in namespaces. It is asked to reach localhost
    /// then, and cases with wildcards are skipped.
    #[arg(long)]
    no_namespace: bool,
    /// One JSON object a case
    ///
    /// For scripts: what the client did, the rule, the risk and the cure of
    /// each case.
    #[arg(long, conflicts_with = "nagios")]
    json: bool,
    /// One line for a monitoring system
    ///
    /// Notices the update of a library that stops verifying.
    #[arg(long)]
    nagios: bool,
    /// Also write a JUnit file
    ///
    /// For a CI server, which then lists every case as a test that passed or
    /// failed.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The client and its arguments, with {url} {host} {port} {ca} {crl}
    ///
    /// They are replaced wherever they stand, so that a script is tested as it
    /// is, without being changed.
    #[arg(last = true, value_name = "CMD", required_unless_present = "list")]
    command: Vec<OsString>,
}

/// Becomes a command in a namespace with this hosts file
#[derive(Debug, Args)]
pub(super) struct NamespaceArgs {
    /// The hosts file
    #[arg(long)]
    hosts: PathBuf,
    /// Only see whether this name leads to loopback there
    #[arg(long)]
    resolves: Vec<String>,
    /// The command
    #[arg(last = true)]
    command: Vec<OsString>,
}

fn case(id: &str) -> Result<&'static Case, String> {
    cases::find(id).ok_or_else(|| match cases::nearest(id) {
        Some(near) => format!("no such case; did you mean `{near}`? `--list` has them all"),
        None => "no such case; `--list` has them all".to_owned(),
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "not a duration such as 10s or 1m".to_owned())?;
    match Duration::try_from(parsed) {
        Ok(duration) if !duration.is_zero() && duration.as_secs() <= 86_400 => Ok(duration),
        _ => Err("must be more than nothing and at most a day".to_owned()),
    }
}

/// Runs the command.
///
/// # Errors
/// When the command cannot be started, or this system has no ports or no room.
pub(super) fn run(args: &ClientArgs, common: &Common, out: &mut Output) -> Result<u8> {
    let cases: Vec<&'static Case> = CASES
        .iter()
        .filter(|case| args.cases.is_empty() || args.cases.iter().any(|only| only.id == case.id))
        .filter(|case| !args.skipped.iter().any(|skipped| skipped.id == case.id))
        .collect();
    if args.list {
        let list = if args.json {
            report::list_json(&cases)
        } else {
            report::list_text(&cases)
        };
        write(out, &list)?;
        return Ok(0);
    }
    if cases.is_empty() {
        return Err(Error::new(Kind::Usage, "--skip", "leaves no case"));
    }
    names_a_server(&args.command)?;
    check_program(&args.command, std::env::var_os("PATH").as_deref())?;

    let folder = tempfile::Builder::new()
        .prefix("certcheck-client-")
        .tempdir()
        .map_err(|error| {
            Error::new(Kind::System, "a temporary folder", "cannot be made").because(error)
        })?;
    let pki = Pki::new(jiff::Timestamp::now())?;
    let stage = Stage::new(folder.path(), args.no_namespace)?;
    if let (Some(why), false) = (&stage.no_namespace, common.quiet) {
        crate::terminal::report(&format!(
            "certcheck: client: {why}; some cases are skipped\n"
        ));
    }
    let plan = Plan {
        command: args.command.clone(),
        cases,
        names: stage.names,
        wrapper: stage.wrapper,
        no_namespace: stage.no_namespace,
        timeout: args.timeout,
        jobs: args.jobs.map_or_else(default_jobs, usize::from),
        ca: put(folder.path(), "ca.pem", &pki.ca_pem())?,
        crl: put(folder.path(), "crl.pem", &pki.crl_pem()?)?,
    };
    let client = recognised(&args.command);
    let mut rows = Vec::new();
    let mut summary = Summary::default();
    plan.run(&pki, |outcome| {
        let row = Row::new(&outcome, client);
        if args.json {
            write(out, &row.json())?;
            out.flush().map_err(stdout_failed)?;
        } else if !args.nagios {
            let output = (common.verbose > 0).then_some(outcome.output.as_slice());
            if !common.quiet || row.hint.is_some() {
                write(out, &row.text(common.color.enabled(), output))?;
                out.flush().map_err(stdout_failed)?;
            }
        }
        summary.add(outcome.status());
        rows.push(row);
        Ok(())
    })?;
    if let Some(path) = &args.junit {
        replace(path, &report::junit(&rows, summary))?;
    }
    if args.nagios {
        let (line, code) = summary.nagios(&rows);
        write(out, &line)?;
        return Ok(code);
    }
    if !args.json && !common.quiet {
        write(out, &summary.text())?;
    }
    Ok(u8::from(!summary.is_ok()))
}

/// Runs the hidden command that [`run`] starts itself as.
///
/// # Errors
/// When the namespace or the command cannot be had.
pub(super) fn run_in_namespace(args: &NamespaceArgs) -> Result<u8> {
    namespace::enter(&args.hosts)?;
    if args.command.is_empty() {
        let stray = args
            .resolves
            .iter()
            .find(|name| !namespace::is_loopback(name));
        return match stray {
            None => Ok(0),
            Some(name) => Err(Error::new(
                Kind::System,
                name.as_str(),
                "does not resolve to loopback, in spite of the hosts file",
            )),
        };
    }
    Err(namespace::become_command(&args.command))
}

/// Where the test names resolve, and how.
struct Stage {
    names: Names,
    wrapper: Vec<OsString>,
    no_namespace: Option<String>,
}

impl Stage {
    fn new(folder: &Path, no_namespace: bool) -> Result<Self> {
        let why = if no_namespace {
            "no namespace was wanted".to_owned()
        } else {
            match Stage::private(folder)? {
                Ok(stage) => return Ok(stage),
                Err(why) => why,
            }
        };
        let below = Names::below("certcheck.localhost");
        let names = if below.all().iter().all(|name| namespace::is_loopback(name)) {
            below
        } else {
            Names::localhost()
        };
        Ok(Stage {
            names,
            wrapper: Vec::new(),
            no_namespace: Some(why),
        })
    }

    /// Tries the namespace out; the inner error says why there is none.
    fn private(folder: &Path) -> Result<Result<Self, String>> {
        let names = Names::private();
        let system = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
        let hosts = put(
            folder,
            "hosts",
            &namespace::hosts_file(&names.all(), &system),
        )?;
        let own = std::env::current_exe().map_err(|error| {
            Error::new(Kind::System, "certcheck", "does not know its own path").because(error)
        })?;
        let mut wrapper: Vec<OsString> =
            vec![own.into(), WRAPPER.into(), "--hosts".into(), hosts.into()];
        let mut probe = Command::new(&wrapper[0]);
        probe.args(&wrapper[1..]).stdin(Stdio::null());
        for name in names.all() {
            probe.args(["--resolves", &name]);
        }
        let output = probe.output().map_err(|error| {
            Error::new(Kind::System, "certcheck", "cannot start itself").because(error)
        })?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            let first = text.lines().next().unwrap_or("no namespace can be entered");
            return Ok(Err(first.trim_start_matches("certcheck: ").to_owned()));
        }
        wrapper.push("--".into());
        Ok(Ok(Stage {
            names,
            wrapper,
            no_namespace: None,
        }))
    }
}

fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or(2, |count| (count.get() * 2).min(8))
}

fn names_a_server(command: &[OsString]) -> Result<()> {
    let named = command.iter().any(|word| {
        word.to_str().is_some_and(|word| {
            ["{url}", "{host}", "{port}"]
                .iter()
                .any(|name| word.contains(name))
        })
    });
    if named {
        return Ok(());
    }
    let program = command
        .first()
        .map_or_else(Default::default, |word| word.to_string_lossy());
    Err(Error::new(
        Kind::Usage,
        program,
        "is not told which server to connect to",
    )
    .hint(format!(
        "put one of {} where the address belongs",
        PLACEHOLDERS.join(" ")
    )))
}

/// Recognises the client by the words of the command and the scripts among them.
fn recognised(command: &[OsString]) -> Option<Client> {
    let mut texts: Vec<String> = command
        .iter()
        .map(|word| {
            // Of a path, the last part tells.
            let word = word.to_string_lossy().into_owned();
            match word.rsplit_once('/') {
                Some((_, last)) if !word.contains(' ') => last.to_owned(),
                _ => word,
            }
        })
        .collect();
    for word in command {
        let path = Path::new(word);
        let short = path
            .metadata()
            .is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LONGEST_SCRIPT);
        if short && let Ok(text) = std::fs::read_to_string(path) {
            texts.push(text);
        }
    }
    hints::recognise(&texts)
}

fn put(folder: &Path, name: &str, content: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    std::fs::write(&path, content).map_err(|error| cannot_write(&path, error))?;
    Ok(path)
}

/// Writes beside the place, syncs and renames: never half a file.
fn replace(path: &Path, content: &str) -> Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file =
        tempfile::NamedTempFile::new_in(folder).map_err(|error| cannot_write(path, error))?;
    file.write_all(content.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| cannot_write(path, error))?;
    file.persist(path)
        .map_err(|error| cannot_write(path, error.error))?;
    Ok(())
}

fn cannot_write(path: &Path, error: std::io::Error) -> Error {
    Error::new(
        Kind::System,
        path.display().to_string(),
        "cannot be written",
    )
    .because(error)
}

fn write(out: &mut Output, text: &str) -> Result<()> {
    out.write_all(text.as_bytes()).map_err(stdout_failed)
}

fn stdout_failed(error: std::io::Error) -> Error {
    Error::new(Kind::System, "standard output", "cannot write").because(error)
}
