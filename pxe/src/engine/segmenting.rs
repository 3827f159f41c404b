//! The engine of Linux: a few workers, each an epoll loop over the listening
//! socket and the transfers it took on. A transfer has a socket of its own,
//! connected to its client, and a window goes out in one `send` that the
//! kernel or the card cuts into packets (UDP_SEGMENT).

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use super::files::{Files, Refusal, Source, Ticket};
use super::window::Window;
use crate::sys::net::{self, PacketSocket};
use crate::sys::stop::Stop;
use crate::tftp::negotiate;
use crate::tftp::transfer::{Action, Transfer};
use crate::timeline::{Outcome, Way};
use crate::wire::tftp::{self, Code, Packet};

const LISTENER: u64 = 0;
const STOP: u64 = 1;
const FIRST_TRANSFER: u64 = 2;
/// How exact timers are.
const TICK: Duration = Duration::from_millis(10);

/// What a worker waits on. Opened before the first client is let in: the
/// transfers and connections of the others could take the last descriptor.
#[derive(Debug)]
pub(crate) struct Waiting(Epoll);

impl Waiting {
    /// For one worker.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub(crate) fn open(listener: &PacketSocket, stop: &Stop) -> io::Result<Waiting> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        // Exclusive: of several workers that wait, one is woken.
        let flags = EpollFlags::EPOLLIN | EpollFlags::EPOLLEXCLUSIVE;
        epoll.add(listener.socket(), EpollEvent::new(flags, LISTENER))?;
        epoll.add(stop.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, STOP))?;
        Ok(Waiting(epoll))
    }
}

/// Serves until told to stop; one call is one worker.
///
/// # Errors
/// When the system refuses what the worker cannot do without.
pub(crate) fn run(
    waiting: Waiting,
    listener: &PacketSocket,
    files: &Arc<Files>,
    stop: &Stop,
) -> io::Result<()> {
    let Waiting(epoll) = waiting;
    let mut worker = Worker {
        listener,
        files,
        epoll,
        transfers: HashMap::new(),
        next: FIRST_TRANSFER,
        epoch: Instant::now(),
        buffer: vec![0; 2048],
        paused_until: None,
    };
    let mut events = [EpollEvent::empty(); 64];
    let mut checked = Instant::now();
    while !stop.is_set() {
        let idle = worker.transfers.is_empty() && worker.paused_until.is_none();
        let timeout = if idle {
            EpollTimeout::NONE
        } else {
            EpollTimeout::from(10_u8)
        };
        let count = match worker.epoll.wait(&mut events, timeout) {
            Ok(count) => count,
            Err(nix::errno::Errno::EINTR) => continue,
            Err(error) => return Err(error.into()),
        };
        for event in &events[..count] {
            match event.data() {
                LISTENER => worker.accept(),
                STOP => {}
                token => worker.transfer_readable(token),
            }
        }
        if checked.elapsed() >= TICK {
            checked = Instant::now();
            worker.timeouts();
        }
    }
    for (_, mut active) in worker.transfers.drain() {
        // The client would wait for its own timer otherwise.
        let _ = active
            .socket
            .send(&tftp::error(Code::Undefined, "the server stops"));
        active.end(&Outcome::ServerStops);
    }
    Ok(())
}

struct Worker<'a> {
    listener: &'a PacketSocket,
    files: &'a Arc<Files>,
    epoll: Epoll,
    transfers: HashMap<u64, Active>,
    next: u64,
    epoch: Instant,
    buffer: Vec<u8>,
    /// While descriptors have run out no new transfers are taken on.
    paused_until: Option<Instant>,
}

struct Active {
    socket: UdpSocket,
    transfer: Transfer,
    source: Source,
    window: Window,
    option_ack: Vec<u8>,
    size: u64,
    block: u16,
    /// Packets in one `send`; 1 where the kernel cannot segment or the
    /// packets do not fit the MTU.
    per_send: u64,
    ticket: Ticket,
    started: Instant,
}

impl Active {
    fn reached(&self) -> u64 {
        (self.transfer.acknowledged() * u64::from(self.block)).min(self.size)
    }

