use proptest::prelude::*;

use super::*;

#[test]
fn a_request_with_options_is_read() {
    let packet = b"\0\x01boot\\x64\\f.efi\0OCTET\0BLKSIZE\x001468\0tsize\x000\0windowsize\x004\0";
    let Ok(Packet::Request(request)) = parse(packet) else {
        panic!()
    };
    assert!(!request.write);
    assert_eq!(request.name, b"boot\\x64\\f.efi");
    assert_eq!(request.mode, Mode::Octet);
    assert_eq!(
        request.options,
        [
            (&b"BLKSIZE"[..], &b"1468"[..]),
            (b"tsize", b"0"),
            (b"windowsize", b"4")
        ]
    );
}

#[test]
fn padding_after_the_options_is_tolerated() {
    let Ok(Packet::Request(request)) = parse(b"\0\x01f\0octet\0blksize\x00512\0\0\0\0x") else {
        panic!()
    };
    assert_eq!(request.options, [(&b"blksize"[..], &b"512"[..])]);
}

#[test]
fn what_is_wrong_is_named() {
    for (bytes, expected) in [
        (&b""[..], Malformed::Truncated),
        (b"\0", Malformed::Truncated),
        (b"\0\x01name", Malformed::Truncated),
        (b"\0\x01name\0octet", Malformed::Truncated),
        (b"\0\x01\0octet\0", Malformed::Name),
        (b"\0\x01name\0mail\0", Malformed::Mode),
        (b"\0\x04\0", Malformed::Truncated),
        (b"\0\x07\0\0", Malformed::Opcode),
    ] {
        assert_eq!(parse(bytes), Err(expected), "{bytes:?}");
    }
    let long = [
        b"\0\x01".to_vec(),
        vec![b'a'; NAME_MAX + 1],
        b"\0octet\0".to_vec(),
    ]
    .concat();
    assert_eq!(parse(&long), Err(Malformed::Name));
}

#[test]
fn what_is_emitted_is_read_back() {
    let options = [("tsize", "5".to_owned()), ("blksize", "1468".to_owned())];
    assert_eq!(
        parse(&option_ack(&options)),
        Ok(Packet::OptionAck(vec![
            (b"tsize", b"5"),
            (b"blksize", b"1468")
        ]))
    );
    assert_eq!(parse(&ack(65535)), Ok(Packet::Ack(65535)));
    assert_eq!(
        parse(&error(Code::NotFound, "no\0pe")),
        Ok(Packet::Error(1, b"nope"))
    );
    assert_eq!(parse(&data_head(7)), Ok(Packet::Data(7, b"")));
    let bytes = read_request(b"f", &options);
    let Ok(Packet::Request(request)) = parse(&bytes) else {
        panic!()
    };
    assert_eq!(request.options.len(), 2);
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_tail_of_a_request_makes_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..700), opcode in 1_u8..8) {
        let _ = parse(&[&[0, opcode], &bytes[..]].concat());
    }
}
