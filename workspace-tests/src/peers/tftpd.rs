//! The TFTP servers of the distribution.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::firmware::wait_for_udp;
use crate::netns::Host;
use crate::process::Background;

/// Starts tftpd-hpa over a root.
///
/// # Errors
/// When it is missing or does not open its port.
pub fn hpa(host: &Host, root: &Path, folder: &Path) -> Result<Background> {
    hpa_with(host, root, &[], folder)
}

/// tftpd-hpa that takes the paths of Windows, by a map file.
///
/// # Errors
/// When it is missing or does not open its port.
pub fn hpa_for_windows_paths(host: &Host, root: &Path, folder: &Path) -> Result<Background> {
    let map = folder.join("tftpd.map");
    std::fs::write(&map, "rg \\\\ /\n")?;
    hpa_with(host, root, &["-m", &map.to_string_lossy()], folder)
}

fn hpa_with(host: &Host, root: &Path, more: &[&str], folder: &Path) -> Result<Background> {
    let mut command = Command::new("in.tftpd");
    command
        .args(["-L", "-4", "-s", "-a", "0.0.0.0:69", "-u", "root"])
        .args(more)
        .arg(root);
    let mut server = host
        .start("in.tftpd", command, &folder.join("tftpd-hpa.log"))
        .context("hint: apt-get install tftpd-hpa")?;
    wait_for_udp(host, &mut server, &[69])?;
    Ok(server)
}

/// Starts atftpd over a root.
///
/// # Errors
/// When it cannot be fetched or does not open its port.
pub fn atftpd(host: &Host, root: &Path, folder: &Path) -> Result<Background> {
    let mut command = Command::new(atftpd_binary(folder)?);
    command
        .args(["--daemon", "--no-fork", "--user", "root", "--group", "root"])
        .args(["--maxthread", "200", "--logfile", "/dev/null"])
        .args(["--port", "69"])
        .arg(root);
    let mut server = host.start("atftpd", command, &folder.join("atftpd.log"))?;
    wait_for_udp(host, &mut server, &[69])?;
    Ok(server)
}

/// atftpd's package conflicts with tftpd-hpa's, so it is unpacked beside it
/// and never installed.
fn atftpd_binary(folder: &Path) -> Result<PathBuf> {
    let unpacked = std::env::temp_dir().join("pxe-bench-atftpd");
    let binary = unpacked.join("usr/sbin/atftpd");
    if binary.exists() {
        return Ok(binary);
    }
    let run = |program: &str, args: &[&str]| -> Result<()> {
        let output = Command::new(program)
            .args(args)
            .current_dir(folder)
            .output()
            .with_context(|| format!("{program}: cannot be started"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{program} {args:?}: {said}");
        Ok(())
    };
    run("apt-get", &["-qq", "download", "atftpd"])?;
    let package = std::fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("atftpd_") && name.ends_with(".deb")
        })
        .context("apt-get download left no atftpd_*.deb")?;
    let package = package.to_string_lossy();
    run("dpkg", &["-x", &package, &unpacked.to_string_lossy()])?;
    Ok(binary)
}
