//! Against the ClientHello of rustls, which a reader of the same RFC wrote.

use std::sync::Arc;

use proptest::prelude::*;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::*;

fn real_hello(versions: &[&'static rustls::SupportedProtocolVersion]) -> Vec<u8> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = "srv.certcheck.test".try_into().unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut bytes = Vec::new();
    client.write_tls(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_real_hello_shows_its_name_and_versions() {
    let bytes = real_hello(rustls::ALL_VERSIONS);
    let Opening::Tls(hello) = opening(&bytes) else {
        panic!("not recognised");
    };
    assert_eq!(hello.server_name.as_deref(), Some("srv.certcheck.test"));
    assert_eq!(hello.highest_version(), 0x0304);
    assert_eq!(hello.version, 0x0303);
    assert!(hello.groups.contains(&23));
    let older = opening(&real_hello(&[&rustls::version::TLS12]));
    assert!(matches!(older, Opening::Tls(hello) if hello.highest_version() == 0x0303));
}

#[test]
fn every_part_of_a_hello_waits_for_the_rest() {
    let bytes = real_hello(rustls::ALL_VERSIONS);
    for end in 0..bytes.len() {
        assert_eq!(opening(&bytes[..end]), Opening::Incomplete, "{end}");
    }
}

#[test]
fn a_hello_in_many_records_is_put_together() {
    let whole = real_hello(rustls::ALL_VERSIONS);
    let mut split = Vec::new();
    for fragment in whole[5..].chunks(7) {
        split.extend_from_slice(&[22, 3, 1, 0, u8::try_from(fragment.len()).unwrap()]);
        split.extend_from_slice(fragment);
    }
    assert_eq!(opening(&split), opening(&whole));
}

#[test]
fn http_and_an_endless_hello_are_something_else() {
    assert_eq!(opening(b"GET / HTTP/1.1\r\n"), Opening::Other);
    assert_eq!(opening(b"\x80\x2e\x01\x03\x01"), Opening::Other);
    assert_eq!(
        opening(b"\x16\x03\x01\x40\x00\x01\xff\xff\xff"),
        Opening::Other
    );
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = opening(&bytes);
        let _ = ClientHello::parse(&bytes);
    }

    #[test]
    fn nothing_inside_a_hello_makes_it_panic(at in 0usize..200, byte: u8) {
        let mut bytes = real_hello(&[&rustls::version::TLS12]);
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = opening(&bytes);
    }
}
