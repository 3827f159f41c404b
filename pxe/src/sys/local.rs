//! A socket for programs of this machine, at a name in a folder.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use nix::fcntl::OFlag;
use nix::sys::stat::{FchmodatFlags, Mode, fchmodat};
use nix::unistd::fchdir;

use super::folder::Folder;

/// The owner and its group may connect, which takes the right to write.
const MODE: Mode = Mode::from_bits_truncate(0o660);

/// The socket; its name is removed when it is dropped.
#[derive(Debug)]
pub(crate) struct LocalSocket {
    listener: Option<UnixListener>,
    name: Name,
}

#[derive(Debug)]
struct Name {
    folder: Folder,
    name: OsString,
}

impl LocalSocket {
    /// Listens at a name of this folder. One that a dead process left behind
    /// is replaced; one that somebody listens at is `AddrInUse`.
    ///
    /// To be called by whoever will remove it again, before a second thread
    /// runs: a name in a folder that is held open can only be had by going
    /// there, and where a process stands is one thing for all its threads.
    ///
    /// # Errors
    /// As the system reports.
    pub(crate) fn bind(folder: Folder, name: OsString) -> io::Result<LocalSocket> {
        let here = nix::fcntl::open(".", OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty())?;
        fchdir(folder.as_fd())?;
        let bound = bind_here(&folder, &name);
        go_back(&here)?;
        Ok(LocalSocket {
            listener: Some(bound?),
            name: Name { folder, name },
        })
    }

    /// The folder of the name.
    pub(crate) fn folder(&self) -> &Folder {
        &self.name.folder
    }

    /// The listener, once.
    pub(crate) fn listener(&mut self) -> Option<UnixListener> {
        self.listener.take()
    }
}

fn go_back(here: &OwnedFd) -> io::Result<()> {
    Ok(fchdir(here)?)
}

fn bind_here(folder: &Folder, name: &OsStr) -> io::Result<UnixListener> {
    let path = Path::new(name);
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let refused = UnixStream::connect(path)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
            if !refused {
                return Err(error);
            }
            folder.remove(name)?;
            UnixListener::bind(path)?
        }
        other => other?,
    };
    fchmodat(folder, path, MODE, FchmodatFlags::FollowSymlink)?;
    Ok(listener)
}

impl Drop for Name {
    fn drop(&mut self) {
        // Its folder may have been cleared meanwhile; then there is nothing
        // to do.
        let _ = self.folder.remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_dead_process_left_is_taken_and_a_live_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let bind = || {
            let folder = Folder::open(folder.path()).unwrap();
            LocalSocket::bind(folder, "socket".into())
        };
        let first = bind().unwrap();
        assert_eq!(bind().unwrap_err().kind(), io::ErrorKind::AddrInUse);
        let path = folder.path().join("socket");
        assert!(path.exists());
        drop(first);
        assert!(!path.exists());
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "the system leaves the name");
        let second = bind().unwrap();
        UnixStream::connect(&path).unwrap();
        drop(second);
    }
}
