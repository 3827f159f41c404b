//! A network namespace with nothing in it but loopback, named after the
//! process that made it, and gone when that process is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};

const PREFIX: &str = "lab-ad-";

/// A network namespace and the folder of its instance.
#[derive(Debug)]
pub(super) struct Namespace {
    name: String,
    folder: PathBuf,
}

impl Namespace {
    /// Makes one with `address` on its loopback and its own resolver file.
    ///
    /// `ip netns exec` shows `/etc/netns/<name>/` over `/etc`, so that nothing
    /// of the host is changed.
    pub(super) fn create(address: &str, resolver: &str) -> Result<Self> {
        sweep();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let serial = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{serial}", std::process::id());
        ip(&["netns", "add", &name])?;
        // From here on dropping it cleans up.
        let namespace = Namespace {
            folder: folder_of(&name),
            name,
        };
        let etc = etc_of(&namespace.name);
        fs::create_dir_all(&etc).with_context(|| format!("{}", etc.display()))?;
        fs::write(etc.join("resolv.conf"), resolver)?;
        fs::create_dir_all(&namespace.folder)?;
        ip(&["-n", &namespace.name, "link", "set", "lo", "up"])?;
        namespace.add_address(address)?;
        Ok(namespace)
    }

    /// One more address on its loopback.
    pub(super) fn add_address(&self, address: &str) -> Result<()> {
        let network = format!("{address}/24");
        ip(&["-n", &self.name, "addr", "add", &network, "dev", "lo"])
    }

    /// A short path of its own; Unix sockets lie in it, whose names are
    /// limited to 108 bytes.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A command that will run inside. `ip netns exec` replaces itself, so
    /// the process id is the command's own.
    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

fn ip(args: &[&str]) -> Result<()> {
    let output = Command::new("ip").args(args).output().context(
        "ip cannot be started\nhint: apt-get install the packages of workspace-tests/packages.txt",
    )?;
    ensure!(
        output.status.success(),
        "`ip {}`: {}\nhint: network namespaces need root",
        args.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

fn etc_of(name: &str) -> PathBuf {
    Path::new("/etc/netns").join(name)
}

fn folder_of(name: &str) -> PathBuf {
    std::env::temp_dir().join(name)
}

fn remove(name: &str) {
    if let Ok(output) = Command::new("ip").args(["netns", "pids", name]).output() {
        for pid in String::from_utf8_lossy(&output.stdout).split_whitespace() {
            let _ = Command::new("kill").args(["-KILL", pid]).output();
        }
    }
    let _ = Command::new("ip").args(["netns", "del", name]).output();
    let _ = fs::remove_dir_all(etc_of(name));
    let _ = fs::remove_dir_all(folder_of(name));
}

/// Removes what a killed test process left behind.
fn sweep() {
    let Ok(entries) = fs::read_dir("/run/netns") else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            remove(&name);
        }
    }
}
