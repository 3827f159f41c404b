//! What firmware says: DISCOVER, REQUEST and the request to port 4011, as
//! EDK2 and iPXE send them.

use std::net::Ipv4Addr;

use crate::wire::arch::{Architecture, Transport};
use crate::wire::dhcp::{HardwareAddress, Message, MessageType, Op, Options};
use crate::wire::options;

/// What EDK2 asks for (option 55).
const ASKED_BY_EDK2: [u8; 35] = [
    1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60, 66,
    67, 97, 128, 129, 130, 131, 132, 133, 134, 135,
];
/// What iPXE asks for.
const ASKED_BY_IPXE: [u8; 23] = [
    1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119, 128, 129, 130, 131, 132, 133, 134, 135, 175,
    203,
];

/// A machine that boots.
#[derive(Debug, Clone)]
pub struct Speaker {
    /// What it is.
    pub architecture: Architecture,
    /// Its card.
    pub mac: HardwareAddress,
    /// Its UUID in the order of text.
    pub uuid: [u8; 16],
    /// Option 77.
    pub user_class: Option<String>,
    /// Option 60, where it is not what such firmware sends.
    pub vendor_class: Option<String>,
}

impl Speaker {
    /// One whose UUID is made from its card.
    pub fn new(architecture: Architecture, mac: HardwareAddress) -> Speaker {
        let mut uuid = [0; 16];
        uuid[..3].copy_from_slice(b"exp");
        for (to, byte) in uuid[10..].iter_mut().zip(mac.as_bytes()) {
            *to = *byte;
        }
        Speaker {
            architecture,
            mac,
            uuid,
            user_class: None,
            vendor_class: None,
        }
    }

    /// A DISCOVER.
    pub fn discover(&self, xid: u32) -> Message {
        self.message(MessageType::Discover, xid)
    }

    /// A REQUEST that takes an offer.
    pub fn request(&self, xid: u32, offer: &Message) -> Message {
        let mut message = self.message(MessageType::Request, xid);
        let address = offer.yiaddr.octets();
        message.options.set(options::REQUESTED_ADDRESS, address);
        if let Some(server) = offer.options.get(options::SERVER_IDENTIFIER) {
            message.options.set(options::SERVER_IDENTIFIER, server);
        }
        message
    }

    /// A request to a boot server's port 4011; `menu` is the type of boot
    /// server chosen from a menu in option 43 (PXE 2.1 §2.2.3, tag 71).
    pub fn boot_server_request(&self, xid: u32, own: Ipv4Addr, menu: Option<[u8; 2]>) -> Message {
        let mut message = self.message(MessageType::Request, xid);
        message.ciaddr = own;
        message.flags = 0;
        if let Some([high, low]) = menu {
            message
                .options
                .set(options::VENDOR_OPTIONS, [71, 4, high, low, 0, 0, 255]);
        }
        message
    }

    /// Gives an address back.
    pub fn release(&self, xid: u32, address: Ipv4Addr, server: Option<Ipv4Addr>) -> Message {
        let mut message = self.empty(MessageType::Release, xid);
        message.flags = 0;
        message.ciaddr = address;
        if let Some(server) = server {
            message
                .options
                .set(options::SERVER_IDENTIFIER, server.octets());
        }
        if self.architecture == Architecture::BIOS {
            message
                .options
                .set(options::CLIENT_IDENTIFIER, self.identifier());
        }
        message
    }

    /// `01` and the hardware address, which iPXE sends and EDK2 does not.
    fn identifier(&self) -> Vec<u8> {
        [&[1], self.mac.as_bytes()].concat()
    }

    fn message(&self, kind: MessageType, xid: u32) -> Message {
        let mut message = self.empty(kind, xid);
        let code = self.architecture.0;
        let bios = code == 0;
        let set = &mut message.options;
        set.set(options::MAXIMUM_MESSAGE_SIZE, 1472_u16.to_be_bytes());
        let asked: &[u8] = if bios { &ASKED_BY_IPXE } else { &ASKED_BY_EDK2 };
        set.set(options::PARAMETER_REQUEST_LIST, asked);
        // The SMBIOS order: the first three groups little endian.
        let mut wire = self.uuid;
        wire[..4].reverse();
        wire[4..6].reverse();
        wire[6..8].reverse();
        set.set(options::CLIENT_UUID, [&[0][..], &wire].concat());
        let undi = if bios { [1, 2, 1] } else { [1, 3, 0] };
        set.set(options::CLIENT_INTERFACE, undi);
        set.set(options::CLIENT_ARCHITECTURE, code.to_be_bytes());
        if bios {
            set.set(options::CLIENT_IDENTIFIER, self.identifier());
        }
        let class = match self.architecture.transport() {
            Transport::Tftp => "PXEClient",
            Transport::Http => "HTTPClient",
        };
        let version = if bios { "002001" } else { "003000" };
        let own = format!("{class}:Arch:{code:05}:UNDI:{version}");
        set.set(
            options::VENDOR_CLASS,
            self.vendor_class.clone().unwrap_or(own),
        );
        if let Some(class) = &self.user_class {
            set.set(options::USER_CLASS, class.as_str());
        }
        message
    }

    fn empty(&self, kind: MessageType, xid: u32) -> Message {
        let mut options = Options::default();
        options.set(options::MESSAGE_TYPE, [u8::from(kind)]);
        Message {
            op: Op::Request,
            htype: 1,
            hops: 0,
            xid,
            secs: 0,
            // iPXE takes a broadcast answer too, and a probe must not depend
            // on answers to a hardware address that no card has.
            flags: 0x8000,
            ciaddr: Ipv4Addr::UNSPECIFIED,
            yiaddr: Ipv4Addr::UNSPECIFIED,
            siaddr: Ipv4Addr::UNSPECIFIED,
            giaddr: Ipv4Addr::UNSPECIFIED,
            chaddr: self.mac,
            sname: Vec::new(),
            file: Vec::new(),
            options,
        }
    }
}
