use proptest::prelude::*;

use super::super::frame;
use super::*;

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    [&[tag, 0x84][..], &length, content].concat()
}

type Attribute = (String, Vec<Vec<u8>>);

fn message(id: &[u8], dn: &str, attributes: &[Attribute]) -> Vec<u8> {
    let attributes: Vec<u8> = attributes
        .iter()
        .flat_map(|(name, values)| {
            let values: Vec<u8> = values
                .iter()
                .flat_map(|value| element(OCTET_STRING, value))
                .collect();
            let parts = [
                element(OCTET_STRING, name.as_bytes()),
                element(SET, &values),
            ];
            element(SEQUENCE, &parts.concat())
        })
        .collect();
    let entry = [
        element(OCTET_STRING, dn.as_bytes()),
        element(SEQUENCE, &attributes),
    ];
    let parts = [
        element(INTEGER, id),
        element(SEARCH_RESULT_ENTRY, &entry.concat()),
    ];
    element(SEQUENCE, &parts.concat())
}

#[test]
fn what_is_no_entry_is_left_to_others() {
    // A bind response, and a search that is done.
    for operation in [0x61, 0x65] {
        let parts = [element(INTEGER, &[1]), element(operation, &[])];
        assert!(entry(&element(SEQUENCE, &parts.concat())).is_none());
    }
    assert!(entry(&element(SEQUENCE, &[])).is_none());
}

#[test]
fn an_identifier_is_read_with_its_sign_and_its_length() {
    for (bytes, expected) in [
        (&[5][..], Some(5)),
        (&[0, 200], Some(200)),
        (&[0x7f, 0xff, 0xff, 0xff], Some(i32::MAX)),
        (&[0xff], Some(-1)),
        (&[], None),
        (&[0, 0, 0, 0, 1], None),
    ] {
        let read = entry(&message(bytes, "CN=a", &[])).unwrap();
        assert_eq!(read.ok().map(|(id, _)| id), expected, "{bytes:02x?}");
    }
}

#[test]
fn an_entry_whose_parts_are_something_else_is_malformed() {
    let dn = element(OCTET_STRING, b"CN=a");
    for operation in [
        vec![],
        dn.clone(),
        [element(INTEGER, b"CN=a"), element(SEQUENCE, &[])].concat(),
        [dn.clone(), element(SET, &[])].concat(),
        [dn.clone(), element(SEQUENCE, &element(SEQUENCE, &[]))].concat(),
        [dn, element(SEQUENCE, &element(OCTET_STRING, b"cn"))].concat(),
    ] {
        let parts = [
            element(INTEGER, &[1]),
            element(SEARCH_RESULT_ENTRY, &operation),
        ];
        let read = entry(&element(SEQUENCE, &parts.concat())).unwrap();
        assert_eq!(read, Err(NotMessage::Malformed), "{operation:02x?}");
    }
}

proptest! {
    #[test]
    fn an_entry_is_read_as_it_was_sent(
        id in 1..i32::MAX,
        dn in "\\PC{0,40}",
        attributes in proptest::collection::vec(
            ("[a-zA-Z;=0-9-]{1,20}", proptest::collection::vec(
                proptest::collection::vec(any::<u8>(), 0..300), 0..5)),
            0..8),
    ) {
        let sent = message(&id.to_be_bytes(), &dn, &attributes);
        prop_assert_eq!(frame::message(&sent), Ok(Some(sent.len())));
        let mut expected = Entry::new(dn);
        for (name, values) in attributes {
            expected.add(&name, values);
        }
        prop_assert_eq!(entry(&sent), Some(Ok((id, expected))));
    }

    #[test]
    fn anything_that_passes_the_guard_is_read_or_refused(
        at in any::<proptest::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut sent = message(&[1], "CN=a", &[("cn".to_owned(), vec![b"a".to_vec()])]);
        let at = at.index(sent.len());
        sent[at] = byte;
        if let Ok(Some(length)) = frame::message(&sent) {
            let _ = entry(&sent[..length]);
        }
    }
}
