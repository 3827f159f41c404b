//! `pxe serve` on a host of the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::firmware::wait_for_udp;
use crate::bins;
use crate::netns::Host;
use crate::process::Background;

/// A running `pxe serve`.
#[derive(Debug)]
pub struct Serve {
    /// Its process.
    pub process: Background,
    /// Its configuration.
    pub config: PathBuf,
}

impl Serve {
    /// Writes the configuration to `folder` and serves it; ready once the UDP
    /// ports are open.
    ///
    /// # Errors
    /// When it ends or does not open them.
    pub fn start(host: &Host, config: &str, ports: &[u16], folder: &Path) -> Result<Self> {
        Self::start_binary(host, &[], &bins::tool("pxe"), config, ports, folder)
    }

    /// The same with a binary of one's own, under another program (such as
    /// strace) when `wrapper` names one.
    ///
    /// # Errors
    /// When it ends or does not open the ports.
    pub fn start_binary(
        host: &Host,
        wrapper: &[String],
        binary: &Path,
        config: &str,
        ports: &[u16],
        folder: &Path,
    ) -> Result<Self> {
        let file = folder.join("pxe.toml");
        fs::write(&file, config).with_context(|| format!("{}", file.display()))?;
        let mut command = match wrapper.split_first() {
            None => Command::new(binary),
            Some((program, args)) => {
                let mut command = Command::new(program);
                command.args(args).arg(binary);
                command
            }
        };
        command.args(["serve", "-c"]).arg(&file);
        let mut process = host.start("pxe", command, &folder.join("pxe.log"))?;
        wait_for_udp(host, &mut process, ports)?;
        Ok(Serve {
            process,
            config: file,
        })
    }

    /// Writes another configuration and asks for it (SIGHUP). What the daemon
    /// made of it is in its log.
    ///
    /// # Errors
    /// When it cannot be written or the process is gone.
    pub fn reload(&self, config: &str) -> Result<()> {
        fs::write(&self.config, config)?;
        self.process.signal("HUP")
    }
}
