//! Files taken from clients, when the configuration allows it. A transfer has
//! a thread and a socket of its own: uploads are few and small (crash dumps,
//! inventories, configurations of switches), and a disk that waits for its
//! sync must not hold up those who boot.
//!
//! A file is written beside its place under a name that no client can ask
//! for, synced, and renamed before the last block is acknowledged: what a
//! client was told is there is there, and whole.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::files::{Files, Refusal, Ticket};
use crate::log;
use crate::sys::folder::Folder;
use crate::sys::net;
use crate::sys::stop::Stop;
use crate::tftp::negotiate::{self, Agreement};
use crate::tftp::netascii;
use crate::tftp::path::RootPath;
use crate::tftp::reception::{Intake, Overdue, Reception};
use crate::tftp::upload::Rules;
use crate::timeline::{Outcome, Way};
use crate::wire::tftp::{self, Code, Mode, Packet, Request};

/// Uploads at once; each has a thread.
const MOST: usize = 16;
/// How long a client that did not get our last word may ask for it again.
const LINGER: Duration = Duration::from_secs(3);
/// Between two looks at whether the service stops.
const PAUSE: Duration = Duration::from_millis(200);
/// What is taken may hold secrets: not for everybody on this machine.
const MODE: u32 = 0o640;
/// Files looked at to know how much room is taken.
const MOST_ENTRIES: usize = 20_000;
const ENDING: &str = ".upload";

/// The place for files of clients.
#[derive(Debug)]
pub(crate) struct Uploads {
    folder: Folder,
    rules: RwLock<Rules>,
    stop: Stop,
    /// Bytes promised to uploads under way.
    promised: Arc<AtomicU64>,
    running: Mutex<Vec<JoinHandle<()>>>,
}

impl Uploads {
    /// Uploads into a folder, until told to stop. What a crash left half
    /// written there is removed.
    pub(crate) fn new(folder: Folder, rules: Rules, stop: Stop) -> Uploads {
        for name in folder.names(MOST_ENTRIES).unwrap_or_default() {
            let text = name.as_encoded_bytes();
            if text.starts_with(b".") && text.ends_with(ENDING.as_bytes()) {
                let _ = folder.remove(&name);
            }
        }
        Uploads {
            folder,
            rules: RwLock::new(rules),
            stop,
            promised: Arc::default(),
            running: Mutex::default(),
        }
    }

    /// Other rules, for uploads that begin from now on.
    pub(crate) fn reconfigure(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    fn rules(&self) -> Rules {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        rules.clone()
    }

    /// Waits for the uploads under way, which end soon after the stop.
    pub(crate) fn finish(&self) {
        let running =
            std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in running {
            let _ = thread.join();
        }
    }

    /// Takes an upload on.
    ///
    /// # Errors
    /// What to tell the client; it is logged already.
    pub(super) fn begin(
        self: &Arc<Self>,
        files: &Arc<Files>,
        request: &Request<'_>,
        client: SocketAddrV4,
        local: Ipv4Addr,
    ) -> Result<(), Refusal> {
        let shown = log::text(request.name);
        self.try_begin(files, request, client, local, &shown)
            .inspect_err(|refusal| files.refused(client.into(), Way::Upload, &shown, refusal))
    }

    fn try_begin(
        self: &Arc<Self>,
        files: &Arc<Files>,
        request: &Request<'_>,
        client: SocketAddrV4,
        local: Ipv4Addr,
        shown: &str,
    ) -> Result<(), Refusal> {
        let refuse = |code, what: &str| Refusal::new(code, format!("{shown}: {what}"));
        let busy = |_| refuse(Code::Undefined, "the server is busy, try again");
        let rules = self.rules();
        if !rules.allows(*client.ip()) {
            return Err(refuse(Code::Access, "not from this address"));
        }
        let name = single_name(request.name)
            .ok_or_else(|| refuse(Code::Access, "not a plain file name"))?;
        if !rules.overwrite && self.folder.has(&name) {
            return Err(refuse(Code::Exists, "there is such a file already"));
        }
        let announced = announced(request);
        let most = rules.largest_file.min(self.room(&rules));
        if most == 0 || announced.is_some_and(|size| size > most) {
            return Err(refuse(Code::DiskFull, "there is no room for it"));
        }
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|thread| !thread.is_finished());
        if running.len() >= MOST {
            return Err(busy(()));
        }
        let mut ticket = files.admit(client.into(), shown).ok_or_else(|| busy(()))?;
        let socket = net::connected(local, client).map_err(|_| busy(()))?;
        let promise = Promise::of(&self.promised, announced.unwrap_or(most));
        let mut beside = OsString::from(".");
        beside.push(&name);
        beside.push(format!(".{}{ENDING}", client.port()));
        let _ = self.folder.remove(&beside);
        let file = self.folder.create_new(&beside, MODE).map_err(|error| {
            tracing::error!(
                target: "pxe::tftp",
                folder = %self.folder.path().display(), "no file can be made: {error}"
            );
            refuse(Code::Undefined, "the server cannot take it now")
        })?;
        ticket.begin(Way::Upload, announced);
        let agreement = negotiate::agree(request, 0, files.granted().limits);
        let upload = Upload {
            uploads: Arc::clone(self),
            socket,
            file,
            beside,
            name,
            most,
            written: 0,
            decoder: (request.mode == Mode::Netascii).then(netascii::Decoder::default),
            ticket,
            promise: Some(promise),
            began: Instant::now(),
        };
        let thread = thread::Builder::new()
            .name("upload".to_owned())
            .spawn(move || upload.run(&agreement))
            .map_err(|_| busy(()))?;
        running.push(thread);
        Ok(())
    }

