use proptest::prelude::*;

use super::*;

#[test]
fn an_element_is_read_with_every_form_of_length() {
    let mut long = vec![0x04, 0x81, 0x80];
    long.extend([7; 128]);
    let mut reader = Reader::new(&long);
    assert_eq!(reader.expect(OCTET_STRING).unwrap(), [7; 128]);
    assert!(reader.is_empty());
    assert_eq!(
        Reader::new(&[0x04, 0x00]).expect(OCTET_STRING).unwrap(),
        b""
    );
}

#[test]
fn what_is_not_der_is_refused() {
    let cases: &[(&[u8], &str)] = &[
        (&[], "nothing"),
        (&[0x04], "no length"),
        (&[0x04, 0x05, 1], "cut off"),
        (&[0x04, 0x80, 0, 0], "indefinite length"),
        (
            &[0x04, 0x81, 0x05, 1, 2, 3, 4, 5],
            "length longer than needed",
        ),
        (&[0x04, 0x82, 0x00, 0x80], "leading zero in the length"),
        (&[0x04, 0x85, 1, 0, 0, 0, 0], "length of five bytes"),
        (&[0x1f, 0x81, 0x01, 0], "tag of two bytes"),
        (&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff], "four gigabytes"),
    ];
    for (bytes, what) in cases {
        assert!(Reader::new(bytes).any().is_err(), "{what}");
    }
}

#[test]
fn integers_keep_their_sign() {
    for (bytes, value) in [
        (&[0x00][..], 0),
        (&[0x7f], 127),
        (&[0xff], -1),
        (&[0x80], -128),
        (&[0x00, 0xff, 0xff, 0xff, 0xff], 0xffff_ffff),
        (&[0x80, 0, 0, 0], i64::from(i32::MIN)),
    ] {
        assert_eq!(integer(bytes), Ok(value));
    }
    assert!(integer(&[]).is_err());
    assert!(integer(&[1; 6]).is_err());
}

proptest! {
    #[test]
    fn reading_anything_ends_and_gives_only_what_is_there(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut reader = Reader::new(&bytes);
        let mut content = 0;
        while let Ok((_, inside)) = reader.any() {
            content += inside.len() + 2;
        }
        prop_assert!(content <= bytes.len());
    }
}
