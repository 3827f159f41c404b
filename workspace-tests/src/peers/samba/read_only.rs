//! A read-only domain controller beside the first one, in the same namespace.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use super::{ADMINISTRATOR_PASSWORD, DNS_DOMAIN, DOMAIN, REALM, Samba};
use crate::process::Background;

/// Its name.
pub const READ_ONLY_HOST: &str = "rodc2.lab.example.test";
const NAME: &str = "RODC2";
const ADDRESS: &str = "10.98.0.2";

/// A running read-only domain controller; it ends when it is dropped.
#[derive(Debug)]
pub struct ReadOnly {
    _daemon: Background,
}

impl Samba {
    /// Lets a read-only domain controller join, and starts it. It replicates
    /// all objects once, when it joins.
    ///
    /// # Errors
    /// When Samba fails, with what it said.
    pub fn join_read_only(&self) -> Result<ReadOnly> {
        let folder = self.folder().join("rodc");
        fs::create_dir_all(&folder)?;
        self.namespace.add_address(ADDRESS)?;
        self.join(&folder)?;
        // Its own updates of DNS and of its names are not run.
        self.change(&format!(
            "dn: CN={NAME},OU=Domain Controllers,{}\nchangetype: modify\n\
             add: servicePrincipalName\nservicePrincipalName: ldap/{READ_ONLY_HOST}\n",
            super::BASE
        ))?;
        let mut command = self.namespace.command("samba");
        command
            .args(["--foreground", "--no-process-group", "--model=single"])
            .arg(format!(
                "--configfile={}",
                folder.join("etc/smb.conf").display()
            ))
            .args(options(&folder)?)
            .env("TDB_NO_FSYNC", "1");
        let mut daemon = Background::start("samba (read-only)", command, &folder.join("log"))?;
        self.wait_for_ports(&mut daemon, ADDRESS, &["389"])?;
        Ok(ReadOnly { _daemon: daemon })
    }

    fn join(&self, folder: &Path) -> Result<()> {
        let mut command = self.command("samba-tool");
        let output = command
            .args(["domain", "join", DNS_DOMAIN, "RODC"])
            .args(["--server", super::HOST, "--realm", REALM])
            .args([
                "--workgroup",
                DOMAIN,
                "-U",
                &format!("{DOMAIN}\\Administrator"),
            ])
            .arg(format!("--password={ADMINISTRATOR_PASSWORD}"))
            .arg(format!("--targetdir={}", folder.display()))
            .arg(format!("--option=netbios name={NAME}"))
            .arg(format!("--option=interfaces={ADDRESS}"))
            .output()?;
        ensure!(
            output.status.success(),
            "samba-tool domain join: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}

/// What keeps it in its folder and at its address.
fn options(folder: &Path) -> Result<Vec<String>> {
    let folders = [
        ("pid directory", "run"),
        ("ncalrpc dir", "ncalrpc"),
        ("winbindd socket directory", "winbindd"),
        ("ntp signd socket directory", "ntp_signd"),
    ];
    let mut options = vec![
        format!("interfaces = {ADDRESS}"),
        "bind interfaces only = yes".to_owned(),
        "server services = rpc, ldap, cldap, kdc".to_owned(),
        "disable netbios = yes".to_owned(),
        format!("log file = {}", folder.join("%m.log").display()),
    ];
    for (option, name) in folders {
        let path = folder.join(name);
        fs::create_dir_all(&path)?;
        options.push(format!("{option} = {}", path.display()));
    }
    Ok(options
        .into_iter()
        .map(|option| format!("--option={option}"))
        .collect())
}