    /// Bytes that all files here may still grow by.
    fn room(&self, rules: &Rules) -> u64 {
        let taken: u64 = self
            .folder
            .names(MOST_ENTRIES)
            .unwrap_or_default()
            .iter()
            .filter(|name| !name.as_encoded_bytes().starts_with(b"."))
            .map(|name| self.folder.size(name))
            .sum();
        rules
            .largest_total
            .saturating_sub(taken)
            .saturating_sub(self.promised.load(Ordering::Acquire))
    }
}

/// Room set aside until an upload ends.
#[derive(Debug)]
struct Promise(Arc<AtomicU64>, u64);

impl Promise {
    fn of(promised: &Arc<AtomicU64>, bytes: u64) -> Promise {
        promised.fetch_add(bytes, Ordering::AcqRel);
        Promise(Arc::clone(promised), bytes)
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.0.fetch_sub(self.1, Ordering::AcqRel);
    }
}

/// One upload.
#[derive(Debug)]
struct Upload {
    uploads: Arc<Uploads>,
    socket: UdpSocket,
    file: File,
    beside: OsString,
    name: OsString,
    most: u64,
    written: u64,
    decoder: Option<netascii::Decoder>,
    ticket: Ticket,
    /// Ends when the file is in place: from then on it counts itself.
    promise: Option<Promise>,
    began: Instant,
}

/// Why an upload ended without its file.
enum Ended {
    /// The client is gone, or ended it.
    ByClient(Outcome),
    /// We end it, with what the client is told.
    ByUs(Code, &'static str, Option<io::Error>),
}

impl Upload {
    fn run(mut self, agreement: &Agreement) {
        let outcome = match self.take(agreement) {
            Ok(reception) => {
                self.report(&Outcome::Whole);
                self.linger(reception);
                return;
            }
            Err(Ended::ByClient(how)) => how,
            Err(Ended::ByUs(code, text, cause)) => {
                let _ = self.socket.send(&tftp::error(code, text));
                Outcome::Failed(match cause {
                    Some(cause) => format!("{text}: {cause}"),
                    None => text.to_owned(),
                })
            }
        };
        let _ = self.uploads.folder.remove(&self.beside);
        self.report(&outcome);
    }

    fn report(&mut self, outcome: &Outcome) {
        let (bytes, took) = (self.written, self.began.elapsed());
        self.ticket.ended(outcome, bytes, took, 0);
    }

