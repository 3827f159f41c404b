//! Becoming somebody with fewer rights, for good.

use std::ffi::CString;
use std::io;

use nix::unistd::{self, Gid, Group, Uid, User};

/// Whom to become.
#[derive(Debug, Clone)]
pub struct Identity {
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
    pub fn find(user: &str, group: Option<&str>) -> Result<Identity, String> {
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
    pub fn is_current(&self) -> bool {
        unistd::geteuid() == self.uid && unistd::getegid() == self.gid
    }

    /// Becomes it: supplementary groups first, since only root may give them
    /// up; then group; the user last, since with it the right to change the
    /// others goes. From then on no program started here can regain rights.
    ///
    /// # Errors
    /// When the system refuses, or when the rights could be taken back.
    pub fn assume(&self) -> io::Result<()> {
        if !self.is_current() {
            unistd::setgroups(&[])?;
            unistd::setresgid(self.gid, self.gid, self.gid)?;
            unistd::setresuid(self.uid, self.uid, self.uid)?;
            if !self.uid.is_root()
                && unistd::setresuid(Uid::from(0), Uid::from(0), Uid::from(0)).is_ok()
            {
                return Err(io::Error::other("root can be regained"));
            }
        }
        nix::sys::prctl::set_no_new_privs()?;
        Ok(())
    }
}

/// Whether this process may create and rename files in a folder.
pub fn may_write(folder: &std::path::Path) -> bool {
    let Ok(path) = CString::new(std::os::unix::ffi::OsStrExt::as_bytes(folder.as_os_str())) else {
        return false;
    };
    let flags = unistd::AccessFlags::W_OK | unistd::AccessFlags::X_OK;
    unistd::faccessat(
        nix::fcntl::AT_FDCWD,
        path.as_c_str(),
        flags,
        nix::fcntl::AtFlags::AT_EACCESS,
    )
    .is_ok()
}