    fn end(&mut self, outcome: &Outcome) {
        let (bytes, took) = (self.reached(), self.started.elapsed());
        self.ticket
            .ended(outcome, bytes, took, self.transfer.resends());
    }
}

impl Worker<'_> {
    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// Takes on what came to the well-known port, a bounded number at once so
    /// that running transfers are not kept waiting.
    fn accept(&mut self) {
        for _ in 0..32 {
            if self.paused_until.is_some() {
                return;
            }
            let received = match self.listener.receive(&mut self.buffer) {
                Ok(received) => received,
                Err(_) => return,
            };
            let bytes = self.buffer[..received.len].to_vec();
            let client = received.source;
            // Answers to an address that is nobody's, or a broadcast's, help
            // no client and can be made to hit others.
            if client.ip().is_unspecified() || client.ip().is_broadcast() || client.port() == 0 {
                continue;
            }
            let local = received.local;
            let refuse = |code, text: &str| {
                let packet = tftp::error(code, text);
                let _ = self.listener.send(&packet, client, local, 0);
            };
            match tftp::parse(&bytes) {
                Ok(Packet::Request(request)) if request.write => {
                    if let Err(refusal) = self.upload(&request, client, local) {
                        refuse(refusal.code, &refusal.text);
                    }
                }
                Ok(Packet::Request(request)) => {
                    if let Err((code, text)) = self.begin(&request, client.into(), local) {
                        let packet = tftp::error(code, &text);
                        let _ = self.listener.send(&packet, client, local, 0);
                    }
                }
                // Never answer an ERROR: two servers could play ping-pong.
                Ok(Packet::Error(..)) => {}
                Ok(_) => refuse(Code::UnknownTid, "no transfer of yours"),
                Err(why) => {
                    if tracing::enabled!(tracing::Level::DEBUG)
                        && self.files.log.refusals.admit(Instant::now())
                    {
                        let who = self.files.log.machines.at((*client.ip()).into());
                        tracing::debug!(
                            target: "pxe::tftp",
                            mac = %who.mac, address = %client.ip(), arch = %who.arch,
                            "not TFTP: {why}"
                        );
                    }
                    refuse(Code::Illegal, &why.to_string());
                }
            }
        }
    }

    fn upload(
        &self,
        request: &tftp::Request<'_>,
        client: std::net::SocketAddrV4,
        local: std::net::Ipv4Addr,
    ) -> Result<(), Refusal> {
        if let Some(uploads) = &self.files.uploads {
            return uploads.begin(self.files, request, client, local);
        }
        let refusal = Refusal::new(Code::Access, "this server only sends files");
        let name = crate::log::text(request.name);
        self.files
            .refused(client.into(), Way::Upload, &name, &refusal);
        Err(refusal)
    }

    fn begin(
        &mut self,
        request: &tftp::Request<'_>,
        client: SocketAddr,
        local: std::net::Ipv4Addr,
    ) -> Result<(), (Code, String)> {
        let SocketAddr::V4(address) = client else {
            return Ok(());
        };
        let (source, size, ticket) = self
            .files
            .open(client, request.name, request.mode)
            .map_err(|refusal| {
                if let Some(error) = &refusal.exhausted {
                    self.slow_down(error);
                }
                (refusal.code, refusal.text)
            })?;
        let busy = || (Code::Undefined, "the server is busy, try again".to_owned());
        let socket = net::connected(local, address).map_err(|error| {
            self.slow_down(&error);
            busy()
        })?;
        let agreement = negotiate::agree(request, size, self.files.granted().limits);
        let window = Window::new(agreement.block, size);
        let stride = window.stride();
        let fits = agreement.window > 1 && stride <= net::largest_payload(&socket);
        let segments =
            fits && u16::try_from(stride).is_ok_and(|stride| net::segment(&socket, stride));
        let (transfer, action) = Transfer::start(&agreement, size, self.now());
        let token = self.next;
        self.next += 1;
        let event = EpollEvent::new(EpollFlags::EPOLLIN, token);
        self.epoll.add(&socket, event).map_err(|error| {
            self.slow_down(&error.into());
            busy()
        })?;
        let mut active = Active {
            socket,
            transfer,
            source,
            window,
            option_ack: tftp::option_ack(&agreement.acknowledged),
            size,
            block: agreement.block,
            per_send: if segments { u64::MAX } else { 1 },
            ticket,
            started: Instant::now(),
        };
        if perform(&mut active, action) {
            self.transfers.insert(token, active);
        }
        Ok(())
    }

    /// No descriptor or memory is left: say so and take nothing new on for a
    /// moment; what runs goes on.
    fn slow_down(&mut self, error: &io::Error) {
        if self.paused_until.is_some() {
            return;
        }
        tracing::error!(target: "pxe::tftp", "no new transfers for a second: {error}");
        self.paused_until = Some(Instant::now() + Duration::from_secs(1));
        let _ = self.epoll.delete(self.listener.socket());
    }

    fn transfer_readable(&mut self, token: u64) {
        let now = self.now();
        let Some(active) = self.transfers.get_mut(&token) else {
            return;
        };
        let mut small = [0_u8; 600];
        // ACKs that piled up are taken together; what they lead to is done
        // for each, since a gap report between them must not be lost.
        for _ in 0..8 {
            let len = match active.socket.recv(&mut small) {
                Ok(len) => len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    // The client's port is closed: it is gone.
                    active.end(&Outcome::ClientGone);
                    self.transfers.remove(&token);
                    return;
                }
            };
            let action = match tftp::parse(&small[..len]) {
                Ok(Packet::Ack(block)) => active.transfer.on_ack(block, now),
                Ok(Packet::Error(code, text)) => {
                    // EDK2 ends its first request this way once it knows the
                    // size.
                    let text = text.escape_ascii().to_string();
                    active.end(&Outcome::ClientEnded(code, text));
                    self.transfers.remove(&token);
                    return;
                }
                _ => Action::Wait,
            };
            if !perform(active, action) {
                self.transfers.remove(&token);
                return;
            }
            active.ticket.reached(active.reached());
        }
    }

    fn timeouts(&mut self) {
        let now = self.now();
        self.transfers.retain(|_, active| {
            if now < active.transfer.deadline() {
                return true;
            }
            let action = active.transfer.on_timeout(now);
            perform(active, action)
        });
        if self
            .paused_until
            .is_some_and(|until| Instant::now() >= until)
        {
            self.paused_until = None;
            let flags = EpollFlags::EPOLLIN | EpollFlags::EPOLLEXCLUSIVE;
            let event = EpollEvent::new(flags, LISTENER);
            if let Err(error) = self.epoll.add(self.listener.socket(), event) {
                tracing::error!(target: "pxe::tftp", "cannot listen again: {error}");
                self.paused_until = Some(Instant::now() + Duration::from_secs(1));
            }
        }
    }
}

