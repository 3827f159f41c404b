//! A folder from which no name leads out: the kernel resolves every path
//! beneath its handle and refuses `..`, absolute names and symbolic links
//! that leave it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::Mode;

/// Entries of one folder that are looked at when a name's case is not exact.
const MOST_ENTRIES: usize = 20_000;

/// An open folder.
#[derive(Debug)]
pub(crate) struct Root(OwnedFd);

impl Root {
    /// Opens a folder.
    ///
    /// # Errors
    /// When it is none, or not readable.
    pub(crate) fn open(path: &Path) -> io::Result<Root> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let fd = nix::fcntl::open(path, flags, Mode::empty())?;
        Ok(Root(fd))
    }

    /// Opens a regular file below the folder, by its exact name or, when
    /// there is none, by the only one (the first in order) that differs in
    /// the case of its letters.
    ///
    /// # Errors
    /// `NotFound`, or why it cannot be read.
    pub(crate) fn file(&self, components: &[String]) -> io::Result<File> {
        match self.exact(&components.join("/")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let found = self.any_case(components)?;
                self.exact(&found)
            }
            other => other,
        }
    }

    fn exact(&self, path: &str) -> io::Result<File> {
        // Non-blocking, so that a FIFO in the folder cannot hold us up.
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
        let file = File::from(self.beneath(path, flags)?);
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "not a regular file",
            ));
        }
        Ok(file)
    }

    fn beneath(&self, path: &str, flags: OFlag) -> io::Result<OwnedFd> {
        let how = OpenHow::new()
            .flags(flags)
            .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_MAGICLINKS);
        for _ in 0..8 {
            match openat2(self.0.as_fd(), path, how) {
                // A rename elsewhere raced with the lookup; the manual page
                // says to try again.
                Err(Errno::EAGAIN) => {}
                Err(Errno::EXDEV | Errno::ELOOP) => {
                    return Err(io::Error::new(
                        io::ErrorKind::PermissionDenied,
                        "leads out of the folder",
                    ));
                }
                other => return Ok(other?),
            }
        }
        Err(io::Error::from(io::ErrorKind::Interrupted))
    }

    /// The path with the case that the folders on the way really have.
    fn any_case(&self, components: &[String]) -> io::Result<String> {
        let mut path = String::new();
        for (depth, wanted) in components.iter().enumerate() {
            let folder = if path.is_empty() { "." } else { path.as_str() };
            let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
            let mut dir = Dir::from_fd(self.beneath(folder, flags)?)?;
            let mut best: Option<String> = None;
            for entry in dir.iter().take(MOST_ENTRIES) {
                let entry = entry?;
                let Ok(name) = entry.file_name().to_str() else {
                    continue;
                };
                if name == wanted {
                    best = Some(name.to_owned());
                    break;
                }
                let same = name.len() == wanted.len() && name.eq_ignore_ascii_case(wanted);
                if same && best.as_deref().is_none_or(|other| name < other) {
                    best = Some(name.to_owned());
                }
            }
            let name = best.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            if depth > 0 {
                path.push('/');
            }
            path.push_str(&name);
        }
        Ok(path)
    }
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
#[path = "root/tests.rs"]
mod tests;
