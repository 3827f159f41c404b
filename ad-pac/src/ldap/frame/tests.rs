use proptest::prelude::*;

use super::*;

/// A bind response with success, as OpenLDAP writes it, and as Active
/// Directory does with its lengths of four bytes.
const SHORT: &[u8] = &[
    0x30, 0x0c, 0x02, 0x01, 0x01, 0x61, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00,
];
const LONG: &[u8] = &[
    0x30, 0x84, 0x00, 0x00, 0x00, 0x10, 0x02, 0x01, 0x01, 0x61, 0x84, 0x00, 0x00, 0x00, 0x07, 0x0a,
    0x01, 0x00, 0x04, 0x00, 0x04, 0x00,
];

#[test]
fn a_message_ends_where_its_length_says_and_not_before_it_is_there() {
    for whole in [SHORT, LONG] {
        for length in 0..whole.len() {
            assert_eq!(message(&whole[..length]), Ok(None), "{length}");
        }
        assert_eq!(message(whole), Ok(Some(whole.len())));
        let two = [whole, SHORT].concat();
        assert_eq!(message(&two), Ok(Some(whole.len())));
    }
}

#[test]
fn what_cannot_become_a_message_is_known_at_once() {
    for (bytes, expected) in [
        (&b"HTTP/1.1 400"[..], NotMessage::Malformed),
        (&[0x30, 0x80], NotMessage::Malformed),
        (&[0x30, 0x89], NotMessage::Malformed),
        (
            &[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff],
            NotMessage::TooLarge(0x7fff_ffff),
        ),
        (
            &[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            NotMessage::TooLarge(usize::MAX),
        ),
        // Something inside that is longer than the message.
        (&[0x30, 0x03, 0x02, 0x02, 0x01], NotMessage::Malformed),
        // Something inside that is cut off in its length.
        (&[0x30, 0x02, 0x04, 0x82], NotMessage::Malformed),
    ] {
        assert_eq!(message(bytes), Err(expected), "{bytes:02x?}");
    }
}

#[test]
fn a_message_of_a_hundred_thousand_levels_is_refused_without_recursion() {
    let mut bytes = Vec::new();
    for _ in 0..100_000 {
        let length = bytes.len() as u32;
        // Back to front; the list is turned round below.
        bytes.extend(length.to_le_bytes());
        bytes.extend([0x84, SEQUENCE]);
    }
    bytes.reverse();
    assert_eq!(message(&bytes), Err(NotMessage::TooDeep));
}

proptest! {
    #[test]
    fn anything_is_a_message_or_not_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let bytes = [&[SEQUENCE], &bytes[..]].concat();
        if let Ok(Some(length)) = message(&bytes) {
            prop_assert!(length <= bytes.len());
            // What passes here, the parser behind reads to the last byte.
            let parsed = ldap3::asn1::parse_tag(&bytes[..length]);
            prop_assert!(parsed.is_ok_and(|(rest, _)| rest.is_empty()));
        }
    }

    #[test]
    fn what_the_library_writes_passes(values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..20)) {
        let element = |tag: u8, content: &[u8]| {
            [&[tag, 0x84][..], &(content.len() as u32).to_be_bytes(), content].concat()
        };
        let values: Vec<u8> = values.iter().flat_map(|value| element(0x04, value)).collect();
        let whole = element(SEQUENCE, &element(0x64, &element(0x31, &values)));
        prop_assert_eq!(message(&whole), Ok(Some(whole.len())));
    }
}
