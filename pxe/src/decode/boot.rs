//! One boot: what was said in it, in order, and what was heard.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddrV4};

use super::chosen;
use super::transfer::{Fetch, HttpFetch, Transfer};
use crate::capture::Packet;
use crate::dhcp::client::{Client, Firmware};
use crate::firmware::{Answer, Heard, Profile, shown};
use crate::wire::dhcp::{Message, MessageType};
use crate::wire::options;
use crate::wire::tftp;

const MOST_EVENTS: usize = 120;
const MOST_OFFERS: usize = 16;
const MOST_TRANSFERS: usize = 256;
const MOST_XIDS: usize = 32;

/// Something that happened, once or several times in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When first, in nanoseconds of the capture.
    pub at: u64,
    /// When last.
    pub last: u64,
    /// How often.
    pub count: u32,
    /// What.
    pub text: String,
}

/// A boot as it was recorded.
#[derive(Debug, Clone)]
pub struct Boot {
    /// Who boots; none where the capture begins after DHCP.
    pub client: Option<Client>,
    /// Its address, once it has one.
    pub address: Option<Ipv4Addr>,
    /// When it began, and the last packet of it, in nanoseconds.
    pub at: u64,
    /// The last packet of it.
    pub last: u64,
    /// What happened.
    pub events: Vec<Event>,
    /// Events beyond those kept.
    pub more_events: u64,
    /// What the machine heard over DHCP.
    pub heard: Heard,
    /// What it loaded over TFTP.
    pub transfers: Vec<Transfer>,
    /// What it loaded over HTTP.
    pub fetches: Vec<HttpFetch>,
    /// How often it asked for an offer, for the address, and at port 4011.
    pub asked: [u32; 3],
    /// Who was asked at port 4011.
    pub boot_server: Option<Ipv4Addr>,
    xids: Vec<u32>,
}

impl Boot {
    pub(super) fn of(client: Client, xid: u32, at: u64) -> Boot {
        Boot {
            client: Some(client),
            xids: vec![xid],
            ..Boot::empty(at)
        }
    }

    pub(super) fn without_dhcp(address: Ipv4Addr, at: u64) -> Boot {
        Boot {
            address: Some(address),
            ..Boot::empty(at)
        }
    }

    fn empty(at: u64) -> Boot {
        Boot {
            client: None,
            address: None,
            at,
            last: at,
            events: Vec::new(),
            more_events: 0,
            heard: Heard::default(),
            transfers: Vec::new(),
            fetches: Vec::new(),
            asked: [0; 3],
            boot_server: None,
            xids: Vec::new(),
        }
    }

