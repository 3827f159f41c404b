//! Who asks: what a message says about the machine behind it.

use crate::wire::arch::{Architecture, Transport};
use crate::wire::dhcp::{HardwareAddress, Message};
use crate::wire::options;

/// What a client is to the lease table: its client identifier, or its
/// hardware address (RFC 2131 §4.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientKey(pub Box<[u8]>);

/// The part of the boot that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firmware {
    /// A PXE ROM or UEFI's PXE driver: option 60 begins with `PXEClient`.
    Pxe,
    /// UEFI HTTP Boot: option 60 begins with `HTTPClient`.
    Http,
    /// iPXE, from whatever it was loaded.
    Ipxe,
    /// Does not boot from the network, as far as it says.
    Other,
}

/// A machine, as its message describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its hardware address.
    pub mac: HardwareAddress,
    /// What the lease table knows it by.
    pub key: ClientKey,
    /// Its UUID in the order of text, when it sent one.
    pub uuid: Option<[u8; 16]>,
    /// Its architectures, the preferred first; empty when it is no network
    /// boot client.
    pub architectures: Vec<Architecture>,
    /// What asks.
    pub firmware: Firmware,
    /// Option 60.
    pub vendor_class: Vec<u8>,
    /// Option 77, each class without its length byte.
    pub user_classes: Vec<Vec<u8>>,
}

impl Client {
    /// Reads what a message says.
    pub fn of(message: &Message) -> Client {
        let vendor_class = trimmed(
            message
                .options
                .get(options::VENDOR_CLASS)
                .unwrap_or_default(),
        );
        let user_classes =
            user_classes(message.options.get(options::USER_CLASS).unwrap_or_default());
        let firmware = if user_classes.iter().any(|class| class == b"iPXE") {
            Firmware::Ipxe
        } else if vendor_class.starts_with(b"PXEClient") {
            Firmware::Pxe
        } else if vendor_class.starts_with(b"HTTPClient") {
            Firmware::Http
        } else {
            Firmware::Other
        };
        Client {
            mac: message.chaddr,
            key: key(message),
            uuid: uuid(message),
            architectures: architectures(message, vendor_class, firmware),
            firmware,
            vendor_class: vendor_class.to_vec(),
            user_classes,
        }
    }

    /// The architecture that is shown and matched.
    pub fn architecture(&self) -> Option<Architecture> {
        self.architectures.first().copied()
    }

    /// Whether it can be told a boot file.
    pub fn boots(&self) -> bool {
        self.firmware != Firmware::Other || !self.architectures.is_empty()
    }

    /// What option 60 of the answer must be for it to be taken.
    pub fn answer_class(&self) -> &'static str {
        let over_http = self.firmware == Firmware::Http
            || self
                .architecture()
                .is_some_and(|a| a.transport() == Transport::Http);
        if over_http { "HTTPClient" } else { "PXEClient" }
    }
}

/// The identifier `01` + hardware address is the hardware address said twice:
/// firmware that sends it and an operating system that does not are the same
/// machine and get the same address.
fn key(message: &Message) -> ClientKey {
    let hardware = [&[message.htype], message.chaddr.as_bytes()].concat();
    match message.options.get(options::CLIENT_IDENTIFIER) {
        Some(id) if id.len() >= 2 && id != hardware => {
            let id = &id[..id.len().min(253)];
            ClientKey([&[0_u8, 61], id].concat().into())
        }
        _ => ClientKey(hardware.into()),
    }
}

/// Option 97 is a type byte 0 and a UUID whose first three groups are little
/// endian (RFC 4578 §2.3; the byte order is the SMBIOS one).
fn uuid(message: &Message) -> Option<[u8; 16]> {
    let [0, wire @ ..] = message.options.get(options::CLIENT_UUID)? else {
        return None;
    };
    let mut uuid: [u8; 16] = wire.try_into().ok()?;
    uuid[..4].reverse();
    uuid[4..6].reverse();
    uuid[6..8].reverse();
    Some(uuid)
}

/// A UUID as text.
pub fn uuid_text(uuid: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in uuid.iter().enumerate() {
        if [4, 6, 8, 10].contains(&index) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Option 93, else what option 60 says (`PXEClient:Arch:00007:...`), else,
/// for a PXE client, BIOS: ROMs older than option 93 exist and are BIOS.
fn architectures(message: &Message, vendor_class: &[u8], firmware: Firmware) -> Vec<Architecture> {
    let listed: Vec<Architecture> = message
        .options
        .get(options::CLIENT_ARCHITECTURE)
        .unwrap_or_default()
        .chunks_exact(2)
        .take(16)
        .map(|pair| Architecture(u16::from_be_bytes([pair[0], pair[1]])))
        .collect();
    if !listed.is_empty() {
        return listed;
    }
    let named = std::str::from_utf8(vendor_class)
        .ok()
        .and_then(|text| text.split_once(":Arch:"))
        .and_then(|(_, rest)| rest.split(':').next())
        .and_then(|digits| digits.parse().ok());
    match (named, firmware) {
        (Some(code), _) => vec![Architecture(code)],
        (None, Firmware::Pxe) => vec![Architecture::BIOS],
        (None, _) => Vec::new(),
    }
}

/// Classes with length bytes (RFC 3004 §4), or, as iPXE sends it, one class
/// without.
fn user_classes(value: &[u8]) -> Vec<Vec<u8>> {
    let mut classes = Vec::new();
    let mut rest = value;
    while let [len, tail @ ..] = rest {
        match tail.split_at_checked(usize::from(*len)) {
            Some((class, tail)) if *len > 0 => {
                classes.push(class.to_vec());
                rest = tail;
            }
            _ => return vec![trimmed(value).to_vec()],
        }
    }
    classes
}

fn trimmed(value: &[u8]) -> &[u8] {
    let end = value
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    &value[..end]
}

#[cfg(test)]
#[path = "client/tests.rs"]
mod tests;
