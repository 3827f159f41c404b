//! What is sent to whom as a boot file.

use super::*;
use crate::wire::dhcp::{FILE_MAX, SHORTEST};

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
