use proptest::prelude::*;

use super::super::ticket::tests::{element, field};
use super::*;

fn data(kind: u8, content: &[u8]) -> Vec<u8> {
    let fields = [
        field(0, der::INTEGER, &[0, kind]),
        field(1, der::OCTET_STRING, content),
    ]
    .concat();
    element(der::SEQUENCE, &fields)
}

pub(in crate::kerberos) fn a_pac() -> Vec<u8> {
    let mut bytes = [2u32, 0].map(u32::to_le_bytes).concat();
    for (kind, size, offset) in [(1u32, 16u32, 40u32), (10, 8, 56)] {
        bytes.extend([kind, size, offset, 0].map(u32::to_le_bytes).concat());
    }
    bytes.extend([0xaa; 24]);
    bytes
}

/// The content of an AuthorizationData with a PAC where KDCs put it.
pub(in crate::kerberos) fn with_pac() -> Vec<u8> {
    data(1, &element(der::SEQUENCE, &data(128, &a_pac())))
}

#[test]
fn a_pac_inside_if_relevant_is_found_with_its_parts() {
    let found = Authorization::parse(&[with_pac(), data(64, b"x")].concat()).unwrap();
    let listed: Vec<_> = found
        .elements
        .iter()
        .map(|element| (element.depth, element.name()))
        .collect();
    assert_eq!(
        listed,
        [
            (0, Some("AD-IF-RELEVANT")),
            (1, Some("AD-WIN2K-PAC")),
            (0, Some("OSF-DCE"))
        ]
    );
    let pac = found.pac.unwrap();
    assert_eq!(pac.bytes, a_pac().len());
    let names: Vec<_> = pac
        .buffers
        .iter()
        .map(|buffer| (buffer.name(), buffer.bytes))
        .collect();
    assert_eq!(
        names,
        [(Some("logon information"), 16), (Some("client name"), 8)]
    );
}

#[test]
fn none_means_none() {
    assert_eq!(Authorization::parse(&[]), Ok(Authorization::default()));
}

#[test]
fn nesting_has_a_bottom() {
    let mut inner = data(64, b"");
    for _ in 0..20 {
        inner = data(1, &element(der::SEQUENCE, &inner));
    }
    assert_eq!(
        Authorization::parse(&inner),
        Err(Malformed("authorization data nested too deep"))
    );
}

#[test]
fn a_pac_whose_table_points_outside_is_refused() {
    let mut outside = a_pac();
    outside[12] = 0xff; // the size of the first buffer
    assert!(pac(&outside).is_err());
    let mut far = a_pac();
    far[16..24].fill(0xff); // its offset
    assert!(pac(&far).is_err());
    let mut many = a_pac();
    many[0..4].fill(0xff);
    assert!(pac(&many).is_err());
    assert!(pac(&[]).is_err());
}

#[test]
fn the_tables_are_sorted_and_without_doubles() {
    assert!(TYPES.is_sorted_by_key(|(kind, _)| kind));
    assert!(BUFFERS.is_sorted_by_key(|(kind, _)| kind));
}

proptest! {
    #[test]
    fn parsing_anything_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Authorization::parse(&bytes);
        let _ = pac(&bytes);
    }
}
