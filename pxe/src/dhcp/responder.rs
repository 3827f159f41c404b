//! The responder: one message in, one answer (or none) and its reasons out.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddrV4};

use super::boot::{self, BootTable, Fields};
use super::client::Client;
use super::leases::{Change, DECLINE_SECONDS, Lease, Leases, State};
use super::limiter::Limiter;
use super::rules::{self, ONCE_SECONDS, Place, Treatment};
use super::settings::{Mode, Settings, Subnet};
pub use super::silence::Silence;
use super::{full, proxy};
use crate::wire::dhcp::{Message, MessageType, Op};
use crate::wire::options;

/// Clients that a rule for one boot is remembered for: a pattern of hardware
/// addresses fits more than exist.
const MOST_ONCE: usize = 50_000;

/// The port a message came in on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// 67.
    Dhcp,
    /// 4011, the boot server port of PXE.
    BootServer,
}

/// How a message came in.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// Which of our ports.
    pub port: Port,
    /// Our own address on that network.
    pub local: Ipv4Addr,
    /// Where it came from.
    pub source: SocketAddrV4,
    /// Whether it was addressed to us alone.
    pub unicast: bool,
}

/// Where an answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// To all, to the client port, on the interface the message came from.
    Broadcast,
    /// To the client port of this address.
    Client(Ipv4Addr),
    /// To the server port of a relay.
    Relay(Ipv4Addr),
    /// To exactly this address and port.
    Exactly(SocketAddrV4),
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Where it goes.
    pub to: Destination,
    /// The message, for the log and for explanations.
    pub message: Message,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What came of a message.
#[derive(Debug)]
pub struct Outcome {
    /// The message, when it could be read.
    pub request: Option<Message>,
    /// Who asked.
    pub client: Option<Client>,
    /// The rule that decided.
    pub rule: Option<String>,
    /// The answer, or why there is none.
    pub answer: Result<Reply, Silence>,
    /// What must be durable before the answer leaves.
    pub changes: Vec<Change>,
    /// Options that did not fit.
    pub left_out: Vec<u8>,
}

/// The state between messages.
#[derive(Debug, Default)]
pub struct Responder {
    /// What decides.
    pub settings: Settings,
    /// Who has which address.
    pub leases: Leases,
    pub(super) limiter: Limiter,
    /// When a rule for one boot began to count for a client.
    pub(super) once: HashMap<(String, crate::wire::dhcp::HardwareAddress), u64>,
}

/// All that is known when an answer is made.
pub(super) struct Case<'a> {
    pub(super) request: &'a Message,
    pub(super) kind: MessageType,
    pub(super) client: &'a Client,
    pub(super) arrival: &'a Arrival,
    pub(super) place: Place,
    pub(super) subnet: Option<&'a Subnet>,
    pub(super) treatment: Option<&'a Treatment>,
    pub(super) boot: Option<Boot<'a>>,
    pub(super) settings: &'a Settings,
    pub(super) now: u64,
}

/// What a client boots and from where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Boot<'a> {
    pub(super) file: &'a str,
    pub(super) server: Ipv4Addr,
}

impl Case<'_> {
    pub(super) fn fields(&self) -> Fields {
        self.treatment
            .map_or_else(Fields::default, |treatment| treatment.fields)
    }
}

impl Responder {
    /// A responder with what a store remembered.
    pub fn new(settings: Settings, remembered: impl IntoIterator<Item = Change>) -> Responder {
        let mut responder = Responder {
            settings,
            ..Responder::default()
        };
        for change in remembered {
            match change {
                Change::Lease(lease) => responder.leases.put(lease),
                Change::Once { rule, mac, at } => {
                    responder.once.insert((rule, mac), at);
                }
            }
        }
        responder
    }

    /// Takes new settings; leases and counts stay.
    pub fn reconfigure(&mut self, settings: Settings) {
        self.settings = settings;
        self.leases.rescan();
    }

