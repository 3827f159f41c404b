//! dnsmasq: the DHCP and TFTP server that others are compared with, and the
//! neighbour that a proxy has to live beside.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::firmware::wait_for_udp;
use crate::netns::{Host, INTERFACE};
use crate::process::Background;

/// Starts dnsmasq in the foreground on a host's network with these options,
/// no DNS and no configuration file, and waits for the ports it is to open.
///
/// # Errors
/// When it is missing, refuses an option or opens no port.
pub fn start(host: &Host, options: &[String], ports: &[u16], folder: &Path) -> Result<Background> {
    start_on(INTERFACE, host, options, ports, folder)
}

/// The same on another interface of the host.
///
/// # Errors
/// When it is missing, refuses an option or opens no port.
pub fn start_on(
    interface: &str,
    host: &Host,
    options: &[String],
    ports: &[u16],
    folder: &Path,
) -> Result<Background> {
    let mut command = Command::new("dnsmasq");
    command
        .args(["--keep-in-foreground", "--port=0", "--conf-file=/dev/null"])
        .args(["--user=root", "--group=root", "--log-facility=-"])
        .args(["--no-ping", "--dhcp-authoritative", "--log-dhcp"])
        .arg(format!("--interface={interface}"))
        .arg("--bind-interfaces")
        .arg(format!(
            "--pid-file={}",
            folder.join("dnsmasq.pid").display()
        ))
        .arg(format!(
            "--dhcp-leasefile={}",
            folder.join("dnsmasq.leases").display()
        ))
        .args(options);
    let mut server = host
        .start("dnsmasq", command, &folder.join("dnsmasq.log"))
        .context("hint: apt-get install dnsmasq-base")?;
    wait_for_udp(host, &mut server, ports)?;
    Ok(server)
}
