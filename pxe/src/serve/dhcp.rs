//! The DHCP loop: packets are taken in a burst, answered, and what must be
//! durable is synced once for all of them before their answers leave.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tokio::sync::oneshot;

use super::own_address;
use super::pace::{BURST, Pace};
use super::ports::Ports;
use super::probing::Probing;
use super::reload::Mailbox;
use crate::control::Question;
use crate::dhcp::leases::{Change, Lease, State};
use crate::dhcp::responder::{Arrival, Destination, Outcome, Port, Reply, Responder, Silence};
use crate::log::{Log, Machine, text};
use crate::store::Store;
use crate::sys::clock::unix_millis;
use crate::sys::net::{Interface, Received};
use crate::sys::sink::Sink;
use crate::sys::stop::Stop;
use crate::timeline::{Answered, Exchange};
use crate::wire::dhcp::{Message, MessageType};
use crate::wire::options;

/// The loop and what it works with.
pub(super) struct Dhcp {
    pub(super) ports: Ports,
    /// Offers that wait for a sign that their address is in use.
    pub(super) probing: Option<Probing<Waiting>>,
    pub(super) interfaces: Vec<Interface>,
    pub(super) address: Option<Ipv4Addr>,
    pub(super) client_port: u16,
    pub(super) responder: Responder,
    pub(super) store: Box<dyn Store>,
    pub(super) log: Arc<Log>,
    pub(super) sink: Sink,
    pub(super) mailbox: Arc<Mailbox>,
    /// How many addresses are lent, for those who count.
    pub(super) lent: Arc<AtomicUsize>,
    /// Released by hand, to be confirmed when that is durable.
    pub(super) releases: Vec<Release>,
}

/// Leases taken back, and who waits to hear that it is so.
type Release = (Vec<Lease>, oneshot::Sender<Result<Vec<Lease>, String>>);

/// An answer that waits for its sync, and the way it goes.
#[derive(Debug)]
pub(super) struct Waiting {
    reply: Reply,
    port: Port,
    local: Ipv4Addr,
    interface: u32,
}

/// What there is to do after a wait.
#[derive(Debug, Clone, Copy)]
struct Ready {
    /// Packets may be taken.
    packets: bool,
    mail: bool,
}

impl Dhcp {
    pub(super) fn run(mut self, stop: &Stop) -> io::Result<()> {
        let mut buffer = vec![0; 4096];
        let mut waiting = Vec::new();
        let mut changes = Vec::new();
        let mut pace = Pace::begin(Instant::now());
        while !stop.is_set() {
            let ready = self.wait(stop, pace.rest())?;
            self.probed(&mut changes);
            if ready.mail {
                if let Some(settings) = self.mailbox.take() {
                    self.responder.reconfigure(settings);
                }
                self.attend(&mut changes);
            }
            let mut taken = 0;
            if ready.packets {
                // Written before the sync: the line is there before the ACK is.
                let _together = self.sink.hold();
                for port in [Port::Dhcp, Port::BootServer] {
                    taken += self.burst(port, &mut buffer, &mut waiting, &mut changes);
                }
            }
            if pace.after(taken, changes.len(), Instant::now()) {
                self.settle(&mut waiting, &mut changes);
            }
        }
        self.settle(&mut waiting, &mut changes);
        Ok(())
    }

    /// Answers what is asked about leases.
    fn attend(&mut self, changes: &mut Vec<Change>) {
        let now = unix_now();
        let leases = &mut self.responder.leases;
        for question in self.mailbox.questions() {
            match question {
                Question::List(sender) => {
                    let _ = sender.send(leases.iter().cloned().collect());
                }
                Question::Release(id, sender) => {
                    let released = leases.take_back(|lease| id.is_of(lease), now);
                    changes.extend(released.iter().cloned().map(Change::Lease));
                    self.releases.push((released, sender));
                }
            }
        }
        self.lent.store(leases.lent(now).count(), Ordering::Relaxed);
        if changes.is_empty() {
            self.confirm(&Ok(()));
        }
    }

    /// Tells those who had leases released whether it is durable.
    fn confirm(&mut self, result: &Result<(), String>) {
        for (released, sender) in self.releases.drain(..) {
            let _ = sender.send(result.clone().map(|()| released));
        }
    }

    /// Until there is something to do. Until `rest`, packets are left where
    /// they are: they are taken together then.
    fn wait(&self, stop: &Stop, rest: Option<Instant>) -> io::Result<Ready> {
        let readable = |fd| PollFd::new(fd, PollFlags::POLLIN);
        let mut fds = vec![readable(self.mailbox.as_fd()), readable(stop.as_fd())];
        let now = Instant::now();
        let mut pause = rest.map(|end| end.saturating_duration_since(now));
        if let Some(probing) = &self.probing {
            fds.push(readable(probing.as_fd()));
            pause = pause.into_iter().chain(probing.pause(now)).min();
        }
        let ports = fds.len();
        if rest.is_none() {
            fds.push(readable(self.ports.fd(Port::Dhcp)));
            fds.push(readable(self.ports.fd(Port::BootServer)));
        }
        // Rounded up: a timeout of 0 would be a busy wait.
        let pause = pause
            .and_then(|pause| PollTimeout::try_from(pause + Duration::from_millis(1)).ok())
            .unwrap_or(PollTimeout::NONE);
        match poll(&mut fds, pause) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let is_ready = |fd: &PollFd<'_>| fd.any().unwrap_or(false);
        Ok(Ready {
            packets: rest.map_or_else(
                || fds[ports..].iter().any(is_ready),
                |end| Instant::now() >= end,
            ),
            mail: is_ready(&fds[0]),
        })
    }

