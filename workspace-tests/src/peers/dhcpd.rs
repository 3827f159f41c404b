//! ISC's old DHCP server, which many networks still run.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::firmware::wait_for_udp;
use crate::netns::{Host, INTERFACE};
use crate::process::Background;

/// Starts `dhcpd` with one pool; `more` goes into the subnet.
///
/// # Errors
/// When it is missing or does not open its port.
pub fn start(
    host: &Host,
    network: (Ipv4Addr, Ipv4Addr),
    pool: (Ipv4Addr, Ipv4Addr),
    more: &str,
    folder: &Path,
) -> Result<Background> {
    let text = format!(
        "authoritative;\nping-check false;\ndefault-lease-time 3600;\n\
         subnet {} netmask {} {{ range {} {}; {more} }}\n",
        network.0, network.1, pool.0, pool.1
    );
    start_with(host, &text, folder)
}

/// The same with a configuration of one's own.
///
/// # Errors
/// When it is missing or does not open its port.
pub fn start_with(host: &Host, text: &str, folder: &Path) -> Result<Background> {
    let config = folder.join("dhcpd.conf");
    let leases = folder.join("dhcpd.leases");
    fs::write(&config, text)?;
    fs::write(&leases, "")?;
    let mut command = Command::new("dhcpd");
    command
        .args(["-4", "-f", "-q", "--no-pid", "-cf"])
        .arg(&config)
        .arg("-lf")
        .arg(&leases)
        .arg(INTERFACE);
    let mut server = host
        .start("dhcpd", command, &folder.join("dhcpd.log"))
        .context("hint: apt-get install isc-dhcp-server")?;
    wait_for_udp(host, &mut server, &[67])?;
    Ok(server)
}
