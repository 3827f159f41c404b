use std::net::{Ipv4Addr, SocketAddrV4};

use super::*;
use crate::dhcp::rules::{Match, Pattern, Rule};
use crate::wire::arch::Architecture;
use crate::wire::dhcp::{HardwareAddress, LONGEST};

#[path = "tests/beside.rs"]
mod beside;
#[path = "tests/boot.rs"]
mod boot;
#[path = "tests/lending.rs"]
mod lending;
#[path = "tests/lossy.rs"]
mod lossy;
#[path = "tests/networks.rs"]
mod networks;
#[path = "tests/rules.rs"]
mod rules;
#[path = "tests/strangers.rs"]
mod strangers;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
const PATH: &str = r"\boot\x64\wdsmgfw.efi";
const NOW: u64 = 1_000_000;

fn settings(mode: Mode) -> Settings {
    let mut settings = Settings {
        mode,
        ..Settings::default()
    };
    settings
        .boot
        .by_architecture
        .insert(Architecture(7), PATH.to_owned());
    settings
        .boot
        .by_architecture
        .insert(Architecture(16), "http://10.0.0.5/b.efi".to_owned());
    settings.boot.ipxe = Some("http://10.0.0.5/menu.ipxe".to_owned());
    settings.limits.per_client = 1_000_000;
    settings.limits.in_all = 1_000_000;
    settings.subnets.push(Subnet {
        network: "10.0.0.0/24".parse().unwrap(),
        ranges: vec!["10.0.0.10-10.0.0.12".parse().unwrap()],
        routers: vec![Ipv4Addr::new(10, 0, 0, 1)],
        dns: Vec::new(),
        domain: None,
        boot: BootTable::default(),
        lease: 3600,
        options: Vec::new(),
    });
    settings
}

const BROADCAST: Arrival = Arrival {
    port: Port::Dhcp,
    local: SERVER,
    source: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68),
    unicast: false,
};

struct Ask(Message);

impl Ask {
    fn new(kind: MessageType, client: u8) -> Ask {
        let mut options = crate::wire::dhcp::Options::default();
        options.set(53, [u8::from(kind)]);
        options.set(57, 1472_u16.to_be_bytes());
        Ask(Message {
            op: Op::Request,
            htype: 1,
            hops: 0,
            xid: 7,
            secs: 0,
            flags: 0,
            ciaddr: Ipv4Addr::UNSPECIFIED,
            yiaddr: Ipv4Addr::UNSPECIFIED,
            siaddr: Ipv4Addr::UNSPECIFIED,
            giaddr: Ipv4Addr::UNSPECIFIED,
            chaddr: HardwareAddress::new(&[2, 0, 0, 0, 0, client]),
            sname: Vec::new(),
            file: Vec::new(),
            options,
        })
    }

    fn option(mut self, code: u8, value: impl Into<Vec<u8>>) -> Ask {
        self.0.options.set(code, value);
        self
    }

    fn uefi(self) -> Ask {
        self.option(60, "PXEClient:Arch:00007:UNDI:003000")
            .option(93, [0, 7])
            .option(97, [[0].as_slice(), &[9; 16]].concat())
    }

    fn http(self) -> Ask {
        self.option(60, "HTTPClient:Arch:00016:UNDI:003000")
            .option(93, [0, 16])
    }

    fn ciaddr(mut self, address: Ipv4Addr) -> Ask {
        self.0.ciaddr = address;
        self
    }

    fn relay(mut self, address: Ipv4Addr) -> Ask {
        self.0.giaddr = address;
        self
    }

    fn to(self, responder: &mut Responder) -> Outcome {
        self.at(responder, &BROADCAST, NOW)
    }

    fn at(self, responder: &mut Responder, arrival: &Arrival, now: u64) -> Outcome {
        responder.handle(arrival, &self.0.emit(LONGEST).0, now)
    }
}

fn full() -> Responder {
    Responder::new(settings(Mode::Full), [])
}

fn address(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, last)
}

fn kind(outcome: &Outcome) -> MessageType {
    outcome
        .answer
        .as_ref()
        .unwrap()
        .message
        .message_type()
        .unwrap()
}

/// DISCOVER and REQUEST; the address.
fn lend(responder: &mut Responder, client: u8, now: u64) -> Ipv4Addr {
    let offer = Ask::new(MessageType::Discover, client).at(responder, &BROADCAST, now);
    let given = offer.answer.unwrap().message.yiaddr;
    let ack = Ask::new(MessageType::Request, client)
        .option(50, given.octets())
        .option(54, SERVER.octets())
        .at(responder, &BROADCAST, now);
    assert_eq!(kind(&ack), MessageType::Ack);
    assert_eq!(ack.changes.len(), 1);
    given
}

fn rule(client: u8, then: Treatment) -> Rule {
    let mac = HardwareAddress::new(&[2, 0, 0, 0, 0, client]).to_string();
    let when = Match {
        mac: Some(Pattern::new(&mac)),
        ..Match::default()
    };
    Rule {
        name: format!("rule {client}"),
        when,
        then,
    }
}
