//! A private view of `/etc/hosts` for one command: a mount namespace, and
//! where the user is not root a user namespace around it.
//!
//! `unshare(2)` needs a process with one thread, so the tool starts itself
//! anew, enters the namespace and becomes the command.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::net::ToSocketAddrs as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid};

use crate::error::{Error, Kind, Result};

const HOSTS: &str = "/etc/hosts";
const NOTHING: Option<&str> = None;

/// A hosts file with the test names in front of what the system has.
pub(crate) fn hosts_file(names: &[String], system: &str) -> String {
    let mut text = String::new();
    for name in names {
        let _ = writeln!(text, "127.0.0.1 {name}");
    }
    text + system
}

/// Enters namespaces in which `/etc/hosts` is this file.
///
/// # Errors
/// When the system does not permit it.
pub(crate) fn enter(hosts: &Path) -> Result<()> {
    let failed = |what: &'static str| {
        move |errno: nix::errno::Errno| {
            Error::new(Kind::System, "a private namespace", what).because(errno)
        }
    };
    let (user, group) = (geteuid(), getegid());
    if unshare(CloneFlags::CLONE_NEWNS).is_err() {
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)
            .map_err(failed("cannot be entered"))?;
        // Only the own ids can be mapped without privileges, and the group
        // only after supplementary groups are given up (user_namespaces(7)).
        let maps = [
            ("/proc/self/setgroups", "deny".to_owned()),
            ("/proc/self/uid_map", format!("{user} {user} 1")),
            ("/proc/self/gid_map", format!("{group} {group} 1")),
        ];
        for (path, content) in maps {
            std::fs::write(path, content).map_err(|error| {
                Error::new(Kind::System, path, "cannot be written").because(error)
            })?;
        }
    }
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(NOTHING, "/", NOTHING, private, NOTHING).map_err(failed("cannot be made private"))?;
    mount(Some(hosts), HOSTS, NOTHING, MsFlags::MS_BIND, NOTHING)
        .map_err(failed("cannot have its own hosts file"))
}

/// Whether a name resolves, and to nothing but loopback.
pub(crate) fn is_loopback(name: &str) -> bool {
    (name, 443).to_socket_addrs().is_ok_and(|addresses| {
        let mut addresses = addresses.peekable();
        // The servers listen on IPv4; a client may try both.
        addresses.peek().is_some() && addresses.all(|address| address.ip().is_loopback())
    })
}

/// Becomes the command; returns only when that fails.
pub(crate) fn become_command(command: &[OsString]) -> Error {
    let Some((program, arguments)) = command.split_first() else {
        return Error::new(Kind::Usage, "command line", "no command was given");
    };
    let cause = Command::new(program).args(arguments).exec();
    Error::new(Kind::System, program.to_string_lossy(), "cannot be started").because(cause)
}

#[cfg(test)]
#[path = "namespace/tests.rs"]
mod tests;
