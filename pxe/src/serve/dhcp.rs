//! The DHCP loop: packets are taken in a burst, answered, and what must be
//! durable is synced once for all of them before their answers leave.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::SystemTime;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::known::Known;
use super::reload::Mailbox;
use super::{open, own_address};
use crate::config::Config;
use crate::dhcp::leases::Change;
use crate::dhcp::responder::{Arrival, Destination, Outcome, Port, Reply, Responder, Silence};
use crate::error::Result;
use crate::store::Store;
use crate::sys::net::{Interface, PacketSocket, Received};
use crate::sys::stop::Stop;
use crate::wire::options;

/// Packets taken before their answers go out.
const BURST: usize = 512;
/// Room for a classroom that powers on at once.
const RECEIVE_BUFFER: usize = 8 * 1024 * 1024;

/// The ports.
#[derive(Debug)]
pub(super) struct Sockets {
    dhcp: PacketSocket,
    boot_server: PacketSocket,
}

impl Sockets {
    pub(super) fn open(config: &Config) -> Result<Sockets> {
        let at = |port| SocketAddrV4::new(config.dhcp.listen, port);
        let dhcp = open::socket(at(config.dhcp.port), "[dhcp] port")?;
        dhcp.reserve(RECEIVE_BUFFER);
        let boot_server =
            open::socket(at(config.dhcp.boot_server_port), "[dhcp] boot-server-port")?;
        Ok(Sockets { dhcp, boot_server })
    }
}

/// The loop and what it works with.
pub(super) struct Dhcp {
    pub(super) sockets: Sockets,
    pub(super) interfaces: Vec<Interface>,
    pub(super) address: Option<Ipv4Addr>,
    pub(super) client_port: u16,
    pub(super) responder: Responder,
    pub(super) store: Box<dyn Store>,
    pub(super) known: Arc<Known>,
    pub(super) mailbox: Arc<Mailbox>,
}

/// An answer that waits for its sync, and the way it goes.
struct Waiting {
    reply: Reply,
    port: Port,
    local: Ipv4Addr,
    interface: u32,
}

impl Dhcp {
    pub(super) fn run(mut self, stop: &Stop) -> io::Result<()> {
        let mut buffer = vec![0; 4096];
        let mut waiting = Vec::new();
        let mut changes = Vec::new();
        while !stop.is_set() {
            let mut fds = [
                PollFd::new(self.sockets.dhcp.socket().as_fd(), PollFlags::POLLIN),
                PollFd::new(self.sockets.boot_server.socket().as_fd(), PollFlags::POLLIN),
                PollFd::new(stop.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.mailbox.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut fds, PollTimeout::NONE) {
                Ok(_) | Err(nix::errno::Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
            if let Some(settings) = self.mailbox.take() {
                self.responder.reconfigure(settings);
            }
            for port in [Port::Dhcp, Port::BootServer] {
                self.burst(port, &mut buffer, &mut waiting, &mut changes);
            }
            self.settle(&mut waiting, &mut changes);
        }
        Ok(())
    }

    /// Takes what is there, up to a bound; what rests on nothing new is
    /// answered at once.
    fn burst(
        &mut self,
        port: Port,
        buffer: &mut [u8],
        waiting: &mut Vec<Waiting>,
        changes: &mut Vec<Change>,
    ) {
        for _ in 0..BURST {
            let socket = match port {
                Port::Dhcp => &self.sockets.dhcp,
                Port::BootServer => &self.sockets.boot_server,
            };
            let Ok(received) = socket.receive(buffer) else {
                return;
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
            let now = SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| since.as_secs());
            let mut outcome = self
                .responder
                .handle(&arrival, &buffer[..received.len], now);
            log(&outcome, &arrival);
            if let (Ok(reply), Some(client)) = (&outcome.answer, &outcome.client) {
                self.known.learn(reply.message.yiaddr, client);
            }
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
                } else {
                    self.send(&answer);
                }
            }
        }
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
        match self.store.commit(changes) {
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
        let socket = match answer.port {
            Port::Dhcp => &self.sockets.dhcp,
            Port::BootServer => &self.sockets.boot_server,
        };
        let server_port = self
            .sockets
            .dhcp
            .socket()
            .local_addr()
            .map_or(67, |address| address.port());
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
        if let Err(error) = socket.send(&answer.reply.bytes, to, answer.local, interface) {
            tracing::warn!(target: "pxe::dhcp", %to, "cannot send: {error}");
        }
    }
}

/// One line for each message of a client: who, what it asked, which rule
/// decided, what it got.
fn log(outcome: &Outcome, arrival: &Arrival) {
    let (Some(request), Some(client)) = (&outcome.request, &outcome.client) else {
        if let Err(Silence::Malformed(why)) = outcome.answer {
            tracing::debug!(target: "pxe::dhcp", source = %arrival.source, "not DHCP: {why}");
        }
        return;
    };
    let asked = request
        .message_type()
        .map_or_else(|| "?".to_owned(), |kind| format!("{kind:?}").to_lowercase());
    let arch = client
        .architecture()
        .map_or_else(|| "-".to_owned(), |arch| arch.to_string());
    let rule = outcome.rule.as_deref().unwrap_or("-");
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
            let file = file
                .strip_suffix(b"\0")
                .unwrap_or(file)
                .escape_ascii()
                .to_string();
            tracing::info!(
                target: "pxe::dhcp",
                mac = %client.mac, address = %reply.message.yiaddr, %arch, %asked, rule, answer, %file,
                left_out = ?outcome.left_out,
                "answered"
            );
        }
        Err(Silence::NotForServers) => {}
        Err(why) => tracing::debug!(
            target: "pxe::dhcp",
            mac = %client.mac, %arch, %asked, rule,
            "no answer: {why:?}"
        ),
    }
}
