//! A real Active Directory to try things on, for as long as a command runs:
//!
//! ```sh
//! cargo run -p workspace-tests --example samba -- bash
//! ```
//!
//! The command runs inside the domain's network with the variables that its
//! Kerberos and LDAP clients need; `AD_KEYTABS` is the folder of keytabs,
//! `AD_PASSWORD` the password of alice, bob and uacadmin.

use anyhow::{Context as _, Result};
use workspace_tests::peers::samba::{self, Keytab, Samba, Settings};

fn main() -> Result<()> {
    let mut words = std::env::args_os().skip(1);
    let program = words.next().unwrap_or_else(|| "bash".into());
    let samba = Samba::start(Settings::default())?;
    let keytab = samba.keytab(Keytab::Nfs01);
    let status = samba
        .command(program)
        .args(words)
        .env("KRB5CCNAME", samba.folder().join("ccache"))
        .env(
            "AD_KEYTABS",
            keytab.parent().context("keytabs have a folder")?,
        )
        .env("AD_CA", samba.ca_file())
        .env("AD_DATABASE", samba.folder().join("private/sam.ldb"))
        .env("AD_PASSWORD", samba::PASSWORD)
        .env("AD_ADMINISTRATOR_PASSWORD", samba::ADMINISTRATOR_PASSWORD)
        .status()
        .context("the command cannot be started")?;
    anyhow::ensure!(status.success(), "the command ended with {status}");
    Ok(())
}
