//! The journal: every change is in it, on disk, before it is made.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When, as ISO 8601 in UTC.
    pub time: String,
    /// Who asked for it, as the directory knows them.
    pub who: String,
    /// The server it was sent to.
    pub server: String,
    /// Where the account lay.
    pub dn: String,
    /// Which account it is, wherever it lies.
    pub guid: String,
    /// `userAccountControl` before, in the LDAP form.
    pub old: String,
    /// `userAccountControl` after.
    pub new: String,
}

/// A journal that is being written. The file is made with the first record.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: Option<File>,
}

impl Journal {
    /// A journal at `path`, or at a new place in the user's state folder.
    ///
    /// # Errors
    /// When no place can be found.
    pub(crate) fn at(path: Option<&Path>, now: Timestamp) -> Result<Self> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => state_folder()?.join(format!(
                "{}-{}.jsonl",
                now.strftime("%Y%m%dT%H%M%SZ"),
                std::process::id()
            )),
        };
        Ok(Journal { path, file: None })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether something was written.
    pub(crate) fn is_used(&self) -> bool {
        self.file.is_some()
    }

    /// Appends records and waits until they are on disk.
    ///
    /// # Errors
    /// When they cannot be written; the changes must then not be made.
    pub(crate) fn append(&mut self, records: &[Record]) -> Result<()> {
        let mut lines = Vec::new();
        for record in records {
            serde_json::to_writer(&mut lines, record).map_err(|error| self.failed(error))?;
            lines.push(b'\n');
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(&self.path)?),
        };
        file.write_all(&lines)
            .and_then(|()| file.sync_data())
            .map_err(|error| self.failed(error))
    }

    fn failed(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::new(
            Kind::System,
            self.path.display().to_string(),
            "the journal cannot be written",
        )
        .because(error)
        .hint("nothing is changed without a journal; name another place with --journal")
    }
}

/// The largest journal that is read: that of some 800,000 changes.
const LARGEST: u64 = 256 << 20;

/// Reads a journal.
///
/// # Errors
/// Names the line that is not a record.
pub(crate) fn read(path: &Path) -> Result<Vec<Record>> {
    let subject = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(&subject, error))?;
    parse(file, &subject)
}

/// Reads a journal that is open; `subject` names it in errors.
///
/// # Errors
/// Names the line that is not a record.
pub fn parse(journal: impl io::Read, subject: &str) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for (index, line) in BufReader::new(journal.take(LARGEST)).lines().enumerate() {
        let line = line.map_err(|error| unreadable(subject, error))?;
        let record = serde_json::from_str(&line).map_err(|error| {
            let place = format!("{subject}:{}:{}", index + 1, error.column());
            Error::new(Kind::Input, place, "not a record of a journal")
                .because(error.to_string())
                .hint("a line that was cut off by a crash can be removed: its change was not made")
        })?;
        records.push(record);
    }
    if records.is_empty() {
        return Err(Error::new(Kind::Input, subject, "holds no record")
            .hint("a journal is a file that set, clear or undo wrote; they print its path"));
    }
    Ok(records)
}

fn unreadable(subject: &str, error: io::Error) -> Error {
    Error::new(Kind::Input, subject, "cannot be read")
        .because(error)
        .hint("a journal is a file that set, clear or undo wrote; they print its path")
}

fn open(path: &Path) -> Result<File> {
    let failed = |error: io::Error| {
        Error::new(
            Kind::System,
            path.display().to_string(),
            "the journal cannot be opened",
        )
        .because(error)
        .hint("nothing is changed without a journal; name another place with --journal")
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(failed)
}

fn state_folder() -> Result<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        .map(|folder| folder.join("ad-pac"))
        .ok_or_else(|| {
            Error::new(
                Kind::Usage,
                "--journal",
                "no place for the journal is known",
            )
            .hint("set HOME or XDG_STATE_HOME, or name a file with --journal")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(dn: &str) -> Record {
        Record {
            time: "2026-11-21T05:35:34Z".into(),
            who: "admin@LAB.TEST".into(),
            server: "dc1.lab.test".into(),
            dn: dn.into(),
            guid: "01234567-89ab-cdef-0123-456789abcdef".into(),
            old: "4096".into(),
            new: "33558528".into(),
        }
    }

    #[test]
    fn records_are_appended_as_json_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/journal.jsonl");
        let mut journal = Journal::at(Some(&path), Timestamp::UNIX_EPOCH).unwrap();
        assert!(!journal.is_used());
        journal.append(&[record("CN=a"), record("CN=b")]).unwrap();
        journal.append(&[record("CN=\"c\"")]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let names: Vec<_> = text
            .lines()
            .map(|line| serde_json::from_str::<Record>(line).unwrap().dn)
            .collect();
        assert_eq!(names, ["CN=a", "CN=b", "CN=\"c\""]);
    }

    #[test]
    fn a_journal_that_cannot_be_written_is_an_error_that_names_it() {
        let mut journal =
            Journal::at(Some(Path::new("/dev/null/x")), Timestamp::UNIX_EPOCH).unwrap();
        let error = journal.append(&[record("CN=a")]).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("/dev/null/x: the journal cannot be opened")
        );
    }
}
