//! A folder of this machine that files are kept in, held open. What is done
//! in it goes through the handle: it stays the same folder after rights were
//! given up, after a chroot and whatever happens to its name.
//!
//! Root opens files in folders that may belong to the user it is about to
//! become. So nothing here follows a symbolic link, and only a regular file
//! without other names changes its owner: a name planted there must not make
//! root write to, or give away, a file of somebody else's.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{AccessFlags, UnlinkatFlags, faccessat, unlinkat};

use super::privileges::Identity;

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    /// When it is none, or may not be read.
    pub fn open(path: &Path) -> io::Result<Folder> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        Ok(Folder {
            fd: nix::fcntl::open(path, flags, Mode::empty())?,
            path: path.to_owned(),
        })
    }

    /// Opens the folder of a file, and says what the file is called in it.
    ///
    /// # Errors
    /// When the folder cannot be opened or the path ends in no name.
    pub fn of(file: &Path) -> io::Result<(Folder, OsString)> {
        let name = file
            .file_name()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"))?;
        let folder = file.parent().filter(|path| !path.as_os_str().is_empty());
        let folder = Folder::open(folder.unwrap_or(Path::new(".")))?;
        Ok((folder, name.to_owned()))
    }

    /// How it was called when it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file to be written at its end, and creates it.
    ///
    /// # Errors
    /// As the system reports; a symbolic link is refused.
    pub fn append(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        self.file(
            name,
            OFlag::O_WRONLY | OFlag::O_APPEND | OFlag::O_CREAT,
            mode,
        )
    }

    /// Opens a file to be read and written, and creates it.
    ///
    /// # Errors
    /// As the system reports; a symbolic link is refused.
    pub fn read_write(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        self.file(name, OFlag::O_RDWR | OFlag::O_CREAT, mode)
    }

    /// Creates a file that must not be there yet.
    ///
    /// # Errors
    /// As the system reports.
    pub fn create_new(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL;
        self.file(name, flags, mode)
    }

    /// Writes a file beside its place, syncs it and renames it there: what
    /// was there before is whole until what comes after it is. Gives the new
    /// file, open and with its lock taken.
    ///
    /// # Errors
    /// As the system reports; what was there before then stays.
    pub fn replace(&self, name: &OsStr, bytes: &[u8], mode: u32) -> io::Result<File> {
        let mut beside = name.to_owned();
        beside.push(".new");
        // What a crash left behind is in the way of nobody.
        let _ = self.remove(&beside);
        let mut file = self.create_new(&beside, mode)?;
        let written = file
            .write_all(bytes)
            .and_then(|()| file.sync_all())
            .and_then(|()| file.try_lock().map_err(io::Error::from))
            .and_then(|()| self.rename(&beside, name));
        if let Err(error) = written {
            let _ = self.remove(&beside);
            return Err(error);
        }
        Ok(file)
    }

    /// Gives a file of this folder another name, in place of what has it, and
    /// makes that durable.
    ///
    /// # Errors
    /// As the system reports.
    pub fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        renameat(&self.fd, from, &self.fd, to)?;
        self.sync()
    }

    /// The same, but only where nothing has that name.
    ///
    /// # Errors
    /// `AlreadyExists`, or as the system reports.
    pub fn rename_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        let flags = nix::fcntl::RenameFlags::RENAME_NOREPLACE;
        nix::fcntl::renameat2(&self.fd, from, &self.fd, to, flags)?;
        self.sync()
    }

    /// What lies here, as far as the bound goes.
    ///
    /// # Errors
    /// As the system reports.
    pub fn names(&self, most: usize) -> io::Result<Vec<OsString>> {
        // The descriptor of its own, since reading moves its place.
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let fd = openat(&self.fd, ".", flags, Mode::empty())?;
        let mut names = Vec::new();
        for entry in nix::dir::Dir::from_fd(fd)?.iter().take(most) {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Whether anything has this name.
    pub fn has(&self, name: &OsStr) -> bool {
        self.stat(name).is_some()
    }

    /// The size of a file; 0 when there is none.
    pub fn size(&self, name: &OsStr) -> u64 {
        self.stat(name)
            .map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0))
    }

    fn stat(&self, name: &OsStr) -> Option<nix::sys::stat::FileStat> {
        nix::sys::stat::fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW).ok()
    }

    /// Removes a file.
    ///
    /// # Errors
    /// As the system reports.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.fd, name, UnlinkatFlags::NoRemoveDir)?)
    }

    /// A new name is durable when its folder is.
    ///
    /// # Errors
    /// As the system reports.
    pub fn sync(&self) -> io::Result<()> {
        Ok(nix::unistd::fsync(&self.fd)?)
    }

    /// Whether this process may create, rename and remove files here.
    pub fn may_change(&self) -> bool {
        let wanted = AccessFlags::W_OK | AccessFlags::X_OK;
        faccessat(&self.fd, ".", wanted, AtFlags::AT_EACCESS).is_ok()
    }

    fn file(&self, name: &OsStr, flags: OFlag, mode: u32) -> io::Result<File> {
        // Non-blocking, so that a FIFO of that name cannot hold us up.
        let flags = flags | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let mode = Mode::from_bits_truncate(mode);
        let file = match openat(&self.fd, name, flags, mode) {
            Err(nix::errno::Errno::ELOOP) => {
                return Err(io::Error::other("it is a symbolic link"));
            }
            other => File::from(other?),
        };
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        Ok(file)
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Makes a file that root opened the property of the user who will write it.
///
/// # Errors
/// When the file has other names too, or as the system reports.
pub(crate) fn give(file: &File, identity: &Identity) -> io::Result<()> {
    let metadata = file.metadata()?;
    let (uid, gid) = (identity.uid.as_raw(), identity.gid.as_raw());
    if metadata.uid() == uid && metadata.gid() == gid {
        return Ok(());
    }
    if metadata.nlink() != 1 {
        return Err(io::Error::other("it has other names (hard links)"));
    }
    std::os::unix::fs::fchown(file, Some(uid), Some(gid))
}

#[cfg(test)]
#[path = "folder/tests.rs"]
mod tests;
