//! What the server would answer, without a server: the same responder is
//! asked, and what it says is followed with the eyes of each firmware. Pure.

use std::net::{Ipv4Addr, SocketAddrV4};

use crate::dhcp::client::{Client, Firmware};
use crate::dhcp::responder::{self, Arrival, Port, Reply, Responder, Silence};
use crate::dhcp::rules::Mismatch;
use crate::dhcp::settings::{Mode, Origin, Settings};
use crate::firmware::{Answer, Course, Heard, Profile};
use crate::wire::arch::Transport;
use crate::wire::dhcp::{LONGEST, Message, MessageType};
use crate::wire::options;

/// A question, and where it comes from.
#[derive(Debug, Clone)]
pub struct Question {
    /// What a machine says first.
    pub request: Message,
    /// The port it says it to.
    pub port: Port,
    /// Our own address towards it.
    pub local: Ipv4Addr,
    /// Seconds of Unix time.
    pub now: u64,
}

/// A rule that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Its place, from 1.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Whether it matches, or the first condition that fails.
    pub result: Result<(), Mismatch>,
}

/// A message and its answer.
#[derive(Debug)]
pub struct Exchange {
    /// What is said, in one word.
    pub question: &'static str,
    /// The answer, or why there is none.
    pub answer: Result<Reply, Silence>,
    /// Options that did not fit.
    pub left_out: Vec<u8>,
}

/// The answers, explained.
#[derive(Debug)]
pub struct Explained {
    /// Who asks.
    pub client: Client,
    /// Our own address towards it.
    pub local: Ipv4Addr,
    /// The relay it asks through.
    pub relay: Option<Ipv4Addr>,
    /// The rules up to the one that matched.
    pub rules: Vec<Looked>,
    /// The boot file, and which table it is from.
    pub file: Option<(Origin, String)>,
    /// What is said, in order.
    pub exchanges: Vec<Exchange>,
    /// What each firmware of this architecture does with it.
    pub courses: Vec<(&'static Profile, Course)>,
    /// Proxy mode: the address comes from somebody else.
    pub address_elsewhere: bool,
}

impl Explained {
    /// Whether such a machine boots: what it is taken for first, not the rarer
    /// firmware of its architecture.
    pub fn boots(&self) -> bool {
        matches!(self.courses.first(), Some((_, course)) if course.reason().is_none())
    }
}

/// Answers a question as the server would.
pub fn explain(settings: &Settings, question: &Question) -> Explained {
    let client = Client::of(&question.request);
    let arrival = question.arrival(question.port, Ipv4Addr::UNSPECIFIED);
    let place = responder::place(&question.request, &arrival);
    let mut rules = Vec::new();
    let mut matched = None;
    for (index, rule) in settings.rules.iter().enumerate() {
        let result = rule.when.check(&client, place);
        let matches = result.is_ok();
        rules.push(Looked {
            index: index + 1,
            name: rule.name.clone(),
            result,
        });
        if matches {
            matched = Some(&rule.then);
            break;
        }
    }
    let diskless = client.boots() && !matched.is_some_and(|then| then.local_disk || then.ignore);
    let file = diskless
        .then(|| settings.file_for(settings.subnet_of(place), matched, &client))
        .flatten()
        .map(|(origin, file)| (origin, file.to_owned()));
    let mut dialogue = Dialogue {
        responder: Responder::new(settings.clone(), []),
        question,
        exchanges: Vec::new(),
        heard: Heard {
            address_elsewhere: settings.mode == Mode::Proxy,
            ..Heard::default()
        },
    };
    dialogue.talk(&client);
    let courses = courses(&client, &dialogue.heard);
    Explained {
        local: question.local,
        relay: place.relay,
        rules,
        file,
        exchanges: dialogue.exchanges,
        courses,
        address_elsewhere: settings.mode == Mode::Proxy,
        client,
    }
}

fn courses(client: &Client, heard: &Heard) -> Vec<(&'static Profile, Course)> {
    let Some(architecture) = client.architecture().filter(|_| client.boots()) else {
        return Vec::new();
    };
    if heard.offers.is_empty() && heard.acknowledged.is_none() && heard.boot_server.is_none() {
        return Vec::new();
    }
    let ipxe = client.firmware == Firmware::Ipxe;
    let mut profiles: Vec<&'static Profile> = Profile::all_of(architecture, ipxe).collect();
    if profiles.is_empty() {
        profiles.push(Profile::of(architecture, ipxe));
    }
    let mut courses: Vec<(&'static Profile, Course)> = profiles
        .into_iter()
        .map(|profile| (profile, profile.follow(architecture, heard)))
        .collect();
    // What is loaded as the boot file must have been loaded.
    let loads = courses
        .iter()
        .any(|(profile, course)| !profile.second_stage && course.reason().is_none());
    courses.retain(|(profile, _)| loads || !profile.second_stage);
    courses
}

impl Question {
    fn arrival(&self, port: Port, ciaddr: Ipv4Addr) -> Arrival {
        let relay = self.request.giaddr;
        let source = match port {
            Port::BootServer => SocketAddrV4::new(ciaddr, 4011),
            Port::Dhcp if relay.is_unspecified() => SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68),
            Port::Dhcp => SocketAddrV4::new(relay, 67),
        };
        Arrival {
            port,
            local: self.local,
            source,
            unicast: !source.ip().is_unspecified(),
        }
    }
}

struct Dialogue<'a> {
    responder: Responder,
    question: &'a Question,
    exchanges: Vec<Exchange>,
    heard: Heard,
}

