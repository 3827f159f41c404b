use std::net::{Ipv4Addr, SocketAddrV4};

use proptest::prelude::*;

use super::*;
use crate::dhcp::rules::{Match, Pattern, Rule};
use crate::dhcp::settings::Manner;
use crate::wire::arch::Architecture;
use crate::wire::dhcp::{FILE_MAX, HardwareAddress, LONGEST, SHORTEST};

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

#[test]
fn one_boot_path_stands_identically_in_every_field_of_offer_and_ack() {
    let mut responder = full();
    for kind in [MessageType::Discover, MessageType::Request] {
        let outcome = Ask::new(kind, 1)
            .uefi()
            .option(50, [10, 0, 0, 10])
            .option(54, SERVER.octets())
            .to(&mut responder);
        let reply = outcome.answer.unwrap();
        assert!(reply.bytes.len() >= SHORTEST);
        let seen = Message::parse(&reply.bytes).unwrap();
        assert_eq!(seen.file, PATH.as_bytes());
        assert_eq!(seen.options.get(67), Some(format!("{PATH}\0").as_bytes()));
        assert_eq!(seen.siaddr, SERVER);
        assert_eq!(seen.sname, b"10.0.0.5");
        assert_eq!(seen.options.get(66), Some(&b"10.0.0.5"[..]));
        assert_eq!(seen.options.get(60), Some(&b"PXEClient"[..]));
        assert_eq!(seen.options.get(43), Some(&[6, 1, 8, 255][..]));
        assert_eq!(seen.options.get(97).map(<[u8]>::len), Some(17));
        assert_eq!(reply.to, Destination::Broadcast);
    }
}

#[test]
fn a_path_too_long_for_the_header_is_in_option_67_alone_and_whole() {
    let mut responder = full();
    let long = "a".repeat(FILE_MAX + 1);
    responder
        .settings
        .boot
        .by_architecture
        .insert(Architecture(7), long.clone());
    let outcome = Ask::new(MessageType::Discover, 1).uefi().to(&mut responder);
    let seen = Message::parse(&outcome.answer.unwrap().bytes).unwrap();
    assert!(seen.file.is_empty());
    assert_eq!(seen.options.get(67).map(<[u8]>::len), Some(long.len() + 1));
}

#[test]
fn every_kind_of_client_gets_its_own_file() {
    let mut responder = full();
    let http = Ask::new(MessageType::Discover, 1)
        .http()
        .to(&mut responder)
        .answer
        .unwrap();
    assert_eq!(http.message.file, b"http://10.0.0.5/b.efi");
    assert_eq!(http.message.options.get(60), Some(&b"HTTPClient"[..]));
    assert_eq!(http.message.options.get(43), None);
    let ipxe = Ask::new(MessageType::Discover, 2)
        .uefi()
        .option(77, "iPXE")
        .to(&mut responder);
    assert_eq!(
        ipxe.answer.unwrap().message.file,
        b"http://10.0.0.5/menu.ipxe"
    );
    let other = Ask::new(MessageType::Discover, 3)
        .to(&mut responder)
        .answer
        .unwrap();
    assert!(other.message.file.is_empty() && other.message.siaddr.is_unspecified());
    assert_eq!(other.message.options.get(60), None);
}

#[test]
fn an_ack_rests_on_a_change_and_an_offer_does_not() {
    let mut responder = full();
    let offer = Ask::new(MessageType::Discover, 1).to(&mut responder);
    assert!(offer.changes.is_empty());
    let given = lend(&mut responder, 1, NOW);
    assert_eq!(given, address(10));
    let lease = responder.leases.at(given).unwrap();
    assert_eq!((lease.state, lease.until), (State::Bound, NOW + 3600));
    // What a new process remembers is the same.
    let again = Responder::new(
        settings(Mode::Full),
        responder.remembered().collect::<Vec<_>>(),
    );
    assert_eq!(again.leases.at(given), Some(lease));
}

