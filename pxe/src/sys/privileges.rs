//! Becoming somebody with fewer rights, for good.

use std::io;
use std::path::Path;

use caps::{CapSet, Capability};
use nix::unistd::{self, Gid, Group, Uid, User};

/// Whom to become.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// The user.
    pub uid: Uid,
    /// The group.
    pub gid: Gid,
}

impl Identity {
    /// Looks a user and a group up; the user's own group unless one is named.
    ///
    /// # Errors
    /// With the name that does not exist.
    pub(crate) fn find(user: &str, group: Option<&str>) -> Result<Identity, String> {
        let found = User::from_name(user)
            .map_err(|error| format!("user {user} cannot be looked up: {error}"))?
            .ok_or_else(|| format!("there is no user {user}"))?;
        let gid = match group {
            None => found.gid,
            Some(name) => {
                Group::from_name(name)
                    .map_err(|error| format!("group {name} cannot be looked up: {error}"))?
                    .ok_or_else(|| format!("there is no group {name}"))?
                    .gid
            }
        };
        Ok(Identity {
            uid: found.uid,
            gid,
        })
    }

    /// Whether this process already is that user and group.
    pub(crate) fn is_current(&self) -> bool {
        unistd::geteuid() == self.uid && unistd::getegid() == self.gid
    }

    /// Becomes it, and keeps no capability, neither in use nor in reserve.
    ///
    /// # Errors
    /// When the system refuses, or when the rights could be taken back.
    pub(crate) fn assume(&self) -> io::Result<()> {
        let privileged = unistd::geteuid().is_root();
        if privileged || !self.is_current() {
            // First the groups: root's own (disk, adm) would stay behind, and
            // after the change of user nobody may give them up any more.
            unistd::setgroups(&[])?;
        }
        // The bounding set while CAP_SETPCAP is still there. Without it (who
        // was started as the user already) it bounds nothing we could regain:
        // `no_new_privs` follows.
        if caps::has_cap(None, CapSet::Effective, Capability::CAP_SETPCAP).unwrap_or(false) {
            caps::clear(None, CapSet::Bounding).map_err(io::Error::other)?;
        }
        if !self.is_current() {
            // The group before the user, with whose root the right to change
            // it goes; all three of each, or the saved one is a way back.
            unistd::setresgid(self.gid, self.gid, self.gid)?;
            unistd::setresuid(self.uid, self.uid, self.uid)?;
        }
        renounce()?;
        if !self.uid.is_root()
            && unistd::setresuid(Uid::from(0), Uid::from(0), Uid::from(0)).is_ok()
        {
            return Err(io::Error::other("root can be regained"));
        }
        Ok(())
    }
}

/// Gives up every capability but those that root has for being root. A
/// supervisor may have given them to the user itself (AmbientCapabilities=):
/// the ports are open, so they are used up.
///
/// # Errors
/// When the system refuses.
pub(crate) fn renounce() -> io::Result<()> {
    if unistd::geteuid().is_root() {
        return Ok(());
    }
    for set in [
        CapSet::Ambient,
        CapSet::Inheritable,
        CapSet::Effective,
        CapSet::Permitted,
    ] {
        caps::clear(None, set).map_err(io::Error::other)?;
    }
    Ok(())
}

/// Makes a folder the root of everything this process can still name.
///
/// # Errors
/// As the system reports.
pub(crate) fn enter(folder: &Path) -> io::Result<()> {
    unistd::chroot(folder)?;
    // The working folder is still outside, and `..` from there leads on.
    unistd::chdir("/")?;
    Ok(())
}
