//! Where log lines go: to standard error, and to a file once one is open. The
//! file can be renamed away or removed at any time; [`Sink::reopen`] begins
//! another.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::folder::Folder;

/// A log file may be read by the group it belongs to.
const MODE: u32 = 0o640;

/// More bytes of lines than this are not held back.
const MOST_HELD: usize = 64 * 1024;

/// The way of every line; clones are the same way.
#[derive(Debug, Clone, Default)]
pub struct Sink(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    target: Target,
    /// Whether lines wait to be written together, and those that do.
    holds: bool,
    held: Vec<u8>,
}

#[derive(Debug, Default)]
enum Target {
    #[default]
    Stderr,
    File(LogFile),
}

/// A log file, its folder held open.
#[derive(Debug)]
pub struct LogFile {
    folder: Folder,
    name: OsString,
    file: File,
}

impl LogFile {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// As the system reports.
    pub fn open(folder: Folder, name: OsString) -> io::Result<LogFile> {
        let file = folder.append(&name, MODE)?;
        Ok(LogFile { folder, name, file })
    }

    /// Its folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The file that is written now.
    pub fn file(&self) -> &File {
        &self.file
    }
}

/// While this is there, lines wait; then they are written together.
#[derive(Debug)]
#[must_use]
pub struct Held(Sink);

impl Drop for Held {
    fn drop(&mut self) {
        let mut lines = self.0.lines();
        lines.holds = false;
        // Who cannot write the log has nowhere to say so.
        let _ = lines.write_held();
    }
}

impl Lines {
    fn write_held(&mut self) -> io::Result<()> {
        let written = self.target.write_all(&self.held);
        self.held.clear();
        written
    }
}

impl Target {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Target::Stderr => io::stderr().write_all(bytes),
            Target::File(log) => log.file.write_all(bytes),
        }
    }
}

impl Sink {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds lines back, for a piece of work that writes many of them.
    pub fn hold(&self) -> Held {
        self.lines().holds = true;
        Held(self.clone())
    }

    /// Sends everything from now on to a file.
    pub fn redirect(&self, file: LogFile) {
        self.lines().target = Target::File(file);
    }

    /// Opens the file anew by its name, as after a rotation.
    ///
    /// # Errors
    /// As the system reports; the old file is then written on.
    pub fn reopen(&self) -> io::Result<()> {
        if let Target::File(log) = &mut self.lines().target {
            log.file = log.folder.append(&log.name, MODE)?;
        }
        Ok(())
    }
}

impl Write for &Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.lines();
        if lines.holds {
            lines.held.extend_from_slice(bytes);
            if lines.held.len() >= MOST_HELD {
                lines.write_held()?;
            }
        } else {
            lines.target.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "sink/tests.rs"]
mod tests;
