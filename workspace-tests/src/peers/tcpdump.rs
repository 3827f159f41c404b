//! Captures with tcpdump.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::capture::Capture;
use crate::netns::Host;
use crate::process::Background;

/// A capture that is being written.
#[derive(Debug)]
pub struct Recorder {
    process: Background,
    file: PathBuf,
}

impl Recorder {
    /// Records what passes an interface of a host; the file and tcpdump's own
    /// words lie in `folder`.
    ///
    /// # Errors
    /// When tcpdump is missing or sees no such interface.
    pub fn start(host: &Host, interface: &str, folder: &Path) -> Result<Self> {
        Self::filtered(host, interface, "", folder)
    }

    /// The same for the packets that a filter of pcap-filter(7) lets through.
    ///
    /// # Errors
    /// When tcpdump is missing, sees no such interface or refuses the filter.
    pub fn filtered(host: &Host, interface: &str, filter: &str, folder: &Path) -> Result<Self> {
        let file = folder.join("wire.pcap");
        let log = folder.join("tcpdump.log");
        let _ = std::fs::remove_file(&log);
        let mut command = Command::new("tcpdump");
        command
            .args(["-n", "-U", "--immediate-mode", "-s", "0", "-B", "65536"])
            .args(["-Z", "root", "-i", interface, "-w"])
            .arg(&file)
            .args(filter.split_whitespace());
        let mut process = host
            .start("tcpdump", command, &log)
            .context("hint: apt-get install tcpdump")?;
        process.wait_until("tcpdump to listen", Duration::from_secs(10), |said| {
            said.contains("listening on")
                .then_some(())
                .ok_or_else(|| "it does not say so".to_owned())
        })?;
        Ok(Recorder { process, file })
    }

    /// Where the packets are.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Ends the recording and reads it.
    ///
    /// # Errors
    /// When tcpdump does not end or wrote something else.
    pub fn finish(mut self) -> Result<Capture> {
        self.process.terminate(Duration::from_secs(5))?;
        let bytes =
            std::fs::read(&self.file).with_context(|| format!("{}", self.file.display()))?;
        Capture::read(&bytes)
    }
}