    /// Sends the offers whose address nobody uses; an address that somebody
    /// uses is left alone for a while, and its client asks again.
    fn probed(&mut self, changes: &mut Vec<Change>) {
        let Some(probing) = &mut self.probing else {
            return;
        };
        for address in probing.in_use() {
            tracing::warn!(
                target: "pxe::dhcp", %address,
                "is in use by a machine that has no lease of it: not offered for an hour"
            );
            changes.extend(self.responder.found_in_use(address, unix_now()));
        }
        for offer in probing.free(Instant::now()) {
            self.send(&offer);
        }
    }

    /// Keeps an offer back that has to be asked about first.
    fn probe(&mut self, offer: Waiting) -> Option<Waiting> {
        let address = offer.reply.message.yiaddr;
        let is_new = self
            .responder
            .leases
            .at(address)
            .is_some_and(|lease| lease.state == State::Offered);
        match &mut self.probing {
            Some(probing) if is_new => probing.hold(address, offer, Instant::now()),
            _ => Some(offer),
        }
    }

    /// Takes what is there, up to a bound, and says how much it was; what
    /// rests on nothing new is answered at once.
    fn burst(
        &mut self,
        port: Port,
        buffer: &mut [u8],
        waiting: &mut Vec<Waiting>,
        changes: &mut Vec<Change>,
    ) -> usize {
        for taken in 0..BURST {
            let Ok(received) = self.ports.receive(port, buffer) else {
                return taken;
            };
            let Some((interface, local)) = self.place(&received) else {
                continue;
            };
            let arrival = Arrival {
                port,
                local,
                source: received.source,
                unicast: received.destination == received.local
                    && !received.destination.is_broadcast(),
            };
            let mut outcome = self
                .responder
                .handle(&arrival, &buffer[..received.len], unix_now());
            self.learn(&outcome);
            self.note(&outcome, &arrival);
            self.write(&outcome, &arrival);
            let rests_on_changes = !outcome.changes.is_empty();
            changes.append(&mut outcome.changes);
            if let Ok(reply) = outcome.answer {
                let answer = Waiting {
                    reply,
                    port,
                    local,
                    interface,
                };
                if rests_on_changes {
                    waiting.push(answer);
                } else if let Some(answer) = self.probe(answer) {
                    self.send(&answer);
                }
            }
        }
        BURST
    }

    /// Syncs, then sends. Without the sync nobody is told anything: a client
    /// without an answer asks again, a client with a forgotten lease would
    /// share its address.
    fn settle(&mut self, waiting: &mut Vec<Waiting>, changes: &mut Vec<Change>) {
        if self.store.wants_replacing()
            && let Err(error) = self.store.replace(&mut self.responder.remembered())
        {
            tracing::error!(target: "pxe::dhcp", "the leases cannot be written anew: {error}");
        }
        let committed = self.store.commit(changes);
        self.confirm(&committed.as_ref().copied().map_err(io::Error::to_string));
        match committed {
            Ok(()) => {
                for answer in waiting.iter() {
                    self.send(answer);
                }
            }
            Err(error) => tracing::error!(
                target: "pxe::dhcp",
                unanswered = waiting.len(),
                "leases cannot be kept, so none are given: {error}"
            ),
        }
        changes.clear();
        waiting.clear();
    }

    /// The interface a packet is for, and our address on it.
    fn place(&self, received: &Received) -> Option<(u32, Ipv4Addr)> {
        let direct = self
            .interfaces
            .iter()
            .find(|one| one.index == received.interface);
        // What a machine sends to itself comes in on the loopback interface,
        // whichever of its addresses it is for.
        let own = || {
            self.interfaces
                .iter()
                .find(|one| one.address == received.destination)
        };
        let interface = direct.or_else(own)?;
        let through = direct.map_or(0, |one| one.index);
        Some((through, own_address(self.address, interface)))
    }

    fn send(&self, answer: &Waiting) {
        let server_port = self.ports.server_port();
        let (to, interface) = match answer.reply.to {
            Destination::Broadcast => (
                SocketAddrV4::new(Ipv4Addr::BROADCAST, self.client_port),
                answer.interface,
            ),
            Destination::Client(address) => (SocketAddrV4::new(address, self.client_port), 0),
            // A relay listens where servers do (RFC 2131 §4.1).
            Destination::Relay(address) => (SocketAddrV4::new(address, server_port), 0),
            Destination::Exactly(address) => (address, 0),
        };
        let bytes = &answer.reply.bytes;
        let sent = self
            .ports
            .send(answer.port, bytes, to, answer.local, interface);
        if let Err(error) = sent {
            let message = &answer.reply.message;
            let who = self.log.machines.at(message.yiaddr.into());
            tracing::warn!(
                target: "pxe::dhcp",
                mac = %message.chaddr, address = %message.yiaddr, arch = %who.arch,
                rule = who.rule, %to,
                "cannot send: {error}"
            );
        }
    }
}

