//! The domain controller as a domain for the scenarios of `ad-pac`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::{HOST, Samba, Settings};
use crate::bins;
use crate::scenarios::ad_pac::{Domain, Ran, finish};

/// A real domain controller with pristine objects.
#[derive(Debug)]
pub struct Real {
    samba: Samba,
    ca_file: PathBuf,
}

impl Real {
    /// Starts one.
    ///
    /// # Errors
    /// When Samba is missing or fails.
    pub fn start(settings: Settings) -> Result<Self> {
        let samba = Samba::start(settings)?;
        samba.wait_until_it_answers()?;
        let ca_file = samba.ca_file();
        Ok(Real { samba, ca_file })
    }

    /// The domain controller.
    pub fn samba(&self) -> &Samba {
        &self.samba
    }

    /// Runs `ad-pac` with the tickets in a credential cache.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn with_ticket(&self, cache: &Path, args: &[&str]) -> Result<Ran> {
        let mut command = self.tool();
        command
            .args(args)
            .arg("--ca-file")
            .arg(self.ca_file())
            .env("KRB5CCNAME", cache);
        finish(command)
    }

    /// The domain controller, to stop and to start.
    pub fn samba_mut(&mut self) -> &mut Samba {
        &mut self.samba
    }
}

impl Domain for Real {
    fn tool(&self) -> Command {
        let mut command = self.samba.command(bins::tool("ad-pac"));
        command.env("XDG_STATE_HOME", self.samba.folder());
        command
    }

    fn server(&self) -> String {
        HOST.to_owned()
    }

    fn plain_server(&self) -> String {
        format!("{HOST}:389")
    }

    fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    fn stored(&self, dn: &str, attribute: &str) -> Result<String> {
        self.samba
            .stored(&format!("(distinguishedName={dn})"), attribute)
    }

    fn write_flags(&self, dn: &str, flags: u32) -> Result<()> {
        self.samba.change(&format!(
            "dn: {dn}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: {}\n",
            flags.cast_signed()
        ))
    }
}
