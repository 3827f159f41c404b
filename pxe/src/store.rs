//! Where leases are kept: a narrow seam, and behind it a journal that is
//! synced before anything that rests on it is said to a client.

mod record;

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::dhcp::leases::Change;
use crate::error::{Error, Kind, Result};
use crate::sys::folder::Folder;

/// Reads the batches of a journal, behind its first eight bytes: the changes,
/// and how many bytes they take; an unfinished batch at the end is left out.
///
/// # Errors
/// Where it is damaged, with whole batches after it.
pub fn replay(bytes: &[u8]) -> std::result::Result<(Vec<Change>, usize), usize> {
    record::read_all(bytes).map(|read| (read.changes, read.good))
}

/// What the service needs of a store.
pub(crate) trait Store: Send {
    /// Makes changes durable; when this returns they survive a power cut.
    ///
    /// # Errors
    /// None of them may be relied on then.
    fn commit(&mut self, changes: &[Change]) -> io::Result<()>;

    /// Whether [`replace`](Self::replace) is due: the store has grown far
    /// beyond what it holds, or a failure left it unsure of its file.
    fn wants_replacing(&self) -> bool;

    /// Writes everything anew.
    ///
    /// # Errors
    /// What was there before stays.
    fn replace(&mut self, all: &mut dyn Iterator<Item = Change>) -> io::Result<()>;

    /// The folder that files are made and renamed in, when there is one.
    fn folder(&self) -> Option<&Folder>;
}

const MAGIC: &[u8; 8] = b"pxeLog1\n";
/// A journal shorter than this is not rewritten.
const SMALLEST_REWRITE: u64 = 4 * 1024 * 1024;
/// A journal longer than this is not ours.
const LONGEST: u64 = 1 << 30;
/// Who has which address is for administrators to read.
const MODE: u32 = 0o640;

/// An append-only file of batches, each synced before the next is begun.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: Folder,
    name: OsString,
    file: File,
    len: u64,
    rewritten_len: u64,
    /// After a failed write or sync nothing is known of the end of the file.
    unsure: bool,
    pending: Vec<u8>,
}

/// A journal and what it remembers.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The journal, ready to be written.
    pub journal: Journal,
    /// What it remembers, oldest first.
    pub changes: Vec<Change>,
    /// Bytes of an unfinished batch that were dropped: nobody was told.
    pub dropped: u64,
}

impl Journal {
    /// Opens or creates a journal and reads it.
    ///
    /// # Errors
    /// When another process has it, when it is damaged, or when the system
    /// refuses; the file is then left as it is.
    pub(crate) fn open(path: &Path) -> Result<Opened> {
        let subject = path.display().to_string();
        let system = |what: &str, error: io::Error| {
            Error::new(Kind::System, &subject, what)
                .because(error)
                .hint("`[dhcp] leases` names the file; its folder must exist and be writable")
        };
        let (folder, name) = Folder::of(path)
            .map_err(|error| system("the folder of the leases cannot be opened", error))?;
        let mut file = folder
            .read_write(&name, MODE)
            .map_err(|error| system("the leases cannot be opened", error))?;
        lock(&file, &subject)?;
        let size = file
            .metadata()
            .map_err(|error| system("cannot be read", error))?
            .len();
        if size > LONGEST {
            return Err(
                Error::new(Kind::System, &subject, "far too long for a file of leases")
                    .hint("`[dhcp] leases` names another file?"),
            );
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|error| system("cannot be read", error))?;
        if bytes.len() < MAGIC.len() && MAGIC.starts_with(&bytes) {
            // New, or cut off while it was made.
            file.set_len(0)
                .and_then(|()| file.seek(SeekFrom::Start(0)))
                .and_then(|_| file.write_all(MAGIC))
                .and_then(|()| file.sync_all())
                .and_then(|()| folder.sync())
                .map_err(|error| system("the leases cannot be written", error))?;
            let journal = Journal::at(folder, name, file, MAGIC.len() as u64);
            return Ok(Opened {
                journal,
                changes: Vec::new(),
                dropped: 0,
            });
        }
        if !bytes.starts_with(MAGIC) {
            return Err(not_leases(&subject));
        }
        let (changes, good) =
            replay(&bytes[MAGIC.len()..]).map_err(|offset| damaged(&subject, offset))?;
        let good = (MAGIC.len() + good) as u64;
        if good < size {
            file.set_len(good)
                .and_then(|()| file.sync_all())
                .map_err(|error| system("the unfinished end cannot be cut off", error))?;
        }
        file.seek(SeekFrom::Start(good))
            .map_err(|error| system("cannot be read", error))?;
        let journal = Journal::at(folder, name, file, good);
        Ok(Opened {
            journal,
            changes,
            dropped: size - good,
        })
    }

