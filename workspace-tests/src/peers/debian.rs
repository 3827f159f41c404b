//! A clean Debian: a folder that debootstrap filled, programs run in it, and
//! systemd started in it as the first process of a machine.
//!
//! The base is made once and kept in the target folder; every [`Debian`] is a
//! copy. Mounts are made in namespaces of the processes that need them: nothing
//! is left of them, however a test ends.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::bins::workspace;
use crate::netns::Host;
use crate::process::Background;
use crate::wait;

const SUITE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";
/// What the packages need and what shows that they work, beside the least that
/// is a Debian: the service manager, what reads manual pages, rotates logs and
/// unpacks archives, and the library that ad-pac links.
const INCLUDED: &str = "systemd,man-db,logrotate,xz-utils,libgssapi-krb5-2";
/// No program in it takes longer.
const LIMIT: &str = "120";
const START: Duration = Duration::from_secs(60);

/// A Debian of one's own.
#[derive(Debug)]
pub struct Debian {
    folder: TempDir,
}

impl Debian {
    /// A copy of the base, which is made first when there is none.
    ///
    /// # Errors
    /// When debootstrap cannot be run, or not reach the packages.
    pub fn new() -> Result<Debian> {
        let base = base()?;
        let folder = tempfile::Builder::new()
            .prefix("debian-")
            .tempdir_in(target())
            .context("no folder for a Debian")?;
        let root = folder.path().join("root");
        let mut copy = Command::new("cp");
        copy.args(["-a", "--reflink=auto"]).arg(base).arg(&root);
        run(&mut copy)?;
        fs::write(root.join("etc/hosts"), "127.0.0.1 localhost\n")?;
        Ok(Debian { folder })
    }

    /// Where its `/` is.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// Runs a program in it to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn output(&self, program: &[&str]) -> Result<Output> {
        let script = "mount -t proc proc \"$0/proc\" && mount -t tmpfs tmpfs \"$0/run\" && \
                      exec chroot \"$0\" \"$@\"";
        let mut command = Command::new("timeout");
        command
            .args(["-k", "5", LIMIT, "unshare", "--mount", "--pid", "--fork"])
            .args(["--kill-child", "--propagation", "private", "sh", "-c"])
            .arg(script)
            .arg(self.root())
            .args(program);
        output_of(command, program)
    }

    /// Starts systemd in it, as the machine `host`, and waits until it is up.
    ///
    /// # Errors
    /// When it does not come up; with what it printed.
    pub fn boot<'a>(&'a self, host: &'a Host) -> Result<Booted<'a>> {
        let group = Group::new(self.folder.path())?;
        let mut command = Command::new("bash");
        command
            .args(["-ec", FIRST_PROCESS])
            .arg(self.root())
            .arg(&group.0);
        let log = self.folder.path().join("console");
        let process = host.start("systemd", command, &log)?;
        let mut booted = Booted {
            process,
            init: 0,
            _group: group,
            _debian: self,
        };
        booted.find_init()?;
        wait::until("systemd to be up", START, || {
            let asked = booted.output(&["systemctl", "is-system-running"]);
            let said = asked.map_err(|error| format!("{error:#}"))?;
            match String::from_utf8_lossy(&said.stdout).trim() {
                "running" => Ok(()),
                other => Err(format!("{other}; console: {}", booted.process.output())),
            }
        })?;
        Ok(booted)
    }
}

/// The mounts that the first process of a system finds, and that process. A
/// control group of its own is what it takes for all there is.
const FIRST_PROCESS: &str = r#"
echo 0 >"$1/cgroup.procs"
exec unshare --mount --pid --fork --kill-child --uts --ipc --cgroup --propagation private \
    bash -ec '
    mount --bind "$0" "$0"
    cd "$0"
    mount -t proc proc proc
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount --bind dev dev
    mount -t tmpfs -o mode=755 tmpfs run
    mount -t tmpfs -o mode=1777 tmpfs tmp
    mkdir -p old
    pivot_root . old
    umount -l /old
    rmdir /old
    exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --unit=multi-user.target --log-target=console
' "$0"
"#;

/// A Debian whose systemd runs; it ends when this is dropped.
#[derive(Debug)]
pub struct Booted<'a> {
    process: Background,
    init: u32,
    _group: Group,
    _debian: &'a Debian,
}

