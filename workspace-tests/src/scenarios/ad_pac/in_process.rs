//! The directory in this process as a domain for the scenarios.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use super::Domain;
use crate::bins;
use crate::directory::{Certificate, Directory};

/// A directory with a folder of its own.
#[derive(Debug)]
pub struct InProcess {
    directory: Directory,
    folder: TempDir,
}

impl InProcess {
    /// Starts a fresh one.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(certificate: Certificate) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let directory = Directory::start(folder.path(), certificate)?;
        Ok(InProcess { directory, folder })
    }

    /// The directory.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }
}

impl Domain for InProcess {
    fn tool(&self) -> Command {
        let mut command = Command::new(bins::tool("ad-pac"));
        command.env("XDG_STATE_HOME", self.folder.path());
        command
    }

    fn server(&self) -> String {
        // Another port than 636 says nothing about TLS; the scenarios that
        // mean StartTLS say so.
        format!("localhost:{}", self.directory.ldap_port())
    }

    fn plain_server(&self) -> String {
        format!("localhost:{}", self.directory.ldap_port())
    }

    fn ca_file(&self) -> &Path {
        self.directory.ca_file()
    }

    fn stored(&self, dn: &str, attribute: &str) -> Result<String> {
        self.directory
            .store()
            .value(dn, attribute)
            .with_context(|| format!("{dn} is not there"))
    }

    fn write_flags(&self, dn: &str, flags: u32) -> Result<()> {
        let text = flags.cast_signed().to_string();
        self.directory.store().set(dn, "userAccountControl", &text);
        Ok(())
    }
}
