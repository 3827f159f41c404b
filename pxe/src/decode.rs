//! A capture told as boots: who asked, who offered what, what the machine
//! chose, what it loaded, where it stopped and why. Packets go in one by one;
//! memory is bounded whatever they are. Pure.

mod boot;
mod transfer;
mod verdict;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddrV4};

pub use boot::{Boot, Event};
pub use transfer::{Fetch, HttpFetch, Transfer};
pub use verdict::{Outcome, Verdict};

use crate::capture::{Packet, Payload};
use crate::dhcp::client::Client;
use crate::firmware::Answer;
use crate::wire::dhcp::{HardwareAddress, Message, MessageType, Op};
use crate::wire::options;
use crate::wire::tftp;

/// Boots that are told; a classroom has less.
const MOST_BOOTS: usize = 2000;
/// Addresses whose machine is known.
const MOST_ADDRESSES: usize = 20_000;
/// Transfers whose packets are followed at one time.
const MOST_OPEN: usize = 4096;

/// What a capture tells.
#[derive(Debug, Default)]
pub struct Story {
    boots: Vec<Boot>,
    /// The boot that a machine is in.
    by_mac: HashMap<HardwareAddress, usize>,
    /// Whose address this is.
    by_address: HashMap<Ipv4Addr, usize>,
    /// TFTP transfers by the client's end: boot and transfer.
    transfers: HashMap<SocketAddrV4, (usize, usize)>,
    /// HTTP requests by both ends.
    connections: HashMap<(SocketAddrV4, SocketAddrV4), (usize, usize)>,
    first: Option<u64>,
    last: u64,
    left_out: u64,
}

/// A story that is at its end.
#[derive(Debug)]
pub struct Told {
    /// The boots, in the order they began, each with its verdict.
    pub boots: Vec<(Boot, Verdict)>,
    /// Boots beyond those that can be told.
    pub left_out: u64,
}

impl Story {
    /// Takes the next packet.
    pub fn take(&mut self, packet: &Packet<'_>) {
        let first = *self.first.get_or_insert(packet.at);
        let at = packet.at.saturating_sub(first);
        self.last = self.last.max(at);
        match packet.payload {
            Payload::Udp(data) => {
                let ports = [packet.source.port(), packet.destination.port()];
                if ports.iter().any(|port| [67, 68, 4011].contains(port))
                    && let Ok(message) = Message::parse(data)
                {
                    self.dhcp(at, packet, data, message);
                } else {
                    self.tftp(at, packet, data);
                }
            }
            Payload::Tcp {
                sequence,
                ends,
                data,
            } => self.http(at, packet, sequence, ends, data),
            Payload::Unreachable => self.unreachable(at, packet),
        }
    }

    /// The end of the capture: every boot gets its verdict.
    pub fn finish(self) -> Told {
        let last = self.last;
        Told {
            boots: self
                .boots
                .into_iter()
                .map(|boot| {
                    let verdict = verdict::of(&boot, last);
                    (boot, verdict)
                })
                .collect(),
            left_out: self.left_out,
        }
    }

    fn dhcp(&mut self, at: u64, packet: &Packet<'_>, data: &[u8], message: Message) {
        let Some(kind) = message.message_type() else {
            return;
        };
        if message.op == Op::Request {
            let client = Client::of(&message);
            if let Some(index) = self.boot_of_request(at, kind, &message, client) {
                self.boots[index].asked(at, packet.destination, kind, &message);
                // The ACK may pass by where the capture was made.
                let requested = message.options.address(options::REQUESTED_ADDRESS);
                let own = Some(message.ciaddr).filter(|own| !own.is_unspecified());
                for address in requested.into_iter().chain(own) {
                    self.remember(address, index);
                }
            }
            return;
        }
        let Some(index) = self.by_mac.get(&message.chaddr).copied() else {
            return;
        };
        if !self.boots[index].knows(message.xid) {
            // Of the system that the machine runs by now.
            return;
        }
        let answer = Answer {
            from: *packet.source.ip(),
            bytes: data.to_vec(),
            message,
        };
        if kind == MessageType::Ack && !answer.is_proxy() {
            self.remember(answer.message.yiaddr, index);
        }
        let boot = &mut self.boots[index];
        let at_4011 = packet.source.port() == 4011 || packet.destination.port() == 4011;
        boot.answered(at, kind, at_4011, answer);
    }