/// Does what the transfer says; `false` when it is over.
fn perform(active: &mut Active, action: Action) -> bool {
    match action {
        Action::Wait => true,
        Action::OptionAck => {
            let _ = active.socket.send(&active.option_ack);
            true
        }
        Action::Send { first, count } => match send(active, first, count.into()) {
            Ok(()) => true,
            Err(error) => {
                let text = "the server cannot read the file any more";
                let _ = active.socket.send(&tftp::error(Code::Undefined, text));
                active.end(&Outcome::Failed(error.to_string()));
                false
            }
        },
        Action::Finished => {
            active.end(&Outcome::Whole);
            false
        }
        Action::GaveUp => {
            active.end(&Outcome::NoAnswer);
            false
        }
    }
}

/// Sends blocks; packets the network does not take now are lost packets, and
/// the timer or the client's gap report brings them again.
fn send(active: &mut Active, first: u64, count: u64) -> io::Result<()> {
    let mut next = first;
    let end = first + count;
    while next < end {
        let wanted = (end - next).min(active.per_send);
        let (packets, given) = active.window.packets(&active.source, next, wanted)?;
        let failed = active.socket.send(packets).err();
        match failed {
            // Some cards and tunnels cannot segment after all.
            Some(error) if given > 1 && !is_passing(&error) => {
                active.per_send = 1;
                net::unsegment(&active.socket);
            }
            _ => next += given,
        }
    }
    Ok(())
}

fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::OutOfMemory
    ) || error.raw_os_error() == Some(nix::libc::ENOBUFS)
}
