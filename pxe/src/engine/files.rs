//! What both engines share: from a requested name to an open file, with
//! limits, errors as clients may read them, and the log.

use std::fs::File;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::upload::Uploads;
use crate::log::{self, Log};
use crate::sys::clock::unix_millis;
use crate::sys::root::Root;
use crate::tftp::admission::{Admission, Bounds};
use crate::tftp::negotiate::Limits;
use crate::tftp::netascii;
use crate::tftp::path::{Refused, RootPath};
use crate::timeline::{Outcome, Transfer, Way};
use crate::wire::tftp::{Code, Mode};

/// What transfers may take, as long as no reload says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Granted {
    /// What one asks for is granted up to this.
    pub limits: Limits,
    /// How many there may be.
    pub bounds: Bounds,
}

/// The files and bounds of a TFTP service.
pub(crate) struct Files {
    /// The folder.
    pub root: Root,
    granted: RwLock<Granted>,
    /// Who is behind an address, and how much is said of it.
    pub log: Arc<Log>,
    /// Where clients may write, if anywhere.
    pub uploads: Option<Arc<Uploads>>,
    admission: Mutex<Admission>,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

/// Why a request is refused, as the client may read it: the file as the
/// client called it, never a path of this machine.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The TFTP error code.
    pub code: Code,
    /// The text.
    pub text: String,
    /// The system has nothing left to open files with: whoever asks next
    /// would hear the same.
    pub exhausted: Option<io::Error>,
}

impl Refusal {
    /// A refusal that concerns this request alone.
    pub(crate) fn new(code: Code, text: impl Into<String>) -> Refusal {
        Refusal {
            code,
            text: text.into(),
            exhausted: None,
        }
    }
}

/// The bytes of a transfer.
#[derive(Debug)]
pub(crate) enum Source {
    /// A file; all transfers of it share the page cache.
    File(File),
    /// Converted text.
    Memory(Vec<u8>),
}

impl Source {
    /// Reads at an offset until the buffer is full or the source ends.
    ///
    /// # Errors
    /// As the system reports.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Source::File(file) => {
                let mut filled = 0;
                while filled < buffer.len() {
                    match file.read_at(&mut buffer[filled..], offset + filled as u64)? {
                        0 => break,
                        more => filled += more,
                    }
                }
                Ok(filled)
            }
            Source::Memory(bytes) => {
                let start = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                let len = buffer.len().min(bytes.len() - start);
                buffer[..len].copy_from_slice(&bytes[start..start + len]);
                Ok(len)
            }
        }
    }
}

/// A transfer that was let in; dropped, its place is free again.
#[derive(Debug)]
pub(crate) struct Ticket {
    files: Arc<Files>,
    client: SocketAddr,
    name: String,
    /// From the beginning of the transfer to its end.
    transfer: Option<Transfer>,
}

impl Files {
    /// Files below a folder.
    pub(crate) fn new(
        root: Root,
        granted: Granted,
        log: Arc<Log>,
        uploads: Option<Arc<Uploads>>,
    ) -> Arc<Files> {
        Arc::new(Files {
            root,
            granted: RwLock::new(granted),
            log,
            uploads,
            admission: Mutex::default(),
        })
    }

