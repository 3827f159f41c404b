//! Starts the command once a case, bounded in time and output, and hands the
//! outcomes back in the order of the cases.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::cases::Case;
use super::pki::{Names, Pki};
use super::server::{Stand, host_of};
use super::verdict::{Status, Verdict, judge};
use crate::error::{Error, Kind, Result};

/// This much of what the command prints is kept, a case.
const OUTPUT_KEPT: usize = 64 * 1024;
/// How long output is waited for when the command has ended but something
/// that it started holds its pipes.
const OUTPUT_GRACE: Duration = Duration::from_millis(500);
/// A command under test talks to the servers of the case, not to a proxy.
const PROXIES: &[&str] = &[
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
];
/// Every placeholder, for help and errors.
pub(crate) const PLACEHOLDERS: &[&str] = &["{url}", "{host}", "{port}", "{ca}", "{crl}"];

/// What is run, and how.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The command with its placeholders.
    pub command: Vec<OsString>,
    /// The cases, in the order of the report.
    pub cases: Vec<&'static Case>,
    /// How the servers are called.
    pub names: Names,
    /// The words that start the command in a namespace of its own, if any.
    pub wrapper: Vec<OsString>,
    /// Why cases are skipped without a namespace.
    pub no_namespace: Option<String>,
    /// How long the command may take, a case.
    pub timeout: Duration,
    /// How many cases at a time.
    pub jobs: usize,
    /// The CA in PEM.
    pub ca: PathBuf,
    /// The revocation lists in PEM.
    pub crl: PathBuf,
}

/// What happened in one case.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The case.
    pub case: &'static Case,
    /// What is to be said of the client.
    pub verdict: Verdict,
    /// How the command ended; `None` when it was not started.
    pub ended: Option<CommandEnd>,
    /// What it printed, at most 64 KiB.
    pub output: Vec<u8>,
    /// How long it took.
    pub milliseconds: u64,
}

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandEnd {
    /// With this exit status.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// It was ended when its time was over.
    TimedOut,
}

impl Outcome {
    /// How it compares to what was expected.
    pub(crate) fn status(&self) -> Status {
        self.verdict.status(self.case.expected)
    }
}

