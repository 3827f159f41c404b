//! Where log lines go: to standard error, and to a file once one is open. The
//! file can be renamed away or removed at any time; [`Sink::reopen`] begins
//! another.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::folder::Folder;

/// A log file may be read by the group it belongs to.
const MODE: u32 = 0o640;

/// The way of every line; clones are the same way.
#[derive(Debug, Clone, Default)]
pub struct Sink(Arc<Mutex<Target>>);

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

impl Sink {
    /// Sends everything from now on to a file.
    pub fn redirect(&self, file: LogFile) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Target::File(file);
    }

    /// Opens the file anew by its name, as after a rotation.
    ///
    /// # Errors
    /// As the system reports; the old file is then written on.
    pub fn reopen(&self) -> io::Result<()> {
        let mut target = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Target::File(log) = &mut *target {
            log.file = log.folder.append(&log.name, MODE)?;
        }
        Ok(())
    }
}

impl Write for &Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Target::Stderr => io::stderr().write(bytes),
            Target::File(log) => log.file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
