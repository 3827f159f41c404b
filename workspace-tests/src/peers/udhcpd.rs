//! BusyBox's DHCP server, as small routers have it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::firmware::wait_for_udp;
use crate::netns::{Host, INTERFACE};
use crate::process::Background;

/// Starts `udhcpd` with a pool and further lines.
///
/// # Errors
/// When it is missing, refuses a line or does not open its port.
pub fn start(host: &Host, pool: &str, lines: &str, folder: &Path) -> Result<Background> {
    let config = folder.join("udhcpd.conf");
    let leases = folder.join("udhcpd.leases");
    fs::write(&leases, "")?;
    let text = format!(
        "{pool}\ninterface {INTERFACE}\nlease_file {}\npidfile {}\n{lines}\n\
         option subnet 255.255.255.0\n",
        leases.display(),
        folder.join("udhcpd.pid").display()
    );
    fs::write(&config, text)?;
    let mut command = Command::new("udhcpd");
    command.arg("-f").arg(&config);
    let mut server = host
        .start("udhcpd", command, &folder.join("udhcpd.log"))
        .context("hint: apt-get install udhcpd")?;
    wait_for_udp(host, &mut server, &[67])?;
    Ok(server)
}