    /// The boot that a request belongs to: a DISCOVER begins another when the
    /// machine has got on since the last, or is another program by now.
    fn boot_of_request(
        &mut self,
        at: u64,
        kind: MessageType,
        message: &Message,
        client: Client,
    ) -> Option<usize> {
        let current = self.by_mac.get(&client.mac).copied();
        if !client.boots() {
            return None;
        }
        if let Some(index) = current {
            let boot = &mut self.boots[index];
            let same = boot.client.as_ref().is_some_and(|own| {
                own.firmware == client.firmware && own.architecture() == client.architecture()
            });
            let again = kind == MessageType::Discover && boot.has_got_on(message.xid);
            if same && !again {
                boot.learn(message.xid);
                return Some(index);
            }
        }
        if !matches!(
            kind,
            MessageType::Discover | MessageType::Request | MessageType::Inform
        ) {
            return current;
        }
        let mac = client.mac;
        let index = self.begin(Boot::of(client, message.xid, at))?;
        self.by_mac.insert(mac, index);
        Some(index)
    }

    fn begin(&mut self, boot: Boot) -> Option<usize> {
        if self.boots.len() >= MOST_BOOTS {
            self.left_out += 1;
            return None;
        }
        self.boots.push(boot);
        Some(self.boots.len() - 1)
    }

    fn remember(&mut self, address: Ipv4Addr, boot: usize) {
        if self.by_address.len() < MOST_ADDRESSES || self.by_address.contains_key(&address) {
            self.by_address.insert(address, boot);
        }
    }

    /// The boot of an address; a capture that begins late has no DHCP.
    fn boot_at(&mut self, address: Ipv4Addr, at: u64) -> Option<usize> {
        if let Some(index) = self.by_address.get(&address) {
            return Some(*index);
        }
        let index = self.begin(Boot::without_dhcp(address, at))?;
        self.remember(address, index);
        Some(index)
    }

    fn tftp(&mut self, at: u64, packet: &Packet<'_>, data: &[u8]) {
        let parsed = tftp::parse(data);
        if let Ok(tftp::Packet::Request(request)) = &parsed {
            // Its opcode, name and mode make it one, on whatever port.
            if request.write {
                return;
            }
            let Some(index) = self.boot_at(*packet.source.ip(), at) else {
                return;
            };
            if self.transfers.len() >= MOST_OPEN {
                self.transfers.clear();
            }
            let boot = &mut self.boots[index];
            if let Some(transfer) = boot.request_file(at, packet, request) {
                self.transfers.insert(packet.source, (index, transfer));
            }
            return;
        }
        let (client, from_server) = if self.transfers.contains_key(&packet.destination) {
            (packet.destination, true)
        } else {
            (packet.source, false)
        };
        let Some((boot, transfer)) = self.transfers.get(&client).copied() else {
            return;
        };
        if let Ok(parsed) = parsed {
            if from_server && self.boots[boot].is_stranger(at, transfer, *packet.source.ip()) {
                return;
            }
            self.boots[boot].transferred(at, transfer, from_server, &parsed);
        }
    }

    fn unreachable(&mut self, at: u64, packet: &Packet<'_>) {
        if let Some((boot, transfer)) = self.transfers.get(&packet.source).copied() {
            self.boots[boot].refused(at, Some(transfer), packet.destination);
            return;
        }
        let asked = [67, 4011].contains(&packet.destination.port());
        if let (true, Some(index)) = (asked, self.by_address.get(packet.source.ip())) {
            self.boots[*index].refused(at, None, packet.destination);
        }
    }

    fn http(&mut self, at: u64, packet: &Packet<'_>, sequence: u32, ends: bool, data: &[u8]) {
        if data.starts_with(b"GET ") || data.starts_with(b"HEAD ") {
            // A web browser of a machine that runs is no boot.
            let Some(index) = self.by_address.get(packet.source.ip()).copied() else {
                return;
            };
            if self.connections.len() >= MOST_OPEN {
                self.connections.clear();
            }
            let boot = &mut self.boots[index];
            if let Some(fetch) = boot.request_url(at, packet.destination, data) {
                self.connections
                    .insert((packet.source, packet.destination), (index, fetch));
            }
            return;
        }
        let ends_of_answer = (packet.destination, packet.source);
        if let Some((boot, fetch)) = self.connections.get(&ends_of_answer).copied() {
            self.boots[boot].fetched(at, fetch, sequence, ends, data);
        }
    }
}

/// The server that a REQUEST chooses.
fn chosen(message: &Message) -> Option<Ipv4Addr> {
    message.options.address(options::SERVER_IDENTIFIER)
}

#[cfg(test)]
mod tests;
