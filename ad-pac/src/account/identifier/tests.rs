use proptest::prelude::*;

use super::*;

#[test]
fn a_guid_is_shown_with_its_first_three_fields_turned_round() {
    let stored: Vec<u8> = (0..16).collect();
    let guid = Guid::from_bytes(&stored).unwrap();
    assert_eq!(guid.to_string(), "03020100-0504-0706-0809-0a0b0c0d0e0f");
    assert_eq!(Guid::parse(&guid.to_string()), Ok(guid));
}

#[test]
fn what_is_no_guid_is_refused() {
    for text in [
        "",
        "03020100-0504-0706-0809-0a0b0c0d0e0",
        "03020100-0504-0706-0809-0a0b0c0d0e0g",
    ] {
        assert_eq!(Guid::parse(text), Err(NotIdentifier), "{text}");
    }
    assert_eq!(Guid::from_bytes(&[0; 15]), Err(NotIdentifier));
}

#[test]
fn a_sid_is_read_from_bytes_and_text() {
    let bytes = [
        1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x51, 4, 0, 0,
    ];
    let sid = Sid::from_bytes(&bytes).unwrap();
    assert_eq!(sid.to_string(), "S-1-5-21-1-2-3-1105");
    assert_eq!(Sid::parse("S-1-5-21-1-2-3-1105"), Ok(sid.clone()));
    assert_eq!(sid.relative_id(), Some(1105));
    assert_eq!(sid.domain().unwrap().to_string(), "S-1-5-21-1-2-3");
}

#[test]
fn what_is_no_sid_is_refused() {
    for text in [
        "S-2-5-21",
        "S-1-",
        "S-1-5-",
        "S-1-5-x",
        "S-1-5-4294967296",
        "S-1-+5",
        "nfs01",
    ] {
        assert_eq!(Sid::parse(text), Err(NotIdentifier), "{text}");
    }
    for bytes in [
        &[][..],
        &[1, 1, 0, 0, 0, 0, 0, 5],
        &[2, 0, 0, 0, 0, 0, 0, 5],
    ] {
        assert_eq!(Sid::from_bytes(bytes), Err(NotIdentifier), "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn every_guid_survives_its_text(bytes: [u8; 16]) {
        let guid = Guid(bytes);
        prop_assert_eq!(Guid::parse(&guid.to_string()), Ok(guid));
    }

    #[test]
    fn reading_a_sid_never_panics(bytes: Vec<u8>, text in "\\PC{0,60}") {
        let _ = Sid::from_bytes(&bytes);
        let _ = Sid::parse(&text);
    }
}
