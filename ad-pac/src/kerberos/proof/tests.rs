use super::super::authorization::tests::{a_pac, with_pac};
use super::super::encryption::tests::encrypt;
use super::super::keytab::tests::{file, record};
use super::super::ticket::tests::{element, field, name, ticket};
use super::*;

/// An EncTicketPart as a KDC fills it.
fn inside_of_a_ticket(authorization: Option<&[u8]>) -> Vec<u8> {
    let key = [
        field(0, der::INTEGER, &[18]),
        field(1, der::OCTET_STRING, &[1; 32]),
    ]
    .concat();
    let transited = [
        field(0, der::INTEGER, &[1]),
        field(1, der::OCTET_STRING, b""),
    ]
    .concat();
    let time = |number| field(number, 0x18, b"20260101000000Z");
    let mut fields = [
        field(0, 0x03, &[0; 5]),
        field(1, der::SEQUENCE, &key),
        field(2, der::GENERAL_STRING, b"EXAMPLE.TEST"),
        field(3, der::SEQUENCE, &name(&["bob"])),
        field(4, der::SEQUENCE, &transited),
        time(5),
        time(6),
        time(7),
        time(8),
    ]
    .concat();
    if let Some(content) = authorization {
        fields.extend(field(10, der::SEQUENCE, content));
    }
    element(der::application(3), &element(der::SEQUENCE, &fields))
}

fn a_ticket(kind: u8, key: &[u8], authorization: Option<&[u8]>) -> Ticket {
    let plain = inside_of_a_ticket(authorization);
    Ticket::parse(&ticket(
        kind,
        &encrypt(i32::from(kind), key, TICKET_USAGE, &plain),
    ))
    .unwrap()
}

#[test]
fn the_right_key_tells_whether_there_is_a_pac() {
    for (kind, size) in [(17, 16), (18, 32), (19, 16), (20, 32), (23, 16)] {
        let key = vec![7; size];
        let keytab = Keytab::parse(&file(&[
            record(2, u16::from(kind), &vec![8; size], false),
            record(3, u16::from(kind), &key, false),
        ]))
        .unwrap();
        let opened = open(&a_ticket(kind, &key, Some(&with_pac())), &keytab).unwrap();
        assert_eq!(opened.client.to_string(), "bob@EXAMPLE.TEST");
        assert_eq!(opened.key_version, 3);
        assert_eq!(opened.authorization.pac.unwrap().bytes, a_pac().len());

        let without = open(&a_ticket(kind, &key, None), &keytab).unwrap();
        assert_eq!(without.authorization, Authorization::default());
    }
}

#[test]
fn a_key_of_another_version_still_opens_the_ticket() {
    let key = [7; 32];
    let keytab = Keytab::parse(&file(&[record(9, 18, &key, false)])).unwrap();
    let opened = open(&a_ticket(18, &key, None), &keytab).unwrap();
    assert_eq!(opened.key_version, 9);
}

#[test]
fn each_reason_not_to_open_is_told_apart() {
    let sealed = a_ticket(18, &[7; 32], None);
    let rc4 = Keytab::parse(&file(&[record(3, 23, &[7; 16], false)])).unwrap();
    assert_eq!(
        open(&sealed, &rc4).unwrap_err().to_string(),
        "no key for aes256-cts-hmac-sha1-96 (key version 3); the keytab has rc4-hmac"
    );
    let old = Keytab::parse(&file(&[record(2, 18, &[8; 32], false)])).unwrap();
    assert_eq!(
        open(&sealed, &old).unwrap_err().to_string(),
        "no key fits the ticket's aes256-cts-hmac-sha1-96 (key version 3); \
         the keytab has version 2"
    );
    let mut strange = sealed.clone();
    strange.encrypted.encryption_type = EncryptionType(16);
    assert_eq!(
        open(&strange, &old),
        Err(NotOpened::Unknown(EncryptionType(16)))
    );
    assert_eq!(
        open(&sealed, &Keytab::default()).unwrap_err().to_string(),
        "no key for aes256-cts-hmac-sha1-96 (key version 3); the keytab has none at all"
    );
}

#[test]
fn nonsense_inside_is_malformed_and_not_a_pac() {
    let cipher = encrypt(18, &[7; 32], TICKET_USAGE, b"no DER at all");
    let sealed = Ticket::parse(&ticket(18, &cipher)).unwrap();
    let keytab = Keytab::parse(&file(&[record(3, 18, &[7; 32], false)])).unwrap();
    assert!(matches!(
        open(&sealed, &keytab),
        Err(NotOpened::Malformed(_))
    ));
}
