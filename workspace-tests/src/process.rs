//! Processes that are ended when they go out of scope, and shells that are typed into.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::wait;

/// A peer or daemon running in the background, its output in a file. Dropped,
/// it is asked to end (SIGTERM), and after five seconds made to.
#[derive(Debug)]
pub struct Background {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Background {
    /// Starts `command` with stdout and stderr appended to `log`.
    ///
    /// # Errors
    /// When the log cannot be opened or the program cannot be started.
    pub fn start(name: &str, mut command: Command, log: &Path) -> Result<Self> {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("{}: cannot be opened", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("{name}: cannot be started"))?;
        Ok(Background {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    pub fn output(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until `ready` holds; fails at once, with its output, when the
    /// process ends first.
    ///
    /// # Errors
    /// When the process ends or the deadline passes.
    pub fn wait_until(
        &mut self,
        what: &str,
        limit: Duration,
        mut ready: impl FnMut(&str) -> Result<(), String>,
    ) -> Result<()> {
        let mut ended: Option<ExitStatus> = None;
        let waited = wait::until(what, limit, || {
            let result = ready(&self.output());
            if result.is_err() {
                ended = self.child.try_wait().map_err(|error| error.to_string())?;
            }
            if ended.is_some() {
                Ok(false)
            } else {
                result.map(|()| true)
            }
        });
        match waited {
            Ok(true) => Ok(()),
            Ok(false) => anyhow::bail!(
                "{} ended ({}) before {what}; it printed:\n{}",
                self.name,
                ended.map_or_else(String::new, |status| status.to_string()),
                self.output()
            ),
            Err(error) => Err(error.context(format!("{} printed:\n{}", self.name, self.output()))),
        }
    }

    /// Sends a signal, named without its SIG.
    ///
    /// # Errors
    /// When there is no such process any more.
    pub fn signal(&self, name: &str) -> Result<()> {
        let pid = self.child.id().to_string();
        // The standard library can only kill; `kill` is in every base system.
        let status = Command::new("kill")
            .args(["-s", name, &pid])
            .status()
            .context("kill cannot be started")?;
        anyhow::ensure!(status.success(), "{}: not there any more", self.name);
        Ok(())
    }

    /// Kills it, as a power cut would, and waits for the end.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill(&mut self) -> Result<()> {
        let _ = self.child.kill();
        self.child.wait()?;
        Ok(())
    }

    /// True until the process has ended.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Sends SIGTERM and waits for the end.
    ///
    /// # Errors
    /// When the process is still there after `limit`.
    pub fn terminate(&mut self, limit: Duration) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        let pid = self.child.id().to_string();
        // The standard library can only kill; `kill` is in every base system.
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .context("kill cannot be started")?;
        wait::until(&format!("the end of {}", self.name), limit, || {
            match self.child.try_wait() {
                Ok(Some(status)) => Ok(status),
                Ok(None) => Err("still running".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if self.terminate(Duration::from_secs(5)).is_err() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Has a shell run what was typed, with both outputs in one and the programs
/// of a folder before those of the system.
pub fn type_into<'a>(shell: &'a mut Command, typed: &str, programs: &Path) -> &'a mut Command {
    let path = format!("{}:/usr/sbin:/usr/bin:/bin", programs.display());
    shell
        .args(["-c", &format!("exec 2>&1; {typed}")])
        .env("PATH", path)
        .env_remove("HTTPS_PROXY")
}
