//! A DHCP message of anybody: parsed, described, answered, and what is answered
//! is a message again.
#![no_main]

use std::net::{Ipv4Addr, SocketAddrV4};

use pxe::dhcp::responder::{Arrival, Port, Responder};
use pxe::dhcp::settings::{Mode, Settings};
use pxe::wire::arch::Architecture;
use pxe::wire::dhcp::{LONGEST, Message};

const HEADER: [u8; 12] = [1, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0, 0];
const COOKIE: [u8; 4] = [99, 130, 83, 99];

libfuzzer_sys::fuzz_target!(|input: (bool, bool, u8, &[u8])| {
    let (full, boot_server, kind, bytes) = input;
    // Chance does not find a header and its cookie: most inputs are what
    // follows them.
    let framed = [&HEADER[..], &[0; 224], &COOKIE, &[53, 1, kind], bytes].concat();
    let bytes = if kind == 0 { bytes } else { &framed };
    if let Ok(message) = Message::parse(bytes) {
        let again = message.emit(LONGEST).0;
        let again = Message::parse(&again).expect("what is emitted is parsed");
        assert_eq!(again.chaddr, message.chaddr);
        assert_eq!(again.xid, message.xid);
    }
    let mut settings = Settings {
        mode: if full { Mode::Full } else { Mode::Proxy },
        ..Settings::default()
    };
    let table = &mut settings.boot.by_architecture;
    table.insert(Architecture(0), "boot".to_owned());
    table.insert(Architecture(7), "boot.efi".to_owned());
    let arrival = Arrival {
        port: if boot_server {
            Port::BootServer
        } else {
            Port::Dhcp
        },
        local: Ipv4Addr::new(10, 0, 0, 5),
        source: SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 9), 68),
        unicast: false,
    };
    let outcome = Responder::new(settings, []).handle(&arrival, bytes, 1_000_000);
    if let Ok(reply) = outcome.answer {
        assert!(reply.bytes.len() >= 300);
        let reply = Message::parse(&reply.bytes).expect("an answer is a message");
        assert_eq!(Some(reply.xid), outcome.request.map(|request| request.xid));
    }
});
