//! The handshake itself is tested against curl and OpenSSL in
//! `workspace-tests`; here, that no client makes it panic.

use proptest::prelude::*;

use super::*;

fn server() -> Server {
    let key = RsaKey::from_pkcs1(include_bytes!("../pki/weak-rsa.der")).unwrap();
    Server::new(Version::Tls10, vec![vec![0x30, 0].into()], key)
}

/// A ClientHello with the RSA suite and no extensions.
fn hello(suite: u16) -> Vec<u8> {
    let mut body = vec![3, 1];
    body.extend_from_slice(&[9; 32]);
    body.push(0);
    body.extend(vector(2, &suite.to_be_bytes()));
    body.extend_from_slice(&[1, 0]);
    let message = handshake(CLIENT_HELLO, &body);
    [&[HANDSHAKE, 3, 1][..], &vector(2, &message)].concat()
}

#[test]
fn the_first_flight_is_a_server_hello_of_the_old_version() {
    let mut server = server();
    server.receive(&hello(RSA_AES128_SHA)).unwrap();
    let flight = server.take_output();
    assert_eq!(&flight[..3], &[HANDSHAKE, 3, 1]);
    assert_eq!(flight[5], SERVER_HELLO);
    assert_eq!(&flight[9..11], &[3, 1]);
    assert!(!server.has_request() && !server.is_open());
}

#[test]
fn without_a_common_suite_the_case_cannot_be_played() {
    let mut server = server();
    assert_eq!(server.receive(&hello(0x1301)), Err(Refusal::NoCommonSuite));
    assert_eq!(server.take_output(), [ALERT, 3, 1, 0, 2, 2, 40]);
}

#[test]
fn an_alert_of_the_client_is_its_refusal() {
    let mut server = server();
    server.receive(&hello(RSA_AES128_SHA)).unwrap();
    assert_eq!(
        server.receive(&[ALERT, 3, 1, 0, 2, 2, 70]),
        Err(Refusal::Alert(70))
    );
}

#[test]
fn application_data_before_the_handshake_is_complete_is_no_request() {
    let mut server = server();
    server.receive(&hello(RSA_AES128_SHA)).unwrap();
    assert_eq!(
        server.receive(&[APPLICATION_DATA, 3, 1, 0, 1, 65]),
        Err(Refusal::Malformed)
    );
    assert!(!server.has_request());
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(chunks in proptest::collection::vec(
        proptest::collection::vec(any::<u8>(), 0..80), 0..8), start: bool) {
        let mut server = server();
        if start {
            server.receive(&hello(RSA_AES128_SHA)).unwrap();
        }
        for chunk in chunks {
            if server.receive(&chunk).is_err() {
                break;
            }
        }
        prop_assert!(!server.has_request());
    }
}
