//! What a process costs: time, processor time, and the most memory it had.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value as Json, json};

/// What a run of a command cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Seconds from start to end.
    pub(crate) wall: f64,
    /// Seconds of processor time, its own and the system's for it.
    pub(crate) cpu: f64,
    /// The most memory resident at once, in MB of 10^6 bytes.
    pub(crate) peak: f64,
}

/// Runs a command with its output thrown away. An exit status of 1, a
/// negative verdict, is a run like any other.
///
/// The kernel keeps the peak of all children of a process together, so each
/// command gets a parent of its own: this program, as `measured`.
pub(crate) fn run(program: &Path, arguments: &[&str]) -> Result<Cost> {
    let report = tempfile::NamedTempFile::new()?;
    let status = Command::new(std::env::current_exe()?)
        .arg("measured")
        .arg(report.path())
        .arg("--")
        .arg(program)
        .args(arguments)
        .status()?;
    ensure!(
        status.success(),
        "{} {arguments:?} failed",
        program.display()
    );
    let cost: Json = serde_json::from_slice(&std::fs::read(report.path())?)?;
    let number = |name: &str| cost[name].as_f64().context("no cost was written down");
    Ok(Cost {
        wall: number("wall")?,
        cpu: number("cpu")?,
        peak: number("peak")?,
    })
}

/// The other side of [`run`].
pub(crate) fn measured(report: &Path, command: &[String]) -> Result<()> {
    let (program, arguments) = command.split_first().context("no command")?;
    let begin = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("{program} cannot be started"))?;
    let wall = begin.elapsed().as_secs_f64();
    ensure!(
        status.code().is_some_and(|code| code < 2),
        "{program}: {status}"
    );
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| {
        std::time::Duration::new(
            u64::try_from(time.tv_sec()).unwrap_or_default(),
            u32::try_from(time.tv_usec()).unwrap_or_default() * 1000,
        )
        .as_secs_f64()
    };
    #[expect(clippy::cast_precision_loss, reason = "KiB of a process")]
    let peak = usage.max_rss() as f64 * 1024.0 / 1e6;
    let cost = json!({"wall": wall, "cpu": seconds(usage.user_time()) + seconds(usage.system_time()), "peak": peak});
    std::fs::write(report, cost.to_string())?;
    Ok(())
}
