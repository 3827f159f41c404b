//! Giving up what opening took: the root folder, the user, the reach.

use super::reload::Source;
use crate::check::{self, Roots};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::sys::folder::Folder;
use crate::sys::privileges::{self, Identity};
use crate::sys::root::Root;
use crate::sys::sandbox::{Enforced, Sandbox};

/// Whom to become, when the configuration says so.
///
/// # Errors
/// With the name that does not exist.
pub(crate) fn identity(config: &Config) -> Result<Option<Identity>> {
    let Some(user) = &config.user else {
        return match &config.group {
            None => Ok(None),
            Some(group) => Err(Error::new(
                Kind::Input,
                "group",
                format!("`{group}` is given without a user"),
            )
            .hint("add `user = \"pxe\"`")),
        };
    };
    let identity = Identity::find(user, config.group.as_deref()).map_err(|why| {
        Error::new(Kind::Input, "user", why).hint(format!(
            "`useradd --system --no-create-home {user}` makes one"
        ))
    })?;
    Ok(Some(identity))
}

/// Makes the configured folder the root of all names. Everything that is
/// still needed is held open.
pub(super) fn chroot(config: &Config) -> Result<()> {
    let Some(folder) = &config.chroot else {
        return Ok(());
    };
    privileges::enter(folder).map_err(|error| {
        Error::new(
            Kind::System,
            folder.display().to_string(),
            "cannot become the root folder",
        )
        .because(error)
        .hint("`chroot` names a folder, best an empty one; it takes root or CAP_SYS_CHROOT")
    })
}

/// Becomes the user; without one the caller stays who it is, and keeps no
/// capability that it was given for the start.
pub(super) fn assume(identity: Option<&Identity>, config: &Config) -> Result<()> {
    let Some(identity) = identity else {
        return privileges::renounce().map_err(|error| {
            Error::new(Kind::System, "capabilities", "cannot be given up").because(error)
        });
    };
    let user = config.user.as_deref().unwrap_or_default();
    identity.assume().map_err(|error| {
        Error::new(Kind::System, format!("user {user}"), "cannot be assumed")
            .because(error)
            .hint(
                "it takes root or CAP_SETUID and CAP_SETGID; leave `user` out to stay who you are",
            )
    })
}

/// Whether files can be made, renamed and removed where that will be needed:
/// found out now, not weeks later by a log that nobody rotates.
pub(super) fn may_change(folders: &[(Option<&Folder>, &str)], config: &Config) -> Result<()> {
    for (folder, reason) in folders {
        let Some(folder) = folder.filter(|folder| !folder.may_change()) else {
            continue;
        };
        let path = folder.path().display();
        let (who, owner) = match &config.user {
            Some(user) => (format!("user {user}"), user.as_str()),
            None => ("this user".to_owned(), "$USER"),
        };
        return Err(Error::new(
            Kind::System,
            path.to_string(),
            format!("{who} may not write in this folder, and {reason}"),
        )
        .hint(format!(
            "give it a folder of its own, such as {path}/pxe: `install -d -o {owner} {path}/pxe`"
        )));
    }
    Ok(())
}

/// Says what will go wrong, as the user who will meet it; serving goes on,
/// since a boot file may yet come.
pub(super) fn warn_of_findings(config: &Config, source: &Source, tftp: &Root, http: Option<&Root>) {
    let roots = Roots {
        tftp: Some(tftp),
        http,
    };
    for finding in check::examine_files(config, &roots).findings {
        tracing::warn!(target: "pxe", subject = %finding.subject, "{}", finding.message);
    }
    if let Err(error) = source.readable() {
        tracing::warn!(target: "pxe", "a reload will not work: {error}");
    }
}

/// What stays in reach.
pub(super) struct Reach<'a> {
    /// The configuration.
    pub(super) source: &'a Source,
    /// What is served.
    pub(super) roots: Roots<'a>,
    /// Folders of files that are written.
    pub(super) kept: Vec<&'a Folder>,
    /// The folder of the local socket, whose name is removed at the end.
    pub(super) socket: Option<&'a Folder>,
}

/// Leaves in reach what is served and kept, and nothing else.
pub(super) fn sandbox(reach: &Reach<'_>) -> Result<()> {
    let closed = || {
        let mut sandbox = Sandbox::new()?.reads(reach.source.folder())?;
        if let Some(folder) = reach.source.linked_folder() {
            sandbox = sandbox.reads(folder)?;
        }
        for root in reach.roots.tftp.iter().chain(&reach.roots.http) {
            sandbox = sandbox.reads(root)?;
        }
        for folder in &reach.kept {
            sandbox = sandbox.keeps(folder)?;
        }
        if let Some(folder) = reach.socket {
            sandbox = sandbox.removes(folder)?;
        }
        sandbox.enter()
    };
    let confined = closed().map_err(|error: std::io::Error| {
        Error::new(Kind::System, "sandbox", "cannot be entered").because(error)
    })?;
    match confined.landlock {
        Enforced::Fully => {}
        Enforced::Partly => tracing::info!(
            target: "pxe", "this kernel enforces a part of the sandbox (Landlock is older)"
        ),
        Enforced::Not => tracing::warn!(
            target: "pxe",
            "no Landlock in this kernel: files outside the served folders are kept by their \
             permissions alone"
        ),
    }
    if !confined.seccomp {
        tracing::warn!(target: "pxe", "no system calls are refused on this processor");
    }
    Ok(())
}