impl Plan {
    /// Runs all cases and calls `done` for each, in order, as soon as it and
    /// all before it are done.
    ///
    /// # Errors
    /// When the command cannot be started or a server cannot be had.
    pub(crate) fn run(&self, pki: &Pki, mut done: impl FnMut(Outcome) -> Result<()>) -> Result<()> {
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let (results, received) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.clamp(1, self.cases.len().max(1)) {
                let results = results.clone();
                let (next, stop) = (&next, &stop);
                scope.spawn(move || {
                    while !stop.load(Ordering::SeqCst) {
                        let index = next.fetch_add(1, Ordering::SeqCst);
                        let Some(&case) = self.cases.get(index) else {
                            return;
                        };
                        if results.send((index, self.pose(case, pki))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(results);
            let mut waiting = BTreeMap::new();
            let mut due = 0;
            for (index, result) in received {
                waiting.insert(index, result);
                while let Some(result) = waiting.remove(&due) {
                    due += 1;
                    if let Err(error) = result.and_then(&mut done) {
                        stop.store(true, Ordering::SeqCst);
                        return Err(error);
                    }
                }
            }
            Ok(())
        })
    }

    fn pose(&self, case: &'static Case, pki: &Pki) -> Result<Outcome> {
        let begin = Instant::now();
        let Some(host) = host_of(case, &self.names) else {
            let why = self
                .no_namespace
                .as_deref()
                .unwrap_or("no name for it resolves to loopback");
            return Ok(Outcome {
                case,
                verdict: Verdict::Skipped(why.to_owned()),
                ended: None,
                output: Vec::new(),
                milliseconds: 0,
            });
        };
        // A connection may outlive its deadline by nothing: the command does not.
        let stand = Stand::open(case, pki, &self.names, host, self.timeout)?;
        let ran = self
            .start(&stand)
            .and_then(|child| Ran::wait(child, self.timeout));
        let seen = stand.close();
        let ran = ran?;
        let mut verdict = judge(case, &seen);
        if ran.ended == CommandEnd::TimedOut
            && let Verdict::Refused(text) | Verdict::Unplayed(text) = &mut verdict
        {
            text.push_str(&format!(
                ", and ended after {} s only because its time was over",
                self.timeout.as_secs_f32()
            ));
        }
        Ok(Outcome {
            case,
            verdict,
            ended: Some(ran.ended),
            output: ran.output,
            milliseconds: u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }

    fn start(&self, stand: &Stand) -> Result<Child> {
        let values = Values::new(stand, &self.ca, &self.crl);
        let words: Vec<OsString> = self
            .wrapper
            .iter()
            .cloned()
            .chain(self.command.iter().map(|word| values.fill(word)))
            .collect();
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| Error::new(Kind::Usage, "command line", "no command was given"))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        for name in PROXIES {
            command.env_remove(name);
        }
        command
            .spawn()
            .map_err(|error| cannot_start(&self.command).because(error))
    }
}

/// The error for a command that is not there.
pub(crate) fn cannot_start(command: &[OsString]) -> Error {
    let program = command
        .first()
        .map(|word| word.to_string_lossy().into_owned());
    Error::new(
        Kind::System,
        program.unwrap_or_default(),
        "cannot be started",
    )
    .hint("the words after `--` are the command and its arguments, started without a shell")
}

/// Looks for the program of a command as the system would, so that a missing
/// one is told before any case is posed.
///
/// # Errors
/// When there is none, or it cannot be executed.
pub(crate) fn check_program(command: &[OsString], path: Option<&OsStr>) -> Result<()> {
    let program = Path::new(command.first().map_or(OsStr::new(""), OsString::as_os_str));
    let candidates: Vec<PathBuf> = if program.components().count() > 1 || program.is_absolute() {
        vec![program.to_owned()]
    } else {
        std::env::split_paths(path.unwrap_or(OsStr::new("/bin:/usr/bin")))
            .map(|folder| folder.join(program))
            .collect()
    };
    let mut cause = Errno::ENOENT;
    for candidate in candidates {
        match nix::unistd::access(&candidate, nix::unistd::AccessFlags::X_OK) {
            Ok(()) if candidate.is_file() => return Ok(()),
            Ok(()) => cause = Errno::EACCES,
            Err(errno) if errno != Errno::ENOENT && errno != Errno::ENOTDIR => cause = errno,
            Err(_) => {}
        }
    }
    Err(cannot_start(command).because(std::io::Error::from(cause)))
}

/// The values of the placeholders in one case.
struct Values(Vec<(&'static str, String)>);

impl Values {
    fn new(stand: &Stand, ca: &Path, crl: &Path) -> Self {
        let url = format!("https://{}:{}/", stand.host, stand.port);
        Values(vec![
            ("{url}", url),
            ("{host}", stand.host.clone()),
            ("{port}", stand.port.to_string()),
            ("{ca}", ca.display().to_string()),
            ("{crl}", crl.display().to_string()),
        ])
    }

    fn fill(&self, word: &OsStr) -> OsString {
        // A word that is not UTF-8 holds no placeholder that we could tell.
        let Some(word) = word.to_str() else {
            return word.to_owned();
        };
        self.0
            .iter()
            .fold(word.to_owned(), |word, (name, value)| {
                word.replace(name, value)
            })
            .into()
    }
}

/// A command that has ended.
struct Ran {
    ended: CommandEnd,
    output: Vec<u8>,
}

impl Ran {
    fn wait(mut child: Child, timeout: Duration) -> Result<Self> {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (finished, pipes) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            keep(stdout, &kept, finished.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            keep(stderr, &kept, finished.clone());
        }
        drop(finished);
        let group = i32::try_from(child.id()).map(Pid::from_raw);
        let (exited, exit) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = exited.send(child.wait());
        });
        let failed =
            |error| Error::new(Kind::System, "the command", "cannot be waited for").because(error);
        let ended = match exit.recv_timeout(timeout) {
            Ok(status) => end_of(status.map_err(failed)?),
            Err(RecvTimeoutError::Timeout) => {
                if let Ok(group) = group {
                    let _ = killpg(group, Signal::SIGKILL);
                }
                let _ = exit.recv_timeout(OUTPUT_GRACE);
                CommandEnd::TimedOut
            }
            Err(RecvTimeoutError::Disconnected) => CommandEnd::TimedOut,
        };
        // Both pipes report their end by hanging up.
        let limit = Instant::now() + OUTPUT_GRACE;
        while pipes
            .recv_timeout(limit.saturating_duration_since(Instant::now()))
            .is_ok()
        {}
        let output = std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Ran { ended, output })
    }
}

fn end_of(status: ExitStatus) -> CommandEnd {
    match (status.code(), status.signal()) {
        (Some(code), _) => CommandEnd::Exited(code),
        (None, signal) => CommandEnd::Signalled(signal.unwrap_or_default()),
    }
}

/// Reads a pipe to its end and keeps the beginning.
fn keep(
    mut pipe: impl Read + Send + 'static,
    kept: &Arc<Mutex<Vec<u8>>>,
    finished: mpsc::Sender<()>,
) {
    let kept = Arc::clone(kept);
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = pipe.read(&mut chunk) {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            let room = OUTPUT_KEPT.saturating_sub(kept.len());
            kept.extend_from_slice(&chunk[..count.min(room)]);
        }
        let _ = finished.send(());
    });
}

#[cfg(test)]
#[path = "run/tests.rs"]
mod tests;
