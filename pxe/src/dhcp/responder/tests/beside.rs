//! Proxy mode and the boot server port.

use super::*;
use crate::dhcp::settings::Manner;

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
