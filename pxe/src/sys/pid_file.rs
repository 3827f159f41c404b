//! The file that tells scripts which process this is.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;

use super::folder::{self, Folder};
use super::privileges::Identity;

/// A PID file of ours: locked while the process lives, removed when it ends.
#[derive(Debug)]
pub(crate) struct PidFile {
    folder: Folder,
    name: OsString,
    /// Holds the lock.
    _file: File,
}

/// Why there is none.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The process that it belongs to is alive.
    Taken,
    /// The system said no.
    System(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Refused::System(error)
    }
}

impl PidFile {
    /// Writes this process's number. A file that a dead process left behind
    /// is replaced: what counts is the lock, not the number in it.
    ///
    /// # Errors
    /// When another process holds the file, or as the system reports.
    pub(crate) fn write(
        folder: Folder,
        name: OsString,
        identity: Option<&Identity>,
    ) -> Result<PidFile, Refused> {
        let old = folder.read_write(&name, 0o644)?;
        match old.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Refused::Taken),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let text = format!("{}\n", std::process::id());
        let file = folder.replace(&name, text.as_bytes(), 0o644)?;
        if let Some(identity) = identity {
            // In a folder with the sticky bit only the owner may remove it.
            folder::give(&file, identity)?;
        }
        Ok(PidFile {
            folder,
            name,
            _file: file,
        })
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if let Err(error) = self.folder.remove(&self.name) {
            let file = self.folder.path().join(&self.name);
            tracing::warn!(target: "pxe", file = %file.display(), "cannot be removed: {error}");
        }
    }
}