impl Dhcp {
    /// Remembers who has which address, for the lines about files: from our
    /// own answers, and beside another server from what its clients ask it.
    fn learn(&self, outcome: &Outcome) {
        let (Some(request), Some(client)) = (&outcome.request, &outcome.client) else {
            return;
        };
        let machine = Machine {
            mac: client.mac,
            arch: client.architecture(),
            rule: outcome.rule.clone(),
        };
        let address = match &outcome.answer {
            Ok(reply) if !reply.message.yiaddr.is_unspecified() => reply.message.yiaddr,
            _ if request.message_type() != Some(MessageType::Request) => return,
            _ => own_or_requested(request),
        };
        self.log.machines.learn(address, machine);
    }

    /// The step in its client's timeline.
    fn note(&self, outcome: &Outcome, arrival: &Arrival) {
        let (Some(request), Some(client)) = (&outcome.request, &outcome.client) else {
            return;
        };
        let Some(asked) = request.message_type() else {
            return;
        };
        let address = match &outcome.answer {
            Ok(reply) if !reply.message.yiaddr.is_unspecified() => reply.message.yiaddr,
            _ => own_or_requested(request),
        };
        let exchange = Exchange {
            client,
            asked,
            boot_server: arrival.port == Port::BootServer,
            address,
            host: request.options.get(options::HOST_NAME),
            rule: outcome.rule.as_deref(),
            answer: match &outcome.answer {
                Ok(reply) => Ok(Answered {
                    from: arrival.local,
                    message: &reply.message,
                    bytes: &reply.bytes,
                }),
                Err(why) => Err(*why),
            },
        };
        self.log.timeline.exchanged(&exchange, unix_millis());
    }

    /// One line for each message of a client: who, what it asked, which rule
    /// decided, what it got.
    fn write(&self, outcome: &Outcome, arrival: &Arrival) {
        let (Some(request), Some(client)) = (&outcome.request, &outcome.client) else {
            if let Err(Silence::Malformed(why)) = outcome.answer
                && tracing::enabled!(tracing::Level::DEBUG)
                && self.log.refusals.admit(Instant::now())
            {
                tracing::debug!(target: "pxe::dhcp", source = %arrival.source, "not DHCP: {why}");
            }
            return;
        };
        let asked = request
            .message_type()
            .map_or_else(|| "?".to_owned(), |kind| format!("{kind:?}").to_lowercase());
        let who = Machine {
            mac: client.mac,
            arch: client.architecture(),
            rule: outcome.rule.clone(),
        }
        .shown();
        match &outcome.answer {
            Ok(reply) => {
                let answer = reply
                    .message
                    .message_type()
                    .map_or_else(|| "?".to_owned(), |kind| format!("{kind:?}").to_lowercase());
                let file = reply
                    .message
                    .options
                    .get(options::BOOT_FILE_NAME)
                    .unwrap_or_default();
                let file = text(file.strip_suffix(b"\0").unwrap_or(file));
                // Who boots says what it is; others only need their address.
                let class = client.boots().then(|| text(&client.vendor_class));
                let host = request.options.get(options::HOST_NAME).map(text);
                tracing::info!(
                    target: "pxe::dhcp",
                    mac = %who.mac, address = %reply.message.yiaddr, arch = %who.arch, %asked,
                    rule = who.rule, %answer, %file, class, host, left_out = ?outcome.left_out,
                    "answered"
                );
            }
            Err(Silence::NotForServers) => {}
            Err(why) => {
                let address = own_or_requested(request);
                // What an administrator has to do something about is said without
                // being asked for.
                if why.is_trouble() && self.log.refusals.admit(Instant::now()) {
                    tracing::warn!(
                        target: "pxe::dhcp",
                        mac = %who.mac, %address, arch = %who.arch, %asked, rule = who.rule,
                        "no answer: {why}"
                    );
                } else if !why.is_trouble()
                    && tracing::enabled!(tracing::Level::DEBUG)
                    && self.log.refusals.admit(Instant::now())
                {
                    tracing::debug!(
                        target: "pxe::dhcp",
                        mac = %who.mac, %address, arch = %who.arch, %asked, rule = who.rule,
                        "no answer: {why}"
                    );
                }
            }
        }
    }
}

fn unix_now() -> u64 {
    unix_millis() / 1000
}

/// The address a client has, else the one it asks for.
fn own_or_requested(request: &Message) -> Ipv4Addr {
    if request.ciaddr.is_unspecified() {
        let wanted = request.options.address(options::REQUESTED_ADDRESS);
        wanted.unwrap_or(Ipv4Addr::UNSPECIFIED)
    } else {
        request.ciaddr
    }
}