impl Booted<'_> {
    /// Runs a program in it to its end, as root of that machine.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn output(&self, program: &[&str]) -> Result<Output> {
        let mut command = Command::new("timeout");
        command
            .args(["-k", "5", LIMIT, "nsenter", "--all", "--target"])
            .arg(self.init.to_string())
            .arg("--")
            .args(program);
        output_of(command, program)
    }

    fn find_init(&mut self) -> Result<()> {
        let parent = self.process.id();
        let path = format!("/proc/{parent}/task/{parent}/children");
        self.init = wait::until("the first process", START, || {
            let children = fs::read_to_string(&path).map_err(|error| error.to_string())?;
            let child = children.split_whitespace().next().unwrap_or_default();
            // Until it is systemd it still makes its mounts.
            let name = fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default();
            match (name.trim(), child.parse()) {
                ("systemd", Ok(id)) => Ok(id),
                (other, _) => Err(format!("`{other}`: {}", self.process.output())),
            }
        })?;
        Ok(())
    }
}

impl Drop for Booted<'_> {
    fn drop(&mut self) {
        // Everything in there ends with its first process.
        let id = self.init.to_string();
        let _ = Command::new("kill").args(["-KILL", &id]).status();
        let gone = || match Path::new(&format!("/proc/{}", self.init)).exists() {
            true => Err("still there".to_owned()),
            false => Ok(()),
        };
        let _ = wait::until("the end of systemd", START, gone);
    }
}

/// A control group, gone with all below it when dropped.
#[derive(Debug)]
struct Group(PathBuf);

impl Group {
    /// Named after a folder that nobody else has.
    fn new(folder: &Path) -> Result<Group> {
        let mounts = fs::read_to_string("/proc/self/mountinfo")?;
        let top = mounts
            .lines()
            .find(|line| line.contains(" - cgroup2 "))
            .and_then(|line| line.split(' ').nth(4))
            .context("hint: no cgroup2 is mounted, and systemd needs one")?;
        let name = folder.file_name().context("a folder without a name")?;
        let group = Path::new(top).join(name);
        fs::create_dir(&group).with_context(|| group.display().to_string())?;
        Ok(Group(group))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        fn remove(group: &Path) {
            for entry in fs::read_dir(group).into_iter().flatten().flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    remove(&entry.path());
                }
            }
            let _ = fs::remove_dir(group);
        }
        let emptied = || match fs::exists(&self.0) {
            Ok(true) => {
                remove(&self.0);
                Err("still in use".to_owned())
            }
            _ => Ok(()),
        };
        let _ = wait::until("the end of the control group", START, emptied);
    }
}

fn target() -> PathBuf {
    workspace().join("target/peers")
}

/// The Debian that all others are copies of.
fn base() -> Result<PathBuf> {
    fs::create_dir_all(target())?;
    // One of other packages is another one.
    let base = target().join(format!(
        "debian-base-{SUITE}-{}",
        INCLUDED.replace(',', "+")
    ));
    // Tests that begin at once make it once.
    let lock = File::create(target().join("debian-base.lock"))?;
    lock.lock()?;
    if base.exists() {
        return Ok(base);
    }
    let unfinished = target().join("debian-base-unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    let mut command = Command::new("timeout");
    command
        .args(["-k", "5", "900", "debootstrap", "--variant=minbase"])
        .arg(format!("--include={INCLUDED}"))
        .arg(SUITE)
        .arg(&unfinished)
        .arg(MIRROR);
    run(&mut command)
        .context("hint: debootstrap is in packages.txt; it needs root and a mirror of Debian")?;
    fs::rename(&unfinished, &base)?;
    Ok(base)
}

fn run(command: &mut Command) -> Result<()> {
    let named = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("{named}: cannot be started"))?;
    if !output.status.success() {
        bail!(
            "{named}: {}: {}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

fn output_of(mut command: Command, program: &[&str]) -> Result<Output> {
    let output = command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{program:?}: cannot be started"))?;
    // What timeout says when it had to end it.
    ensure!(
        ![Some(124), Some(137)].contains(&output.status.code()),
        "{program:?}: took longer than {LIMIT} s: {output:?}"
    );
    Ok(output)
}