    /// An address that was only offered turned out to be in use: nobody gets
    /// it for a while.
    pub fn found_in_use(&mut self, address: Ipv4Addr, now: u64) -> Option<Change> {
        let offered = self.leases.at(address)?;
        if offered.state != State::Offered {
            return None;
        }
        let lease = Lease {
            key: super::client::ClientKey(Box::new([])),
            state: State::Declined,
            until: now + DECLINE_SECONDS,
            ..offered.clone()
        };
        self.leases.put(lease.clone());
        Some(Change::Lease(lease))
    }

    /// Everything that must be durable, for a store that is written anew.
    pub fn remembered(&self) -> impl Iterator<Item = Change> + '_ {
        let leases = self
            .leases
            .iter()
            .filter(|lease| lease.state != State::Offered);
        let once = self.once.iter().map(|((rule, mac), at)| Change::Once {
            rule: rule.clone(),
            mac: *mac,
            at: *at,
        });
        leases.cloned().map(Change::Lease).chain(once)
    }

    /// Answers a message that came in at `now`, in seconds of Unix time.
    pub fn handle(&mut self, arrival: &Arrival, bytes: &[u8], now: u64) -> Outcome {
        let mut outcome = Outcome {
            request: None,
            client: None,
            rule: None,
            answer: Err(Silence::NotForServers),
            changes: Vec::new(),
            left_out: Vec::new(),
        };
        let request = match Message::parse(bytes) {
            Ok(request) => request,
            Err(why) => {
                outcome.answer = Err(Silence::Malformed(why));
                return outcome;
            }
        };
        let client = Client::of(&request);
        outcome.answer = self.decide(arrival, &request, &client, now, &mut outcome);
        outcome.request = Some(request);
        outcome.client = Some(client);
        outcome
    }

    fn decide(
        &mut self,
        arrival: &Arrival,
        request: &Message,
        client: &Client,
        now: u64,
        outcome: &mut Outcome,
    ) -> Result<Reply, Silence> {
        let kind = match (request.op, request.message_type()) {
            (Op::Request, Some(kind)) => kind,
            _ => return Err(Silence::NotForServers),
        };
        if self.settings.mode == Mode::Off {
            return Err(Silence::NotOurs);
        }
        self.limiter
            .admit(client.mac, now, self.settings.limits)
            .map_err(Silence::Limited)?;
        let place = place(request, arrival);
        let settings = &self.settings;
        let rule = rules::first_match(&settings.rules, client, place).map(|(_, rule)| rule);
        outcome.rule = rule.map(|rule| rule.name.clone());
        match rule {
            Some(rule) if rule.then.ignore => return Err(Silence::Ignored),
            None if settings.known_clients_only => return Err(Silence::Unknown),
            _ => {}
        }
        // With no room left to remember a first boot it counts as done: the
        // other mistake would install a machine again and again.
        let spent = rule.filter(|rule| rule.then.once).is_some_and(|rule| {
            match self.once.get(&(rule.name.clone(), client.mac)) {
                Some(began) => now >= began + ONCE_SECONDS,
                None => self.once.len() >= MOST_ONCE,
            }
        });
        let treatment = rule.map(|rule| &rule.then);
        let subnet = settings.subnet_of(place);
        let boot = (!spent)
            .then(|| boot_of(settings, subnet, treatment, client, arrival))
            .flatten();
        let case = Case {
            request,
            kind,
            client,
            arrival,
            place,
            subnet,
            treatment,
            boot,
            settings,
            now,
        };
        let (reply, to) = match (settings.mode, arrival.port) {
            (Mode::Full, Port::Dhcp) => full::answer(&case, &mut self.leases, outcome)?,
            (_, Port::BootServer) => proxy::boot_server(&case)?,
            (Mode::Proxy, Port::Dhcp) => proxy::offer(&case)?,
            (Mode::Off, Port::Dhcp) => return Err(Silence::NotOurs),
        };
        if let Some(rule) = rule.filter(|rule| rule.then.once)
            && case.boot.is_some()
            && !self.once.contains_key(&(rule.name.clone(), client.mac))
        {
            self.once.insert((rule.name.clone(), client.mac), now);
            outcome.changes.push(Change::Once {
                rule: rule.name.clone(),
                mac: client.mac,
                at: now,
            });
        }
        let (bytes, left_out) = reply.emit(longest(request));
        outcome.left_out = left_out;
        Ok(Reply {
            to,
            message: reply,
            bytes,
        })
    }
}