#[test]
fn renewing_and_rebinding_extend_the_lease() {
    let mut responder = full();
    let given = lend(&mut responder, 1, NOW);
    let unicast = Arrival {
        source: SocketAddrV4::new(given, 68),
        unicast: true,
        ..BROADCAST
    };
    for (arrival, to) in [
        (unicast, Destination::Exactly(SocketAddrV4::new(given, 68))),
        (BROADCAST, Destination::Client(given)),
    ] {
        let outcome = Ask::new(MessageType::Request, 1).ciaddr(given).at(
            &mut responder,
            &arrival,
            NOW + 1800,
        );
        assert_eq!(kind(&outcome), MessageType::Ack);
        assert_eq!(outcome.answer.unwrap().to, to);
        assert_eq!(responder.leases.at(given).unwrap().until, NOW + 1800 + 3600);
    }
}

#[test]
fn init_reboot_is_confirmed_refused_or_left_to_others() {
    let mut responder = full();
    let given = lend(&mut responder, 1, NOW);
    let ask = |client: u8, wanted: Ipv4Addr| {
        Ask::new(MessageType::Request, client).option(50, wanted.octets())
    };
    assert_eq!(kind(&ask(1, given).to(&mut responder)), MessageType::Ack);
    assert_eq!(
        kind(&ask(1, address(11)).to(&mut responder)),
        MessageType::Nak
    );
    assert_eq!(
        kind(&ask(1, Ipv4Addr::new(192, 168, 1, 9)).to(&mut responder)),
        MessageType::Nak
    );
    assert_eq!(kind(&ask(2, given).to(&mut responder)), MessageType::Nak);
    assert_eq!(
        ask(3, address(12)).to(&mut responder).answer,
        Err(Silence::NoRecord)
    );
    responder.settings.authoritative = true;
    let refused = ask(3, address(12)).to(&mut responder);
    assert_eq!(kind(&refused), MessageType::Nak);
    let refused = refused.answer.unwrap();
    assert_eq!(refused.to, Destination::Broadcast);
    assert!(refused.message.yiaddr.is_unspecified() && refused.message.file.is_empty());
    assert!(refused.message.options.get(51).is_none());
}

#[test]
fn a_request_for_another_server_is_not_ours_and_0000_means_everybody() {
    let mut responder = full();
    let ask = |server: [u8; 4]| {
        Ask::new(MessageType::Request, 1)
            .option(50, [10, 0, 0, 10])
            .option(54, server)
    };
    assert_eq!(
        ask([10, 0, 0, 6]).to(&mut responder).answer,
        Err(Silence::OtherServer)
    );
    assert_eq!(kind(&ask([0; 4]).to(&mut responder)), MessageType::Ack);
}

#[test]
fn a_released_address_is_kept_for_its_client_and_free_for_others() {
    let mut responder = full();
    let given = lend(&mut responder, 1, NOW);
    let stranger = Ask::new(MessageType::Release, 2)
        .ciaddr(given)
        .to(&mut responder);
    assert!(stranger.changes.is_empty());
    let release = Ask::new(MessageType::Release, 1)
        .ciaddr(given)
        .to(&mut responder);
    assert_eq!(release.answer, Err(Silence::Noted));
    assert_eq!(release.changes.len(), 1);
    assert_eq!(lend(&mut responder, 2, NOW), address(11));
    assert_eq!(lend(&mut responder, 1, NOW + 9), given);
}

#[test]
fn a_declined_address_is_left_alone_for_an_hour() {
    let mut responder = full();
    let given = lend(&mut responder, 1, NOW);
    let stranger = Ask::new(MessageType::Decline, 2)
        .option(50, given.octets())
        .to(&mut responder);
    assert!(stranger.changes.is_empty());
    let decline = Ask::new(MessageType::Decline, 1)
        .option(50, given.octets())
        .to(&mut responder);
    assert_eq!(decline.changes.len(), 1);
    assert_eq!(lend(&mut responder, 1, NOW), address(11));
    assert_eq!(lend(&mut responder, 2, NOW), address(12));
    let none = Ask::new(MessageType::Discover, 3).to(&mut responder);
    assert_eq!(none.answer, Err(Silence::PoolExhausted));
    assert_eq!(lend(&mut responder, 3, NOW + 3601), given);
}