    /// Reads a journal that somebody else may be writing: what is whole of it.
    ///
    /// # Errors
    /// When it is no journal, is damaged, or cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Vec<Change>> {
        let subject = path.display().to_string();
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(LONGEST).read_to_end(&mut bytes))
            .map_err(|error| {
                Error::new(Kind::System, &subject, "the leases cannot be read")
                    .because(error)
                    .hint("`[dhcp] leases` names the file; the daemon makes it when it starts")
            })?;
        let Some(batches) = bytes.strip_prefix(MAGIC) else {
            return Err(not_leases(&subject));
        };
        let (changes, _) = replay(batches).map_err(|offset| damaged(&subject, offset))?;
        Ok(changes)
    }

    /// The file that is written now.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    fn at(folder: Folder, name: OsString, file: File, len: u64) -> Journal {
        Journal {
            folder,
            name,
            file,
            len,
            rewritten_len: len,
            unsure: false,
            pending: Vec::new(),
        }
    }
}

impl Store for Journal {
    fn commit(&mut self, changes: &[Change]) -> io::Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        if self.unsure {
            return Err(io::Error::other("an earlier write failed"));
        }
        self.pending.clear();
        record::push_batch(&mut self.pending, changes);
        if let Err(error) = self.file.write_all(&self.pending) {
            // Cut off what was written, so that the next batch does not stand
            // behind half a one.
            let restored = self
                .file
                .set_len(self.len)
                .and_then(|()| self.file.seek(SeekFrom::Start(self.len)));
            self.unsure = restored.is_err();
            return Err(error);
        }
        if let Err(error) = self.file.sync_data() {
            // The kernel reports a failed write-back once and then forgets
            // it; a later sync would succeed without the data.
            self.unsure = true;
            return Err(error);
        }
        self.len += self.pending.len() as u64;
        Ok(())
    }

    fn wants_replacing(&self) -> bool {
        self.unsure || (self.len > SMALLEST_REWRITE && self.len > 4 * self.rewritten_len)
    }

    fn replace(&mut self, all: &mut dyn Iterator<Item = Change>) -> io::Result<()> {
        let mut bytes = MAGIC.to_vec();
        let mut batch = Vec::new();
        for change in all {
            batch.push(change);
            if batch.len() == 1000 {
                record::push_batch(&mut bytes, &batch);
                batch.clear();
            }
        }
        if !batch.is_empty() {
            record::push_batch(&mut bytes, &batch);
        }
        self.file = self.folder.replace(&self.name, &bytes, MODE)?;
        self.len = bytes.len() as u64;
        self.rewritten_len = self.len;
        self.unsure = false;
        Ok(())
    }

    fn folder(&self) -> Option<&Folder> {
        Some(&self.folder)
    }
}

/// Nothing is kept: for modes that give no addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Forgetful;

impl Store for Forgetful {
    fn commit(&mut self, _: &[Change]) -> io::Result<()> {
        Ok(())
    }

    fn wants_replacing(&self) -> bool {
        false
    }

    fn replace(&mut self, _: &mut dyn Iterator<Item = Change>) -> io::Result<()> {
        Ok(())
    }

    fn folder(&self) -> Option<&Folder> {
        None
    }
}

fn not_leases(subject: &str) -> Error {
    Error::new(Kind::System, subject, "this is not a file of leases")
        .hint("`[dhcp] leases` must name a file of its own")
}

fn damaged(subject: &str, offset: usize) -> Error {
    let at = offset + MAGIC.len();
    let what = format!("damaged at byte {at}, with intact entries after it");
    Error::new(Kind::System, subject, what)
        .hint("a disk or a hand has changed it; to go on without its leases, move it away")
        .hint("clients then keep their addresses, but new ones could get the same")
}

fn lock(file: &File, subject: &str) -> Result<()> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => {
            Error::new(Kind::System, subject, "another pxe uses these leases")
                .hint("`pgrep -a pxe` shows it; every server needs a file of its own")
        }
        TryLockError::Error(error) => {
            Error::new(Kind::System, subject, "cannot be locked").because(error)
        }
    })
}

#[cfg(test)]
mod tests;