    /// What transfers may take now.
    pub(crate) fn granted(&self) -> Granted {
        *self.granted.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Other bounds, for transfers that begin from now on.
    pub(crate) fn grant(&self, granted: Granted) {
        *self.granted.write().unwrap_or_else(PoisonError::into_inner) = granted;
    }

    /// Opens what a client asks for and lets the transfer in.
    ///
    /// # Errors
    /// What to tell the client; it is logged already.
    pub(crate) fn open(
        self: &Arc<Self>,
        client: SocketAddr,
        name: &[u8],
        mode: Mode,
    ) -> Result<(Source, u64, Ticket), Refusal> {
        let shown = log::text(name);
        let result = self.open_unlogged(client, name, mode, &shown);
        if let Err(refusal) = &result {
            self.refused(client, Way::Tftp, &shown, refusal);
        }
        result
    }

    /// The line about a request that is refused.
    pub(super) fn refused(&self, client: SocketAddr, way: Way, file: &str, why: &Refusal) {
        if let IpAddr::V4(address) = client.ip() {
            let code = why.code as u16;
            self.log
                .timeline
                .refused(address, way, file, code, &why.text, unix_millis());
        }
        let asked = asked(way);
        if !self.log.refusals.admit(Instant::now()) {
            return;
        }
        let who = self.log.machines.at(client.ip());
        tracing::warn!(
            target: "pxe::tftp",
            mac = %who.mac, address = %client.ip(), arch = %who.arch, %asked, %file, rule = who.rule,
            code = why.code as u16,
            "refused: {}",
            why.text
        );
    }

    fn open_unlogged(
        self: &Arc<Self>,
        client: SocketAddr,
        name: &[u8],
        mode: Mode,
        shown: &str,
    ) -> Result<(Source, u64, Ticket), Refusal> {
        let refuse = |code, what: &str| Refusal::new(code, format!("{shown}: {what}"));
        let path = RootPath::from_wire(name).map_err(|why| match why {
            Refused::Empty | Refused::NotText => refuse(Code::NotFound, "file not found"),
            Refused::Upward => refuse(Code::Access, "leads out of the served folder"),
            Refused::TooLong => refuse(Code::NotFound, "name too long"),
        })?;
        let mut ticket = self
            .admit(client, shown)
            .ok_or_else(|| refuse(Code::Undefined, "too many transfers, try again later"))?;
        let file = self
            .root
            .file(path.components())
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                    refuse(Code::NotFound, "file not found")
                }
                io::ErrorKind::IsADirectory => refuse(Code::NotFound, "not a file"),
                io::ErrorKind::PermissionDenied => refuse(Code::Access, "access denied"),
                _ => {
                    let busy = refuse(Code::Undefined, "the server cannot open it now");
                    let exhausted = is_exhausted(&error);
                    if !exhausted {
                        tracing::error!(target: "pxe::tftp", file = %shown, "cannot open: {error}");
                    }
                    Refusal {
                        exhausted: exhausted.then_some(error),
                        ..busy
                    }
                }
            })?;
        let size = file
            .metadata()
            .map_err(|_| refuse(Code::Undefined, "the server cannot read it now"))?
            .len();
        if mode == Mode::Octet {
            ticket.begin(Way::Tftp, Some(size));
            return Ok((Source::File(file), size, ticket));
        }
        if size > netascii::LONGEST {
            return Err(refuse(
                Code::Undefined,
                "too long for netascii, use octet mode",
            ));
        }
        let mut text = vec![0; usize::try_from(size).unwrap_or(0)];
        let read = Source::File(file)
            .read_at(&mut text, 0)
            .map_err(|_| refuse(Code::Undefined, "the server cannot read it now"))?;
        let converted = netascii::encode(&text[..read]);
        let size = converted.len() as u64;
        ticket.begin(Way::Tftp, Some(size));
        Ok((Source::Memory(converted), size, ticket))
    }

    pub(super) fn admit(self: &Arc<Self>, client: SocketAddr, name: &str) -> Option<Ticket> {
        let mut admission = self
            .admission
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        admission
            .enter(client.ip(), self.granted().bounds)
            .then(|| Ticket {
                files: Arc::clone(self),
                client,
                name: name.to_owned(),
                transfer: None,
            })
    }
}

/// Whether the system has no descriptor or memory left.
fn is_exhausted(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(Errno::from_raw);
    matches!(code, Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM))
}

/// What the log calls it.
fn asked(way: Way) -> &'static str {
    match way {
        Way::Upload => "write",
        Way::Tftp | Way::Http => "read",
    }
}

impl Ticket {
    /// The transfer begins.
    pub(super) fn begin(&mut self, way: Way, size: Option<u64>) {
        if let IpAddr::V4(address) = self.client.ip() {
            let timeline = &self.files.log.timeline;
            let transfer = timeline.began(address, way, &self.name, size, unix_millis());
            self.transfer = Some(transfer);
        }
    }

    /// So much of it has arrived.
    pub(crate) fn reached(&self, bytes: u64) {
        if let Some(transfer) = &self.transfer {
            transfer.reached(bytes);
        }
    }

    /// The transfer ended.
    pub(crate) fn ended(&mut self, outcome: &Outcome, bytes: u64, took: Duration, resends: u64) {
        let Some(transfer) = self.transfer.take() else {
            return;
        };
        transfer.reached(bytes);
        let timeline = &self.files.log.timeline;
        timeline.ended(&transfer, outcome, resends, unix_millis());
        let way = transfer.way();
        let asked = asked(way);
        let outcome = match (outcome, way) {
            (Outcome::Whole, Way::Upload) => "received".to_owned(),
            (Outcome::Whole, _) => "sent".to_owned(),
            (other, _) => other.to_string(),
        };
        let rate = bytes as f64 / 1e6 / took.as_secs_f64().max(1e-6);
        let who = self.files.log.machines.at(self.client.ip());
        tracing::info!(
            target: "pxe::tftp",
            mac = %who.mac, address = %self.client.ip(), arch = %who.arch,
            %asked, file = %self.name, rule = who.rule,
            bytes,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            mb_per_s = format!("{rate:.1}"),
            resends,
            "{outcome}"
        );
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // One that could not even begin: no socket, no thread.
        let outcome = Outcome::Failed("the server is busy".to_owned());
        self.ended(&outcome, 0, Duration::ZERO, 0);
        self.files
            .admission
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .leave(self.client.ip());
    }
}