    /// What it is taken for.
    pub fn profile(&self) -> Option<&'static Profile> {
        let client = self.client.as_ref()?;
        let architecture = client.architecture()?;
        Some(Profile::of(architecture, client.firmware == Firmware::Ipxe))
    }

    /// Servers that offered an address, each once.
    pub fn servers(&self, proxies: bool) -> Vec<Ipv4Addr> {
        let mut seen = HashSet::new();
        self.heard
            .offers
            .iter()
            .filter(|offer| offer.is_proxy() == proxies)
            .map(Answer::server)
            .filter(|server| seen.insert(*server))
            .collect()
    }

    pub(super) fn knows(&self, xid: u32) -> bool {
        self.xids.contains(&xid)
    }

    pub(super) fn learn(&mut self, xid: u32) {
        if !self.knows(xid) {
            if self.xids.len() >= MOST_XIDS {
                self.xids.remove(0);
            }
            self.xids.push(xid);
        }
    }

    /// Whether a DISCOVER with this number would begin anew.
    pub(super) fn has_got_on(&self, xid: u32) -> bool {
        let asked = !self.transfers.is_empty() || !self.fetches.is_empty();
        asked || (!self.knows(xid) && (self.asked[1] > 0 || self.asked[2] > 0))
    }

    /// Something that is said again and again: once, with how often.
    fn note_again(&mut self, at: u64, text: String) {
        self.last = self.last.max(at);
        let recent = self.events.iter_mut().rev().take(3);
        if let Some(event) = recent.into_iter().find(|event| event.text == text) {
            event.count += 1;
            event.last = event.last.max(at);
            return;
        }
        self.note(at, text);
    }

    fn note(&mut self, at: u64, text: String) {
        self.last = self.last.max(at);
        if self.events.len() >= MOST_EVENTS {
            self.more_events += 1;
            return;
        }
        self.events.push(Event {
            at,
            last: at,
            count: 1,
            text,
        });
    }

    pub(super) fn asked(
        &mut self,
        at: u64,
        to: SocketAddrV4,
        kind: MessageType,
        message: &Message,
    ) {
        let text = match kind {
            MessageType::Discover => {
                self.asked[0] += 1;
                "DISCOVER".to_owned()
            }
            _ if to.port() == 4011 => {
                self.asked[2] += 1;
                self.boot_server = Some(*to.ip());
                if !message.ciaddr.is_unspecified() {
                    self.address = Some(message.ciaddr);
                }
                format!("asks port 4011 of {}", to.ip())
            }
            MessageType::Request => {
                self.asked[1] += 1;
                let address = message.options.address(options::REQUESTED_ADDRESS);
                let address = address.unwrap_or(message.ciaddr);
                match chosen(message) {
                    Some(server) => format!("REQUEST for {address}, to {server}"),
                    None => format!("REQUEST for {address}"),
                }
            }
            MessageType::Decline => "DECLINE: the address is in use".to_owned(),
            MessageType::Release => format!("RELEASE of {}", message.ciaddr),
            MessageType::Inform => "INFORM".to_owned(),
            _ => return,
        };
        self.note_again(at, text);
    }

    pub(super) fn answered(&mut self, at: u64, kind: MessageType, at_4011: bool, answer: Answer) {
        let word = match kind {
            MessageType::Offer => "OFFER",
            MessageType::Ack => "ACK",
            MessageType::Nak => "NAK",
            _ => return,
        };
        let port = if at_4011 { ", port 4011" } else { "" };
        let text = format!("{word} of {}{port}: {}", answer.server(), contents(&answer));
        self.note_again(at, text);
        match kind {
            MessageType::Offer => {
                let again = self
                    .heard
                    .offers
                    .iter()
                    .any(|offer| offer.from == answer.from && offer.bytes == answer.bytes);
                if !again && self.heard.offers.len() < MOST_OFFERS {
                    self.heard.offers.push(answer);
                }
            }
            _ if at_4011 => self.heard.boot_server = Some(answer),
            _ => {
                if kind == MessageType::Ack {
                    self.address = Some(answer.message.yiaddr);
                }
                self.heard.acknowledged = Some(answer);
            }
        }
    }

    pub(super) fn request_file(
        &mut self,
        at: u64,
        packet: &Packet<'_>,
        request: &tftp::Request<'_>,
    ) -> Option<usize> {
        let options: Vec<String> = request
            .options
            .iter()
            .take(8)
            .map(|(name, value)| format!("{}={}", name.escape_ascii(), value.escape_ascii()))
            .collect();
        self.note_again(
            at,
            format!(
                "asks {} over TFTP for {} ({})",
                packet.destination.ip(),
                shown(request.name),
                if options.is_empty() {
                    "no options".to_owned()
                } else {
                    options.join(" ")
                }
            ),
        );
        let same = self.transfers.iter().rposition(|transfer| {
            transfer.path == request.name
                && !transfer.answered()
                && transfer.server.ip() == packet.destination.ip()
        });
        if let Some(same) = same {
            self.transfers[same].requests += 1;
            self.transfers[same].last = at;
            return Some(same);
        }
        if self.transfers.len() >= MOST_TRANSFERS {
            self.more_events += 1;
            return None;
        }
        self.transfers
            .push(Transfer::new(at, packet.destination, request));
        Some(self.transfers.len() - 1)
    }

    /// Whether somebody else answers than was asked.
    pub(super) fn is_stranger(&mut self, at: u64, index: usize, from: Ipv4Addr) -> bool {
        let Some(transfer) = self.transfers.get_mut(index) else {
            return false;
        };
        if *transfer.server.ip() == from {
            return false;
        }
        if transfer.stranger.replace(from) != Some(from) {
            self.note(at, format!("{from} answers, which was not asked"));
        }
        true
    }

    pub(super) fn transferred(
        &mut self,
        at: u64,
        index: usize,
        from_server: bool,
        packet: &tftp::Packet<'_>,
    ) {
        self.last = self.last.max(at);
        let Some(transfer) = self.transfers.get_mut(index) else {
            return;
        };
        let was_whole = transfer.whole;
        transfer.take(at, from_server, packet);
        let server = *transfer.server.ip();
        let text = match packet {
            tftp::Packet::OptionAck(_) if from_server => {
                let agreed = transfer.agreed.iter().flatten();
                let agreed: Vec<String> = agreed
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                format!("{server} agrees: {}", agreed.join(" "))
            }
            tftp::Packet::Error(code, text) if !was_whole => {
                let text = text[..text.len().min(200)].escape_ascii();
                match (from_server, *code) {
                    (true, code) => format!("{server} answers ERROR {code}: {text}"),
                    (false, 8) if transfer.asked_size_only() => {
                        "ends that: it wanted the size".to_owned()
                    }
                    (false, code) => format!("answers ERROR {code}: {text}"),
                }
            }
            tftp::Packet::Data(..) if transfer.whole && !was_whole => {
                let seconds = at.saturating_sub(transfer.at) as f64 / 1e9;
                let mut text = format!("{} bytes came whole", transfer.received);
                if seconds > 0.001 {
                    let rate = transfer.received as f64 / 1e6 / seconds;
                    text.push_str(&format!(" in {seconds:.3} s, {rate:.1} MB/s"));
                }
                if transfer.repeated > 0 {
                    let blocks = if transfer.repeated == 1 {
                        "block"
                    } else {
                        "blocks"
                    };
                    text.push_str(&format!(
                        ", {} {blocks} out of order or again",
                        transfer.repeated
                    ));
                }
                text
            }
            _ => return,
        };
        self.note(at, text);
    }

    pub(super) fn refused(&mut self, at: u64, transfer: Option<usize>, to: SocketAddrV4) {
        match transfer.and_then(|index| self.transfers.get_mut(index)) {
            // After its end a server may still send; that is no matter.
            Some(transfer) if transfer.whole => return,
            Some(transfer) => {
                transfer.end.get_or_insert(Fetch::Unreachable);
            }
            None => {}
        }
        let text = format!("{} has nobody on port {} (ICMP)", to.ip(), to.port());
        self.note_again(at, text);
    }

    pub(super) fn request_url(
        &mut self,
        at: u64,
        server: SocketAddrV4,
        data: &[u8],
    ) -> Option<usize> {
        let fetch = HttpFetch::new(at, server, data);
        self.note(
            at,
            format!("asks {server} over HTTP: {} {}", fetch.method, fetch.path),
        );
        if self.fetches.len() >= MOST_TRANSFERS {
            self.more_events += 1;
            return None;
        }
        self.fetches.push(fetch);
        Some(self.fetches.len() - 1)
    }

    pub(super) fn fetched(
        &mut self,
        at: u64,
        index: usize,
        sequence: u32,
        ends: bool,
        data: &[u8],
    ) {
        let Some(fetch) = self.fetches.get_mut(index) else {
            return;
        };
        let (had_status, was_whole) = (fetch.status.is_some(), fetch.whole());
        fetch.take(at, sequence, ends, data);
        self.last = self.last.max(at);
        let server = *fetch.server.ip();
        let mut texts = Vec::new();
        if let (false, Some(status)) = (had_status, &fetch.status) {
            let size = fetch
                .announced
                .map_or_else(String::new, |size| format!(", {size} bytes"));
            texts.push(format!("{server} answers {status}{size}"));
        }
        if fetch.whole() && !was_whole {
            texts.push(format!("{} bytes came whole", fetch.received));
        }
        for text in texts {
            self.note(at, text);
        }
    }
}