/// Where a message came from, as rules and networks see it.
pub fn place(request: &Message, arrival: &Arrival) -> Place {
    Place {
        relay: (!request.giaddr.is_unspecified()).then_some(request.giaddr),
        network: client_network(request, arrival),
    }
}

/// The network whose client this is: the relay's, else the one the message
/// came in on. A relay may name another (RFC 3527 link selection, RFC 3011).
fn client_network(request: &Message, arrival: &Arrival) -> Ipv4Addr {
    if request.giaddr.is_unspecified() {
        if !request.ciaddr.is_unspecified() && arrival.unicast {
            return request.ciaddr;
        }
        return arrival.local;
    }
    let mut rest = request
        .options
        .get(options::RELAY_AGENT_INFORMATION)
        .unwrap_or_default();
    while let [code, len, tail @ ..] = rest {
        let Some((value, tail)) = tail.split_at_checked(usize::from(*len)) else {
            break;
        };
        if let (5, Ok(bytes)) = (*code, <[u8; 4]>::try_from(value)) {
            return Ipv4Addr::from(bytes);
        }
        rest = tail;
    }
    request
        .options
        .address(options::SUBNET_SELECTION)
        .unwrap_or(request.giaddr)
}

fn boot_of<'a>(
    settings: &'a Settings,
    subnet: Option<&'a Subnet>,
    treatment: Option<&'a Treatment>,
    client: &Client,
    arrival: &Arrival,
) -> Option<Boot<'a>> {
    if !client.boots() || treatment.is_some_and(|treatment| treatment.local_disk) {
        return None;
    }
    let own: Option<&BootTable> = treatment.map(|treatment| &treatment.boot);
    let (_, file) = settings.file_for(subnet, treatment, client)?;
    let server = own
        .and_then(|table| table.server)
        .or_else(|| subnet.and_then(|subnet| subnet.boot.server))
        .or(settings.boot.server)
        .unwrap_or(arrival.local);
    Some(Boot { file, server })
}

/// Option 57, between what every client must take and one Ethernet frame.
/// EDK2 sends it with the bytes swapped in its REQUEST; the bound covers that.
fn longest(request: &Message) -> usize {
    request
        .options
        .short(options::MAXIMUM_MESSAGE_SIZE)
        .map_or(0, |size| usize::from(size).saturating_sub(28))
}

/// What every answer carries whatever the mode: who answers, the boot fields,
/// what the relay wants back.
pub(super) fn finish(case: &Case<'_>, reply: &mut Message, direct: bool) {
    reply
        .options
        .set(options::SERVER_IDENTIFIER, case.arrival.local.octets());
    if let Some(found) = case.boot {
        boot::set_identity(reply, case.request, case.client);
        boot::set_server(reply, found.server, case.fields());
        if direct {
            boot::set_file(reply, found.file, case.fields());
            boot::set_use_this_file(reply, case.client);
        }
    }
    let general = case.settings.options.iter();
    let subnet = case.subnet.iter().flat_map(|subnet| subnet.options.iter());
    let own = case
        .treatment
        .iter()
        .flat_map(|treatment| treatment.options.iter());
    for (code, value) in general.chain(subnet).chain(own) {
        reply.options.set(*code, value.clone());
    }
    // RFC 3046 §2.2: echoed as it came.
    if let Some(relay) = case.request.options.get(options::RELAY_AGENT_INFORMATION)
        && case.place.relay.is_some()
    {
        reply.options.set(options::RELAY_AGENT_INFORMATION, relay);
    }
}

#[cfg(test)]
#[path = "responder/tests.rs"]
mod tests;
