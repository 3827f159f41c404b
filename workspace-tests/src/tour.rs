//! `cargo tour`: every tool doing its main job on real input, driven as a
//! user would drive it. Nothing here is scripted output: each step runs the
//! real binary, shows the command line and what it printed, and checks both.

mod ad_pac;
mod certcheck;
mod pxe;
mod rabbit_graph;

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};

use crate::{bins, process::Background};

/// One station of the tour.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The tool that is shown.
    pub tool: &'static str,
    /// What it does here, in a line.
    pub title: &'static str,
    /// Does it.
    pub run: fn(&mut Stage) -> Result<()>,
}

/// The stations.
pub const STEPS: &[Step] = &[rabbit_graph::STEP, certcheck::STEP, pxe::STEP, ad_pac::STEP];

/// What a step works with: its folder, its tool, and peers that are held
/// until the step (or, with `--hold`, the tour) ends.
#[derive(Debug)]
pub struct Stage {
    folder: PathBuf,
    held: Vec<Held>,
}

/// Keeps a peer alive; dropping it ends the peer.
pub trait Peer: std::fmt::Debug {}
impl<T: std::fmt::Debug> Peer for T {}
type Held = Box<dyn Peer>;

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Finished {
    /// The exit status.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Stage {
    /// Where this step's files go: `target/tour/<tool>`, emptied first.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes an input file of this step.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, content).with_context(|| format!("{}", path.display()))?;
        Ok(path)
    }

    /// Tells the reader something.
    pub fn say(&self, text: &str) {
        print(&format!("  {text}\n"));
    }

    /// Keeps a peer up until the step, or with `--hold` the tour, ends.
    pub fn hold(&mut self, peer: impl Peer + 'static) {
        self.held.push(Box::new(peer));
    }

    /// Runs a tool in the foreground, showing its command line and output,
    /// and insists on its exit status.
    ///
    /// # Errors
    /// When it cannot be started or ends with another status.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        tool: &str,
        args: &[A],
        environment: &[(&str, &str)],
        expected: i32,
    ) -> Result<Finished> {
        let line = command_line(tool, args, environment);
        print(&format!("  $ {line}\n"));
        let output = Command::new(bins::tool(tool))
            .args(args)
            .envs(environment.iter().copied())
            .current_dir(bins::workspace())
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{tool} cannot be started"))?;
        let finished = Finished {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        for text in [&finished.stdout, &finished.stderr] {
            for line in text.lines() {
                print(&format!("    {line}\n"));
            }
        }
        print(&format!("    (exit status {})\n", finished.code));
        ensure!(
            finished.code == expected,
            "`{line}` ended with {}, expected {expected}",
            output.status
        );
        Ok(finished)
    }

    /// Starts a tool in the background, showing its command line; its output
    /// goes to `<tool>.log` in the step's folder.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start<A: AsRef<OsStr>>(&self, tool: &str, args: &[A]) -> Result<Background> {
        print(&format!("  $ {} &\n", command_line(tool, args, &[])));
        let mut command = Command::new(bins::tool(tool));
        command.args(args).current_dir(bins::workspace());
        Background::start(tool, command, &self.folder.join(format!("{tool}.log")))
    }
}

/// Runs the tour; `only` limits it to some tools, `hold` leaves the peers up
/// until Enter is pressed, so that the commands can be repeated by hand.
pub fn main(only: &[String], hold: bool) -> ExitCode {
    let begin = Instant::now();
    let mut failed = Vec::new();
    let mut held = Vec::new();
    let steps: Vec<_> = STEPS
        .iter()
        .filter(|step| only.is_empty() || only.iter().any(|name| name == step.tool))
        .collect();
    for (index, step) in steps.iter().enumerate() {
        print(&format!(
            "\n{}/{} {}: {}\n",
            index + 1,
            steps.len(),
            step.tool,
            step.title
        ));
        match perform(step) {
            Ok(peers) => {
                print("  ok\n");
                if hold {
                    held.extend(peers);
                }
            }
            Err(error) => {
                print(&format!("  FAILED: {error:#}\n"));
                failed.push(step.tool);
            }
        }
    }
    print(&format!(
        "\n{} of {} steps passed",
        steps.len() - failed.len(),
        steps.len()
    ));
    print(&format!(
        " in {:.1} s; the files are in target/tour\n",
        begin.elapsed().as_secs_f64()
    ));
    if hold {
        print("The peers stay up for you to repeat the commands; press Enter to end them.\n");
        let _ = std::io::stdin().read_line(&mut String::new());
    }
    drop(held);
    if failed.is_empty() && !steps.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn perform(step: &Step) -> Result<Vec<Held>> {
    let relative = Path::new("target/tour").join(step.tool);
    let whole = bins::workspace().join(&relative);
    if whole.exists() {
        std::fs::remove_dir_all(&whole).with_context(|| format!("{}", whole.display()))?;
    }
    std::fs::create_dir_all(&whole).with_context(|| format!("{}", whole.display()))?;
    // Commands run in the workspace, so that the relative path they show is
    // the one a reader can type.
    std::env::set_current_dir(bins::workspace())?;
    let mut stage = Stage {
        folder: relative,
        held: Vec::new(),
    };
    (step.run)(&mut stage)?;
    Ok(stage.held)
}

/// The line a reader types to repeat a command from the workspace.
fn command_line<A: AsRef<OsStr>>(tool: &str, args: &[A], environment: &[(&str, &str)]) -> String {
    let binary = bins::tool(tool);
    let shown = binary.strip_prefix(bins::workspace()).unwrap_or(&binary);
    let mut words: Vec<OsString> = environment
        .iter()
        .map(|(name, value)| OsString::from(format!("{name}={}", quoted(value))))
        .collect();
    words.push(shown.into());
    words.extend(
        args.iter()
            .map(|arg| quoted(&arg.as_ref().to_string_lossy()).into()),
    );
    words.join(OsStr::new(" ")).to_string_lossy().into_owned()
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[expect(clippy::print_stdout, reason = "the tour is read on a terminal")]
fn print(text: &str) {
    print!("{text}");
    let _ = std::io::stdout().flush();
}

/// Checks that a text contains what the step promised to show.
///
/// # Errors
/// Names the missing part and the whole text.
pub fn expect_part(text: &str, part: &str) -> Result<()> {
    if !text.contains(part) {
        bail!("`{part}` is missing in:\n{text}");
    }
    Ok(())
}