/// What an answer says that a boot rests on.
fn contents(answer: &Answer) -> String {
    let message = &answer.message;
    let mut parts = Vec::new();
    if let Some(text) = message.options.get(options::MESSAGE) {
        parts.push(shown(text));
    }
    if !answer.is_proxy() {
        parts.push(message.yiaddr.to_string());
    }
    if !answer.class().is_empty() {
        parts.push(shown(answer.class()));
    }
    if !message.siaddr.is_unspecified() {
        parts.push(format!("next server {}", message.siaddr));
    }
    let (file, option) = (&message.file[..], answer.option_67());
    if !file.is_empty() && file == option {
        parts.push(format!("file {}", shown(file)));
    } else {
        if !file.is_empty() {
            parts.push(format!("`file` {}", shown(file)));
        }
        if !option.is_empty() {
            parts.push(format!("option 67 {}", shown(option)));
        }
    }
    if file.is_empty() && option.is_empty() {
        parts.push("no boot file".to_owned());
    }
    if let Some(vendor) = message.options.get(options::VENDOR_OPTIONS) {
        let hex: Vec<String> = vendor.iter().take(16).map(|b| format!("{b:02x}")).collect();
        let more = if vendor.len() > 16 { " ..." } else { "" };
        parts.push(format!("option 43 {}{more}", hex.join(" ")));
    }
    parts.join(", ")
}
