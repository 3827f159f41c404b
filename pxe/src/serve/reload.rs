//! Taking a new configuration while serving: read through a handle that was
//! opened before rights were given up, checked as a whole, and taken or not
//! as a whole.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use nix::fcntl::OFlag;
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::stat::Mode;

use crate::config::{Config, Engine, Tftp};
use crate::control::{Desk, Question};
use crate::dhcp::settings::{self, Settings};
use crate::error::{Error, Kind, Result};
use crate::sys::net::Interface;

/// A longer file is no configuration.
const LONGEST: u64 = 4 * 1024 * 1024;

/// The configuration file, to be read again.
#[derive(Debug)]
pub(crate) struct Source {
    folder: OwnedFd,
    path: PathBuf,
}

impl Source {
    /// Keeps the way to a file open.
    ///
    /// # Errors
    /// When its folder cannot be opened.
    pub(crate) fn of(path: &Path) -> Result<Source> {
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let folder = nix::fcntl::open(parent.unwrap_or(Path::new(".")), flags, Mode::empty())
            .map_err(|error| {
                Error::new(
                    Kind::Input,
                    path.display().to_string(),
                    "its folder cannot be opened",
                )
                .because(error)
                .hint("`-c FILE` names the configuration")
            })?;
        Ok(Source {
            folder,
            path: path.to_owned(),
        })
    }

    /// The folder of the file.
    pub(super) fn folder(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }

    /// The folder that the file really lies in, where its name is a symbolic
    /// link to another.
    pub(super) fn linked_folder(&self) -> Option<OwnedFd> {
        let real = self.path.canonicalize().ok()?;
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        nix::fcntl::open(real.parent()?, flags, Mode::empty()).ok()
    }

    /// Whether the file can be read now.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn readable(&self) -> Result<()> {
        self.open().map(drop)
    }

    fn read(&self) -> Result<Config> {
        let mut text = String::new();
        self.open()?
            .take(LONGEST)
            .read_to_string(&mut text)
            .map_err(|error| self.failed(error))?;
        Config::parse(&self.path.display().to_string(), &text)
    }

    fn open(&self) -> Result<File> {
        let file = self.path.file_name().unwrap_or(self.path.as_os_str());
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        nix::fcntl::openat(self.folder.as_fd(), file, flags, Mode::empty())
            .map(File::from)
            .map_err(|error| self.failed(error.into()))
    }

    fn failed(&self, error: std::io::Error) -> Error {
        let name = self.path.display().to_string();
        Error::new(Kind::Input, name, "the configuration cannot be read").because(error)
    }

    /// The new configuration, if the file is right and changes nothing that
    /// only a restart can change.
    ///
    /// # Errors
    /// What is wrong, or what needs a restart.
    pub(super) fn changed(&self, running: &Config, interfaces: &[Interface]) -> Result<Config> {
        let mut new = self.read()?;
        new.resolve_networks(&super::open::networks(interfaces));
        let off = |config: &Config| config.settings.mode == settings::Mode::Off;
        let differs = [
            (
                "interface",
                new.interfaces != running.interfaces || new.address != running.address,
            ),
            (
                "user or group",
                new.user != running.user || new.group != running.group,
            ),
            (
                "chroot, socket, pid-file or log-file",
                new.chroot != running.chroot
                    || new.socket != running.socket
                    || new.pid_file != running.pid_file
                    || new.log_file != running.log_file,
            ),
            (
                "[tftp] root, port, listen, engine or upload folder",
                fixed(&new.tftp) != fixed(&running.tftp),
            ),
            ("[http]", new.http != running.http),
            (
                "ports or leases of [dhcp]",
                new.dhcp != running.dhcp || off(&new) != off(running),
            ),
            // What it must remember would be forgotten with the process.
            (
                "to mode `full` or to the first `once`",
                new.remembers() && !running.remembers(),
            ),
        ];
        let named: Vec<&str> = differs
            .iter()
            .filter(|(_, differs)| *differs)
            .map(|(what, _)| *what)
            .collect();
        if !named.is_empty() {
            let name = self.path.display().to_string();
            return Err(Error::new(
                Kind::Input,
                name,
                format!("a change of {} needs a restart", named.join(", ")),
            )
            .hint("restart the service, or take that change back"));
        }
        Ok(new)
    }
}

/// What of `[tftp]` holds until the end: what was opened before the rights
/// were given up, and what the portable engine was built with.
fn fixed(tftp: &Tftp) -> impl PartialEq + '_ {
    let limits = (tftp.engine == Engine::Portable).then_some(tftp.limits);
    let folder = tftp.upload.as_ref().map(|upload| &upload.folder);
    (
        &tftp.root,
        tftp.port,
        tftp.listen,
        tftp.engine,
        limits,
        folder,
    )
}

/// New settings on their way to the loop that uses them, questions about what
/// only it knows, and the one whether it still turns.
#[derive(Debug)]
pub(super) struct Mailbox {
    slot: Mutex<Option<Settings>>,
    questions: Mutex<Vec<Question>>,
    event: EventFd,
    asked: AtomicU64,
    answers: AtomicU64,
}

impl Mailbox {
    pub(super) fn new() -> std::io::Result<Mailbox> {
        let event = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        Ok(Mailbox {
            slot: Mutex::default(),
            questions: Mutex::default(),
            event,
            asked: AtomicU64::new(0),
            answers: AtomicU64::new(0),
        })
    }

    pub(super) fn put(&self, settings: Settings) {
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(settings);
        let _ = self.event.write(1);
    }

    /// Asks the loop for a sign of life.
    pub(super) fn ask(&self) {
        self.asked.fetch_add(1, Ordering::Release);
        let _ = self.event.write(1);
    }

    /// Whether it gave one for every question.
    pub(super) fn answered(&self) -> bool {
        self.answers.load(Ordering::Acquire) == self.asked.load(Ordering::Acquire)
    }

    /// What is asked about leases.
    pub(super) fn questions(&self) -> Vec<Question> {
        let mut questions = self
            .questions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *questions)
    }

    pub(super) fn take(&self) -> Option<Settings> {
        if self.event.read().is_ok() {
            let asked = self.asked.load(Ordering::Acquire);
            self.answers.store(asked, Ordering::Release);
        }
        self.slot
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Desk for Mailbox {
    fn put(&self, question: Question) {
        let mut questions = self
            .questions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        questions.push(question);
        drop(questions);
        let _ = self.event.write(1);
    }
}

impl AsFd for Mailbox {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }
}