#[test]
fn inform_is_answered_without_an_address_or_a_lease() {
    let mut responder = full();
    let own = address(200);
    let outcome = Ask::new(MessageType::Inform, 1)
        .uefi()
        .ciaddr(own)
        .to(&mut responder);
    assert!(outcome.changes.is_empty());
    let reply = outcome.answer.unwrap();
    assert_eq!(reply.to, Destination::Client(own));
    assert!(reply.message.yiaddr.is_unspecified());
    assert_eq!(reply.message.options.get(51), None);
    assert_eq!(reply.message.options.get(3), Some(&[10, 0, 0, 1][..]));
    assert_eq!(reply.message.file, PATH.as_bytes());
}

#[test]
fn a_relay_chooses_the_subnet_and_gets_its_option_back() {
    let mut responder = full();
    let mut far = responder.settings.subnets[0].clone();
    far.network = "10.9.0.0/24".parse().unwrap();
    far.ranges = vec!["10.9.0.10-10.9.0.20".parse().unwrap()];
    responder.settings.subnets.push(far);
    let relay = Ipv4Addr::new(10, 9, 0, 1);
    let outcome = Ask::new(MessageType::Discover, 1)
        .relay(relay)
        .option(82, [1, 2, 7, 7])
        .to(&mut responder);
    let reply = outcome.answer.unwrap();
    assert_eq!(reply.to, Destination::Relay(relay));
    assert_eq!(reply.message.yiaddr, Ipv4Addr::new(10, 9, 0, 10));
    assert_eq!(reply.message.options.get(82), Some(&[1, 2, 7, 7][..]));
    // Link selection (RFC 3527) goes before the relay's own address.
    let selected = Ask::new(MessageType::Discover, 2)
        .relay(Ipv4Addr::new(172, 16, 0, 1))
        .option(82, [5, 4, 10, 9, 0, 0])
        .to(&mut responder);
    assert_eq!(
        selected.answer.unwrap().message.yiaddr,
        Ipv4Addr::new(10, 9, 0, 11)
    );
    let nowhere = Ask::new(MessageType::Discover, 3)
        .relay(Ipv4Addr::new(172, 16, 0, 1))
        .to(&mut responder);
    assert_eq!(nowhere.answer, Err(Silence::NoSubnet));
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

#[test]
fn reservations_are_kept_for_their_clients() {
    let mut responder = full();
    for (client, last) in [(1, 10), (2, 77)] {
        let then = Treatment {
            address: Some(address(last)),
            ..Treatment::default()
        };
        responder.settings.rules.push(rule(client, then));
    }
    assert_eq!(lend(&mut responder, 3, NOW), address(11));
    assert_eq!(lend(&mut responder, 1, NOW), address(10));
    assert_eq!(lend(&mut responder, 2, NOW), address(77));
    let stolen = Ask::new(MessageType::Request, 4)
        .option(50, address(77).octets())
        .option(54, SERVER.octets())
        .to(&mut responder);
    assert_eq!(kind(&stolen), MessageType::Nak);
}

#[test]
fn rules_ignore_boot_from_disk_and_change_fields() {
    let mut responder = full();
    let ignore = Treatment {
        ignore: true,
        ..Treatment::default()
    };
    let disk = Treatment {
        local_disk: true,
        ..Treatment::default()
    };
    let plain = Treatment {
        fields: Fields {
            nul: false,
            option_66: false,
            sname: false,
            ..Fields::default()
        },
        options: vec![(150, vec![10, 0, 0, 5])],
        ..Treatment::default()
    };
    responder.settings.rules = vec![rule(1, ignore), rule(2, disk), rule(3, plain)];
    let outcome = Ask::new(MessageType::Discover, 1).uefi().to(&mut responder);
    assert_eq!(outcome.answer, Err(Silence::Ignored));
    assert_eq!(outcome.rule.as_deref(), Some("rule 1"));
    let disk = Ask::new(MessageType::Discover, 2)
        .uefi()
        .to(&mut responder)
        .answer
        .unwrap();
    assert!(!disk.message.yiaddr.is_unspecified() && disk.message.file.is_empty());
    let plain = Ask::new(MessageType::Discover, 3)
        .uefi()
        .to(&mut responder)
        .answer
        .unwrap();
    assert_eq!(plain.message.options.get(67), Some(PATH.as_bytes()));
    assert_eq!(plain.message.options.get(66), None);
    assert_eq!(plain.message.options.get(150), Some(&[10, 0, 0, 5][..]));
    responder.settings.known_clients_only = true;
    let unknown = Ask::new(MessageType::Discover, 9).uefi().to(&mut responder);
    assert_eq!(unknown.answer, Err(Silence::Unknown));
}

#[test]
fn one_boot_is_one_boot_also_after_a_restart() {
    let mut settings = settings(Mode::Full);
    settings.rules = vec![rule(
        1,
        Treatment {
            once: true,
            ..Treatment::default()
        },
    )];
    let mut responder = Responder::new(settings.clone(), []);
    let boots = |responder: &mut Responder, now: u64| {
        let outcome = Ask::new(MessageType::Discover, 1)
            .uefi()
            .at(responder, &BROADCAST, now);
        !outcome.answer.unwrap().message.file.is_empty()
    };
    assert!(boots(&mut responder, NOW));
    assert!(boots(&mut responder, NOW + ONCE_SECONDS - 1));
    assert!(!boots(&mut responder, NOW + ONCE_SECONDS));
    let mut again = Responder::new(settings, responder.remembered().collect::<Vec<_>>());
    assert!(!boots(&mut again, NOW + ONCE_SECONDS));
}

#[test]
fn a_proxy_offers_boot_files_and_no_addresses() {
    let mut responder = Responder::new(settings(Mode::Proxy), []);
    let outcome = Ask::new(MessageType::Discover, 1).uefi().to(&mut responder);
    assert!(outcome.changes.is_empty());
    let reply = outcome.answer.unwrap();
    assert!(reply.message.yiaddr.is_unspecified());
    assert_eq!(reply.message.options.get(51), None);
    assert_eq!(reply.message.file, PATH.as_bytes());
    assert_eq!(reply.message.options.get(43), Some(&[6, 1, 8, 255][..]));
    assert_eq!(reply.to, Destination::Broadcast);
    for (ask, why) in [
        (Ask::new(MessageType::Discover, 2), Silence::NoBootClient),
        (Ask::new(MessageType::Request, 1).uefi(), Silence::NotOurs),
        (Ask::new(MessageType::Release, 1).uefi(), Silence::NotOurs),
        (
            Ask::new(MessageType::Discover, 1)
                .uefi()
                .option(93, [0, 11]),
            Silence::NoBootFile,
        ),
    ] {
        assert_eq!(ask.to(&mut responder).answer, Err(why));
    }
}

#[test]
fn the_wds_manner_gives_the_file_on_the_boot_server_port() {
    let mut responder = Responder::new(settings(Mode::Proxy), []);
    responder.settings.manner = Manner::Wds;
    let offer = Ask::new(MessageType::Discover, 1)
        .uefi()
        .to(&mut responder)
        .answer
        .unwrap();
    assert!(offer.message.file.is_empty());
    assert_eq!(offer.message.options.get(67), None);
    assert_eq!(offer.message.options.get(43), None);
    assert_eq!(offer.message.options.get(60), Some(&b"PXEClient"[..]));
    // UEFI asks from 4011, BIOS from 68; the answer goes where it came from.
    for port in [68, 4011] {
        let source = SocketAddrV4::new(address(99), port);
        let arrival = Arrival {
            port: Port::BootServer,
            source,
            unicast: true,
            ..BROADCAST
        };
        let ack = Ask::new(MessageType::Request, 1)
            .uefi()
            .ciaddr(address(99))
            .at(&mut responder, &arrival, NOW)
            .answer
            .unwrap();
        assert_eq!(ack.to, Destination::Exactly(source));
        assert_eq!(ack.message.file, PATH.as_bytes());
        assert_eq!(ack.message.message_type(), Some(MessageType::Ack));
    }
    // HTTP Boot never asks there, so its URL is in the offer.
    let http = Ask::new(MessageType::Discover, 2)
        .http()
        .to(&mut responder)
        .answer
        .unwrap();
    assert_eq!(http.message.file, b"http://10.0.0.5/b.efi");
}

#[test]
fn a_flood_of_discovers_takes_no_address_from_a_client_that_asks_for_it() {
    let mut responder = full();
    let offered = Ask::new(MessageType::Discover, 1)
        .to(&mut responder)
        .answer
        .unwrap();
    for client in 50..250 {
        let outcome = Ask::new(MessageType::Discover, client).to(&mut responder);
        assert!(outcome.changes.is_empty());
    }
    let ack = Ask::new(MessageType::Request, 1)
        .option(50, offered.message.yiaddr.octets())
        .option(54, SERVER.octets())
        .to(&mut responder);
    assert_eq!(kind(&ack), MessageType::Ack);
    assert!(responder.leases.len() <= 3);
}

#[test]
fn what_servers_do_not_get_is_not_answered() {
    let mut responder = full();
    for kind in [MessageType::Offer, MessageType::Ack, MessageType::Nak] {
        assert!(Ask::new(kind, 1).to(&mut responder).answer.is_err());
    }
    let mut reply = Ask::new(MessageType::Discover, 1);
    reply.0.op = Op::Reply;
    assert_eq!(reply.to(&mut responder).answer, Err(Silence::NotForServers));
    let nothing = responder.handle(&BROADCAST, &[], NOW);
    assert!(matches!(nothing.answer, Err(Silence::Malformed(_))));
}

proptest! {
    /// Any order of messages from several clients, doubled and late: nobody
    /// is acknowledged an address that another one holds.
    #[test]
    fn no_address_is_acknowledged_to_two_clients(
        steps in proptest::collection::vec((0_u8..6, 0_u8..6, 9_u8..14, 0_u64..2000), 1..150),
    ) {
        let mut responder = full();
        let mut held: HashMap<Ipv4Addr, (u8, u64)> = Default::default();
        let mut now = NOW;
        for (client, what, last, passed) in steps {
            now += passed;
            let ask = match what {
                0 => Ask::new(MessageType::Discover, client),
                1 => Ask::new(MessageType::Request, client).option(50, address(last).octets()).option(54, SERVER.octets()),
                2 => Ask::new(MessageType::Request, client).option(50, address(last).octets()),
                3 => Ask::new(MessageType::Request, client).ciaddr(address(last)),
                4 => Ask::new(MessageType::Release, client).ciaddr(address(last)),
                _ => Ask::new(MessageType::Decline, client).option(50, address(last).octets()),
            };
            let outcome = ask.at(&mut responder, &BROADCAST, now);
            if what == 4 && !outcome.changes.is_empty() {
                held.remove(&address(last));
            }
            if what == 5 && !outcome.changes.is_empty() {
                held.remove(&address(last));
            }
            if let Ok(reply) = outcome.answer
                && reply.message.message_type() == Some(MessageType::Ack)
            {
                let given = reply.message.yiaddr;
                if let Some((owner, until)) = held.get(&given) {
                    prop_assert!(*owner == client || *until <= now, "{given} of {owner} given to {client}");
                }
                prop_assert!(responder.settings.subnets[0].in_range(given.into()));
                prop_assert_eq!(outcome.changes.len(), 1);
                held.insert(given, (client, now + 3600));
            }
        }
    }

    #[test]
    fn no_packet_panics_the_responder(
        head in proptest::collection::vec(any::<u8>(), 236),
        tail in proptest::collection::vec(any::<u8>(), 0..400),
        kind in 0_u8..10,
        proxy in any::<bool>(),
        boot_server in any::<bool>(),
    ) {
        let mode = if proxy { Mode::Proxy } else { Mode::Full };
        let mut responder = Responder::new(settings(mode), []);
        let mut bytes = head;
        bytes[0] = 1;
        bytes.extend([99, 130, 83, 99, 53, 1, kind, 93, 2, 0, 7, 60, 9]);
        bytes.extend(b"PXEClient");
        bytes.extend(tail);
        let port = if boot_server { Port::BootServer } else { Port::Dhcp };
        let outcome = responder.handle(&Arrival { port, ..BROADCAST }, &bytes, NOW);
        if let Ok(reply) = outcome.answer {
            prop_assert!((SHORTEST..=LONGEST).contains(&reply.bytes.len()));
        }
    }
}
