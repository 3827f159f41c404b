//! Kea: ISC's current DHCP server, and perfdhcp, its load.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::firmware::wait_for_udp;
use crate::netns::{Host, INTERFACE};
use crate::process::Background;

/// Starts `kea-dhcp4` with one pool, leases kept in a file.
///
/// # Errors
/// When it is missing or does not open its port.
pub fn start(
    host: &Host,
    subnet: &str,
    pool: (Ipv4Addr, Ipv4Addr),
    folder: &Path,
) -> Result<Background> {
    start_with(
        host,
        &configuration(subnet, pool, folder).to_string(),
        folder,
    )
}

/// One pool, leases kept in a file.
pub fn configuration(subnet: &str, pool: (Ipv4Addr, Ipv4Addr), folder: &Path) -> serde_json::Value {
    serde_json::json!({ "Dhcp4": {
        "interfaces-config": { "interfaces": [INTERFACE], "dhcp-socket-type": "raw" },
        "lease-database": {
            "type": "memfile",
            "persist": true,
            "lfc-interval": 0,
            "name": folder.join("kea.leases"),
        },
        "valid-lifetime": 3600,
        "subnet4": [{
            "subnet": subnet,
            "pools": [{ "pool": format!("{} - {}", pool.0, pool.1) }],
        }],
        "loggers": [{
            "name": "kea-dhcp4",
            "severity": "WARN",
            "output_options": [{ "output": "stdout" }],
        }],
    }})
}

/// Starts `kea-dhcp4` with a configuration of one's own.
///
/// # Errors
/// When it is missing or does not open its port.
pub fn start_with(host: &Host, text: &str, folder: &Path) -> Result<Background> {
    let config = folder.join("kea.json");
    fs::write(&config, text)?;
    let mut command = Command::new("kea-dhcp4");
    command
        .arg("-c")
        .arg(&config)
        .env("KEA_PIDFILE_DIR", folder)
        .env("KEA_LOCKFILE_DIR", folder)
        // Its own default wants a folder that belongs to another user.
        .env("KEA_LOGGER_DESTINATION", "stdout");
    let mut server = host
        .start("kea-dhcp4", command, &folder.join("kea.log"))
        .context("hint: apt-get install kea-dhcp4-server")?;
    wait_for_udp(host, &mut server, &[67])?;
    Ok(server)
}

/// What perfdhcp counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exchanges {
    /// DISCOVERs sent.
    pub discovers: u64,
    /// ACKs that came.
    pub acks: u64,
    /// Packets without an answer, both exchanges together.
    pub drops: u64,
    /// Seconds it ran.
    pub seconds: f64,
    /// Mean time from REQUEST to ACK, in milliseconds.
    pub delay: f64,
}

/// Runs perfdhcp on a host: `args` and the server's address.
///
/// # Errors
/// When it is missing or prints no report.
pub fn perfdhcp(host: &Host, args: &[String], server: Ipv4Addr) -> Result<Exchanges> {
    let mut command = Command::new("timeout");
    command
        .args(["--signal=INT", "150", "perfdhcp", "-4"])
        .args(args)
        .arg(server.to_string());
    let begin = std::time::Instant::now();
    let output = host
        .output(&mut command)
        .context("hint: apt-get install kea-admin")?;
    let seconds = begin.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        text.contains("sent packets:"),
        "perfdhcp {args:?}: {}\n{text}\n{said}",
        output.status
    );
    let values = |label: &str| -> Vec<f64> {
        text.lines()
            .filter_map(|line| line.trim().strip_prefix(label))
            .filter_map(|rest| {
                let rest = rest.trim_start_matches([':', ' ']);
                rest.split_whitespace().next()?.parse().ok()
            })
            .collect()
    };
    let sent = values("sent packets");
    let received = values("received packets");
    let delay = values("avg delay").get(1).copied().unwrap_or(f64::NAN);
    ensure!(sent.len() >= 2 && received.len() >= 2, "perfdhcp: {text}");
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of packets"
    )]
    let count = |value: f64| value as u64;
    Ok(Exchanges {
        discovers: count(sent[0]),
        acks: count(received[1]),
        drops: count((sent[0] - received[0]).max(0.0) + (sent[1] - received[1]).max(0.0)),
        seconds,
        delay,
    })
}