    fn take(&mut self, agreement: &Agreement) -> Result<Reception, Ended> {
        let first = if agreement.acknowledged.is_empty() {
            tftp::ack(0).to_vec()
        } else {
            tftp::option_ack(&agreement.acknowledged)
        };
        let _ = self.socket.send(&first);
        let _ = self.socket.set_nonblocking(false);
        let mut reception = Reception::start(agreement, self.began.elapsed());
        let mut buffer = vec![0; usize::from(agreement.block) + 4];
        loop {
            let Some(packet) = self.receive(&mut buffer, reception.deadline())? else {
                match reception.on_timeout(self.began.elapsed()) {
                    Overdue::Wait => {}
                    Overdue::Begin => drop(self.socket.send(&first)),
                    Overdue::Acknowledge(number) => drop(self.socket.send(&tftp::ack(number))),
                    Overdue::GaveUp => {
                        return Err(Ended::ByClient(Outcome::NoAnswer));
                    }
                }
                continue;
            };
            let Packet::Data(number, bytes) = packet else {
                continue;
            };
            let intake = reception.on_data(number, bytes.len(), self.began.elapsed());
            if intake.take {
                let bytes = bytes.to_vec();
                self.write(&bytes, intake.finished)?;
            }
            if intake.finished {
                self.put_in_place()?;
                self.promise = None;
            }
            self.acknowledge(intake);
            if intake.finished {
                return Ok(reception);
            }
        }
    }

    /// The next packet, or nothing when the deadline comes first.
    fn receive<'b>(
        &self,
        buffer: &'b mut [u8],
        deadline: Duration,
    ) -> Result<Option<Packet<'b>>, Ended> {
        let left = deadline.saturating_sub(self.began.elapsed()).min(PAUSE);
        let _ = self
            .socket
            .set_read_timeout(Some(left.max(Duration::from_millis(1))));
        let received = self.socket.recv(buffer);
        if self.uploads.stop.is_set() {
            return Err(Ended::ByUs(Code::Undefined, "the server stops", None));
        }
        match received {
            Ok(len) => match tftp::parse(&buffer[..len]) {
                Ok(Packet::Error(code, text)) => {
                    let text = text.escape_ascii().to_string();
                    Err(Ended::ByClient(Outcome::ClientEnded(code, text)))
                }
                Ok(packet) => Ok(Some(packet)),
                Err(_) => Ok(None),
            },
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Err(Ended::ByClient(Outcome::ClientGone))
            }
            Err(_) => Ok(None),
        }
    }

    fn write(&mut self, bytes: &[u8], last: bool) -> Result<(), Ended> {
        let decoded = self.decoder.as_mut().map(|one| one.decode(bytes, last));
        let bytes = decoded.as_deref().unwrap_or(bytes);
        self.written += bytes.len() as u64;
        if self.written > self.most {
            return Err(Ended::ByUs(Code::DiskFull, "there is no room for it", None));
        }
        self.ticket.reached(self.written);
        self.file
            .write_all(bytes)
            .map_err(|error| Ended::ByUs(Code::DiskFull, "it cannot be written", Some(error)))
    }

    fn put_in_place(&mut self) -> Result<(), Ended> {
        let cannot = |error| Ended::ByUs(Code::DiskFull, "it cannot be kept", Some(error));
        self.file.sync_all().map_err(cannot)?;
        if self.uploads.rules().overwrite {
            return self
                .uploads
                .folder
                .rename(&self.beside, &self.name)
                .map_err(cannot);
        }
        // Of two clients with one name the second must not replace the first.
        match self.uploads.folder.rename_new(&self.beside, &self.name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Ended::ByUs(
                Code::Exists,
                "there is such a file already",
                None,
            )),
            other => other.map_err(cannot),
        }
    }

    fn acknowledge(&self, intake: Intake) {
        if let Some(number) = intake.acknowledge {
            let _ = self.socket.send(&tftp::ack(number));
        }
    }

    /// RFC 1350 §6: stays for a while, in case the last word was lost.
    fn linger(&self, mut reception: Reception) {
        let mut buffer = vec![0; 65536];
        let end = self.began.elapsed() + LINGER;
        while self.began.elapsed() < end {
            match self.receive(&mut buffer, end) {
                Ok(Some(Packet::Data(number, bytes))) => {
                    let intake = reception.on_data(number, bytes.len(), self.began.elapsed());
                    self.acknowledge(intake);
                }
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}

/// The one component that an upload may be called by; names that begin with a
/// dot are ours and the administrator's.
fn single_name(name: &[u8]) -> Option<OsString> {
    let path = RootPath::from_wire(name).ok()?;
    let [name] = path.components() else {
        return None;
    };
    let fits = name.len() <= 200 && !name.starts_with('.');
    fits.then(|| OsString::from(name))
}

/// RFC 2349: the size that the client announces.
fn announced(request: &Request<'_>) -> Option<u64> {
    let (_, value) = request
        .options
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(b"tsize"))?;
    std::str::from_utf8(value).ok()?.parse().ok()
}
