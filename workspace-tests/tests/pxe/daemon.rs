//! `pxe serve` as a daemon: what it keeps of root, what the kernel refuses it,
//! its files, signals and supervisor.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "daemon/sandbox.rs"]
mod sandbox;
mod scene;
#[path = "daemon/supervisor.rs"]
mod supervisor;
#[path = "daemon/user.rs"]
mod user;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use scene::Scene;
use workspace_tests::netns::Host;
use workspace_tests::wait;

/// A user of every Debian that owns nothing.
const USER: &str = "daemon";
const LIMIT: Duration = Duration::from_secs(20);

/// A folder that belongs to the user of the daemon.
fn own_folder(scene: &Scene) -> PathBuf {
    let folder = scene.folder().join("var");
    fs::create_dir(&folder).unwrap();
    let mut chown = Command::new("chown");
    assert!(
        chown
            .args([USER, folder.to_str().unwrap()])
            .status()
            .unwrap()
            .success()
    );
    folder
}

/// Full mode as the user, its files in the user's folder; `top` goes before
/// every table.
fn config(scene: &Scene, top: &str) -> String {
    let leases = scene.folder().join("var/leases");
    let whole = scene.full("bios = 'boot/file'", "").replace(
        &scene.folder().join("leases").display().to_string(),
        &leases.display().to_string(),
    );
    format!("user = \"{USER}\"\n{top}\n{whole}")
}

/// The fields of /proc/PID/status for every thread.
fn statuses(process: u32) -> Vec<String> {
    fs::read_dir(format!("/proc/{process}/task"))
        .unwrap()
        .map(|task| fs::read_to_string(task.unwrap().path().join("status")).unwrap())
        .collect()
}

fn field<'a>(status: &'a str, name: &str) -> &'a str {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .unwrap_or_else(|| panic!("no {name} in\n{status}"))
        .trim()
}

fn user_id() -> String {
    let output = Command::new("id").args(["-u", USER]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Every thread is the user and has nothing left of root.
fn has_given_everything_up(process: u32) {
    let id = user_id();
    let threads = statuses(process);
    assert!(threads.len() > 2, "{threads:?}");
    for status in &threads {
        let all = [id.as_str(); 4].join("\t");
        assert_eq!(field(status, "Uid"), all, "{status}");
        assert_eq!(field(status, "Gid"), all, "{status}");
        assert_eq!(field(status, "Groups"), "", "{status}");
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert_eq!(field(status, set), "0000000000000000", "{set}: {status}");
        }
        assert_eq!(field(status, "NoNewPrivs"), "1", "{status}");
        assert_eq!(field(status, "Seccomp"), "2", "{status}");
    }
}

fn fetch(client: &Host, url: &str) -> std::process::Output {
    let mut command = Command::new("curl");
    command.args(["-sS", "-m", "20", "--path-as-is", url]);
    client.output(&mut command).unwrap()
}

fn log_says(file: &Path, what: &str) {
    wait::until(&format!("`{what}` in {}", file.display()), LIMIT, || {
        let text = fs::read_to_string(file).unwrap_or_default();
        if text.contains(what) {
            Ok(())
        } else {
            Err(text)
        }
    })
    .unwrap();
}
