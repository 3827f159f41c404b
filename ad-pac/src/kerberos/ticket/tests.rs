use proptest::prelude::*;

use super::*;

/// One element of DER.
pub(in crate::kerberos) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match content.len() {
        length @ 0..=0x7f => bytes.push(length as u8),
        length @ 0x80..=0xff => bytes.extend([0x81, length as u8]),
        length => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend(content);
    bytes
}

pub(in crate::kerberos) fn field(number: u8, tag: u8, content: &[u8]) -> Vec<u8> {
    element(der::context(number), &element(tag, content))
}

pub(in crate::kerberos) fn name(components: &[&str]) -> Vec<u8> {
    let strings: Vec<u8> = components
        .iter()
        .flat_map(|text| element(der::GENERAL_STRING, text.as_bytes()))
        .collect();
    [
        field(0, der::INTEGER, &[1]),
        field(1, der::SEQUENCE, &strings),
    ]
    .concat()
}

pub(in crate::kerberos) fn ticket(kind: u8, cipher: &[u8]) -> Vec<u8> {
    let part = [
        field(0, der::INTEGER, &[kind]),
        field(1, der::INTEGER, &[3]),
        field(2, der::OCTET_STRING, cipher),
    ]
    .concat();
    let fields = [
        field(0, der::INTEGER, &[5]),
        field(1, der::GENERAL_STRING, b"EXAMPLE.TEST"),
        field(2, der::SEQUENCE, &name(&["nfs", "nfs01.example.test"])),
        field(3, der::SEQUENCE, &part),
    ]
    .concat();
    element(der::application(1), &element(der::SEQUENCE, &fields))
}

fn token(ticket: &[u8]) -> Vec<u8> {
    let fields = [
        field(0, der::INTEGER, &[5]),
        field(1, der::INTEGER, &[14]),
        field(2, 0x03, &[0; 5]),
        element(der::context(3), ticket),
        element(der::context(4), b"encrypted authenticator"),
    ]
    .concat();
    let request = element(der::application(14), &element(der::SEQUENCE, &fields));
    let framed = [
        element(der::OBJECT_IDENTIFIER, KERBEROS),
        AP_REQUEST.to_vec(),
        request,
    ]
    .concat();
    element(der::application(0), &framed)
}

#[test]
fn a_token_gives_its_ticket_and_both_sizes() {
    let ticket = ticket(18, &[9; 300]);
    let whole = token(&ticket);
    let parsed = ServiceToken::parse(&whole).unwrap();
    assert_eq!(parsed.bytes, whole.len());
    assert_eq!(parsed.ticket.bytes, ticket.len());
    assert_eq!(
        parsed.ticket.service.to_string(),
        "nfs/nfs01.example.test@EXAMPLE.TEST"
    );
    assert_eq!(parsed.ticket.encrypted.encryption_type, EncryptionType(18));
    assert_eq!(parsed.ticket.encrypted.key_version, Some(3));
    assert_eq!(parsed.ticket.encrypted.cipher, [9; 300]);
}

#[test]
fn every_cut_of_a_token_is_refused() {
    let whole = token(&ticket(18, &[9; 40]));
    for length in 0..whole.len() {
        assert!(
            ServiceToken::parse(&whole[..length]).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn a_token_of_another_mechanism_is_named_as_such() {
    let spnego = element(
        der::application(0),
        &element(der::OBJECT_IDENTIFIER, &[0x2b, 6, 1, 5, 5, 2]),
    );
    assert_eq!(
        ServiceToken::parse(&spnego),
        Err(Malformed("token of another mechanism than Kerberos"))
    );
}

#[test]
fn names_that_steer_a_terminal_are_defused() {
    let name = Principal::new([&b"nfs"[..], b"\x1b[31mevil\x07"], b"REALM\n");
    assert_eq!(name.to_string(), "nfs/?[31mevil?@REALM?");
}

proptest! {
    #[test]
    fn parsing_anything_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = ServiceToken::parse(&bytes);
        let _ = Ticket::parse(&bytes);
    }

    #[test]
    fn a_damaged_token_never_panics(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let mut whole = token(&ticket(18, &[9; 60]));
        let at = at.index(whole.len());
        whole[at] = value;
        let _ = ServiceToken::parse(&whole);
    }
}
