//! Boot files by firmware, and one boot path written into every field that
//! some firmware reads.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::client::{Client, Firmware};
use crate::wire::arch::{Architecture, Transport};
use crate::wire::dhcp::{FILE_MAX, Message, SNAME_MAX};
use crate::wire::options;

/// Which file each firmware gets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BootTable {
    /// By architecture, exactly as sent.
    pub by_architecture: BTreeMap<Architecture, String>,
    /// What a client that already is iPXE gets.
    pub ipxe: Option<String>,
    /// The next server; this host unless told.
    pub server: Option<Ipv4Addr>,
}

impl BootTable {
    /// The file for this client. iPXE without a row of its own is given what
    /// its architecture gets.
    pub fn file_for(&self, client: &Client) -> Option<&str> {
        if client.firmware == Firmware::Ipxe
            && let Some(file) = &self.ipxe
        {
            return Some(file);
        }
        client
            .architectures
            .iter()
            .find_map(|architecture| self.by_architecture.get(architecture))
            .map(String::as_str)
    }

    /// Whether it names no file at all.
    pub fn is_empty(&self) -> bool {
        self.by_architecture.is_empty() && self.ipxe.is_none()
    }
}

/// Which fields carry the boot path. All of them is right for every firmware
/// known but a few, for which a rule can leave some out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// The header's `siaddr`.
    pub siaddr: bool,
    /// The header's `sname`.
    pub sname: bool,
    /// The header's `file`.
    pub file: bool,
    /// Option 66.
    pub option_66: bool,
    /// Option 67.
    pub option_67: bool,
    /// A NUL after the value of 67. Old ROMs read on until they find one.
    pub nul: bool,
}

impl Default for Fields {
    fn default() -> Self {
        Fields {
            siaddr: true,
            sname: true,
            file: true,
            option_66: true,
            option_67: true,
            nul: true,
        }
    }
}

/// PXE boot server control (option 43, sub-option 6, bit 3): take the boot
/// file of this answer, ask nobody else (PXE 2.1 §2.4). Without it EDK2 turns
/// to port 4011.
pub const USE_THIS_FILE: [u8; 4] = [6, 1, 8, 255];

/// Writes the next server into an answer.
pub fn set_server(reply: &mut Message, server: Ipv4Addr, fields: Fields) {
    if fields.siaddr {
        reply.siaddr = server;
    }
    let text = server.to_string();
    if fields.sname && text.len() <= SNAME_MAX {
        reply.sname = text.clone().into_bytes();
    }
    if fields.option_66 {
        reply.options.set(options::TFTP_SERVER_NAME, text);
    }
}

/// Writes the boot file into an answer. A path too long for the header goes
/// out in option 67 alone: cut short it would be another file.
pub fn set_file(reply: &mut Message, file: &str, fields: Fields) {
    if fields.file && file.len() <= FILE_MAX {
        reply.file = file.as_bytes().to_vec();
    }
    if fields.option_67 {
        let mut value = file.as_bytes().to_vec();
        if fields.nul {
            value.push(0);
        }
        reply.options.set(options::BOOT_FILE_NAME, value);
    }
}

/// Marks an answer as one from a boot server: the class that this firmware
/// insists on, and its UUID back (RFC 4578 §2.3 and PXE 2.1 want it echoed).
pub fn set_identity(reply: &mut Message, request: &Message, client: &Client) {
    if client.firmware == Firmware::Other {
        return;
    }
    reply
        .options
        .set(options::VENDOR_CLASS, client.answer_class());
    if let Some(uuid) = request.options.get(options::CLIENT_UUID) {
        reply.options.set(options::CLIENT_UUID, uuid);
    }
}

/// Says that the file of this answer is to be used as it is.
pub fn set_use_this_file(reply: &mut Message, client: &Client) {
    let over_tftp = client
        .architecture()
        .is_none_or(|architecture| architecture.transport() == Transport::Tftp);
    if client.firmware != Firmware::Other && over_tftp {
        reply.options.set(options::VENDOR_OPTIONS, USE_THIS_FILE);
    }
}