impl Dialogue<'_> {
    fn talk(&mut self, client: &Client) {
        let first = &self.question.request;
        if self.question.port == Port::BootServer {
            self.heard.address_elsewhere = true;
            self.heard.boot_server = self.say("REQUEST to port 4011", first, Port::BootServer);
            return;
        }
        if first.message_type() != Some(MessageType::Discover) {
            self.heard.acknowledged = self.say("REQUEST", first, Port::Dhcp);
            return;
        }
        let offer = self.say("DISCOVER", first, Port::Dhcp);
        let lent = offer.as_ref().filter(|offer| !offer.is_proxy());
        let mut own = self.question.request.giaddr;
        if own.is_unspecified() {
            own = self.question.local;
        }
        if let Some(offer) = lent {
            let mut request = as_request(first);
            own = offer.message.yiaddr;
            request
                .options
                .set(options::REQUESTED_ADDRESS, own.octets());
            request
                .options
                .set(options::SERVER_IDENTIFIER, offer.server().octets());
            self.heard.acknowledged = self.say("REQUEST", &request, Port::Dhcp);
        }
        let over_tftp = client
            .architecture()
            .is_none_or(|architecture| architecture.transport() == Transport::Tftp);
        self.heard.offers.extend(offer);
        if self.heard.offers.is_empty() || !over_tftp || client.firmware == Firmware::Other {
            return;
        }
        let asked = courses(client, &self.heard)
            .iter()
            .any(|(_, course)| course.asks.is_some());
        if asked {
            let mut request = as_request(first);
            request.ciaddr = own;
            request.giaddr = Ipv4Addr::UNSPECIFIED;
            self.heard.boot_server = self.say("REQUEST to port 4011", &request, Port::BootServer);
        }
    }

    fn say(&mut self, word: &'static str, request: &Message, port: Port) -> Option<Answer> {
        let arrival = self.question.arrival(port, request.ciaddr);
        let bytes = request.emit(LONGEST).0;
        let outcome = self.responder.handle(&arrival, &bytes, self.question.now);
        let answer = outcome.answer.as_ref().ok().map(|reply| Answer {
            from: self.question.local,
            message: reply.message.clone(),
            bytes: reply.bytes.clone(),
        });
        self.exchanges.push(Exchange {
            question: word,
            answer: outcome.answer,
            left_out: outcome.left_out,
        });
        answer
    }
}

fn as_request(discover: &Message) -> Message {
    let mut request = discover.clone();
    request
        .options
        .set(options::MESSAGE_TYPE, [u8::from(MessageType::Request)]);
    request
}

#[cfg(test)]
mod tests;
