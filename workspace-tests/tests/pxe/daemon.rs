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
use workspace_tests::{bins, wait};

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

/// The words that start a program as the user, with no other rights of root
/// than these (as setpriv writes them, ",+net_raw").
fn with_rights(rights: &str) -> Vec<String> {
    let set = |name: &str| format!("--{name}=-all{rights}");
    [
        "setpriv".to_owned(),
        format!("--reuid={USER}"),
        format!("--regid={USER}"),
        "--clear-groups".to_owned(),
        set("bounding-set"),
        set("inh-caps"),
        set("ambient-caps"),
    ]
    .to_vec()
}

/// The binary where the user can reach it: it may lie where only root can go.
fn reachable_binary(scene: &Scene) -> PathBuf {
    let mut open = Command::new("chmod");
    assert!(
        open.arg("755")
            .arg(scene.folder())
            .status()
            .unwrap()
            .success()
    );
    let binary = scene.folder().join("pxe");
    fs::copy(bins::tool("pxe"), &binary).unwrap();
    binary
}

/// No capability.
const NONE: &str = "0000000000000000";

/// No thread can do more than its user.
fn holds_no_capability(process: u32) {
    for status in statuses(process) {
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(field(&status, set), NONE, "{set}: {status}");
        }
    }
}

/// Every thread is the user and has nothing left of root.
fn has_given_everything_up(process: u32) {
    holds_no_capability(process);
    let id = user_id();
    let threads = statuses(process);
    assert!(threads.len() > 2, "{threads:?}");
    for status in &threads {
        let all = [id.as_str(); 4].join("\t");
        assert_eq!(field(status, "Uid"), all, "{status}");
        assert_eq!(field(status, "Gid"), all, "{status}");
        assert_eq!(field(status, "Groups"), "", "{status}");
        assert_eq!(field(status, "CapBnd"), NONE, "{status}");
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
