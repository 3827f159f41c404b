use dhcproto::{Decodable as _, Decoder, v4};
use proptest::prelude::*;

use super::*;

fn packet(options: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; FIXED];
    bytes[0] = 1;
    bytes[1] = 1;
    bytes[2] = 6;
    bytes[28..34].copy_from_slice(&[0x52, 0x54, 0, 0x99, 0, 0x10]);
    bytes[236..].copy_from_slice(&COOKIE);
    bytes.extend_from_slice(options);
    bytes
}

fn parsed(options: &[u8]) -> Message {
    Message::parse(&packet(options)).unwrap()
}

#[test]
fn a_hardware_address_longer_than_its_field_is_cut_not_believed() {
    for hlen in [17, 100, 255] {
        let mut bytes = packet(&[53, 1, 1, 255]);
        bytes[2] = hlen;
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.chaddr.as_bytes().len(), 16);
        assert_eq!(message.message_type(), Some(MessageType::Discover));
    }
}

#[test]
fn no_odd_option_hides_a_later_one() {
    let odd: &[(&str, &[u8])] = &[
        ("a host name in Latin-1", &[12, 4, 0xe4, 0xf6, 0xfc, 0xff]),
        ("two addresses in 150", &[150, 8, 10, 0, 0, 1, 10, 0, 0, 2]),
        ("94 of two bytes", &[94, 2, 1, 2]),
        ("empty 93 before", &[12, 0]),
        ("77 without length bytes", &[77, 4, b'i', b'P', b'X', b'E']),
        ("80 of five bytes", &[80, 5, 1, 2, 3, 4, 5]),
        ("81 of one byte", &[81, 1, 0]),
        ("pads", &[0, 0, 0]),
    ];
    for (what, bytes) in odd {
        let message = parsed(
            &[
                &[53, 1, 3],
                *bytes,
                &[93, 2, 0, 7, 60, 3, b'P', b'X', b'E', 255],
            ]
            .concat(),
        );
        assert_eq!(message.options.get(93), Some(&[0, 7][..]), "{what}");
        assert_eq!(message.options.get(60), Some(&b"PXE"[..]), "{what}");
        assert_eq!(message.message_type(), Some(MessageType::Request), "{what}");
    }
}

#[test]
fn a_split_option_is_one_value_even_when_others_stand_between() {
    let message = parsed(&[43, 2, b'a', b'b', 53, 1, 1, 43, 1, b'c', 255]);
    assert_eq!(message.options.get(43), Some(&b"abc"[..]));
}

#[test]
fn overloaded_fields_hold_options_and_no_names() {
    let mut bytes = packet(&[53, 1, 1, 52, 1, 3, 255]);
    bytes[FILE][..6].copy_from_slice(&[93, 2, 0, 7, 255, 1]);
    bytes[SNAME][..5].copy_from_slice(&[60, 2, b'P', b'X', 255]);
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.options.get(93), Some(&[0, 7][..]));
    assert_eq!(message.options.get(60), Some(&b"PX"[..]));
    assert!(message.file.is_empty() && message.sname.is_empty());
}

#[test]
fn an_option_that_runs_past_the_end_is_dropped_alone() {
    let message = parsed(&[53, 1, 1, 93, 2, 0, 7, 60, 200, b'P']);
    assert_eq!(message.options.get(93), Some(&[0, 7][..]));
    assert_eq!(message.options.get(60), None);
}

#[test]
fn what_is_no_dhcp_is_refused() {
    assert_eq!(Message::parse(&[]), Err(Malformed::Short));
    assert_eq!(Message::parse(&packet(&[])[..239]), Err(Malformed::Short));
    let mut bytes = packet(&[]);
    bytes[0] = 3;
    assert_eq!(Message::parse(&bytes), Err(Malformed::Op));
    let mut bytes = packet(&[]);
    bytes[237] = 0;
    assert_eq!(Message::parse(&bytes), Err(Malformed::Cookie));
    assert_eq!(parsed(&[53, 1, 0, 255]).message_type(), None);
    assert_eq!(parsed(&[53, 2, 1, 1, 255]).message_type(), None);
    assert_eq!(parsed(&[255]).message_type(), None);
}

#[test]
fn an_answer_lies_where_the_rfc_puts_every_field() {
    let mut reply = parsed(&[53, 1, 1, 255]).reply(MessageType::Offer);
    reply.yiaddr = Ipv4Addr::new(10, 0, 0, 9);
    reply.siaddr = Ipv4Addr::new(10, 0, 0, 5);
    reply.sname = b"10.0.0.5".to_vec();
    reply.file = br"\boot\x86\wdsnbp.com".to_vec();
    reply.options.set(
        options::BOOT_FILE_NAME,
        b"\\boot\\x86\\wdsnbp.com\0".to_vec(),
    );
    reply
        .options
        .set(options::RELAY_AGENT_INFORMATION, vec![1, 1, 7]);
    reply
        .options
        .set(options::TFTP_SERVER_NAME, b"10.0.0.5".to_vec());
    let (bytes, left_out) = reply.emit(DEFAULT_LONGEST);
    assert!(left_out.is_empty());
    assert_eq!(bytes.len(), SHORTEST);
    assert_eq!(bytes[16..20], [10, 0, 0, 9]);
    assert_eq!(bytes[20..24], [10, 0, 0, 5]);
    assert_eq!(&bytes[44..53], b"10.0.0.5\0");
    assert_eq!(&bytes[108..129], b"\\boot\\x86\\wdsnbp.com\0");
    assert_eq!(bytes[236..240], COOKIE);
    assert_eq!(bytes[240..243], [53, 1, 2]);
    assert_eq!(bytes[243..245], [67, 21]);
    let last = bytes.iter().rposition(|byte| *byte == END).unwrap();
    assert_eq!(bytes[last - 5..last], [82, 3, 1, 1, 7]);

    // Somebody else's decoder agrees.
    let other = v4::Message::decode(&mut Decoder::new(&bytes)).unwrap();
    assert_eq!(other.yiaddr(), reply.yiaddr);
    assert_eq!(other.opts().msg_type(), Some(MessageType::Offer));
    assert_eq!(
        other.opts().get(v4::OptionCode::BootfileName),
        Some(&v4::DhcpOption::BootfileName(
            b"\\boot\\x86\\wdsnbp.com\0".to_vec()
        ))
    );
}

#[test]
fn the_header_fields_always_end_with_a_nul() {
    let mut reply = parsed(&[53, 1, 1, 255]).reply(MessageType::Offer);
    reply.file = vec![b'f'; 300];
    reply.sname = vec![b's'; 300];
    let (bytes, _) = reply.emit(LONGEST);
    assert_eq!(bytes[107], 0);
    assert_eq!(bytes[235], 0);
    assert_eq!(bytes[236..240], COOKIE);
}

#[test]
fn options_that_do_not_fit_are_left_out_and_named_but_never_the_relays() {
    let mut reply = parsed(&[53, 1, 1, 255]).reply(MessageType::Ack);
    reply
        .options
        .set(options::RELAY_AGENT_INFORMATION, vec![9; 200]);
    reply.options.set(200, vec![1; 60]);
    reply.options.set(201, vec![1; 200]);
    reply.options.set(202, vec![1; 5]);
    let (bytes, left_out) = reply.emit(0);
    assert!(bytes.len() <= DEFAULT_LONGEST);
    assert_eq!(left_out, [201]);
    let again = Message::parse(&bytes).unwrap();
    assert_eq!(again.options.get(82), Some(&[9; 200][..]));
    assert_eq!(again.options.get(202), Some(&[1; 5][..]));
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..900)) {
        let _ = Message::parse(&bytes);
    }

    #[test]
    fn no_options_make_the_parser_panic(
        head in proptest::collection::vec(any::<u8>(), 236),
        tail in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let mut bytes = head;
        bytes[0] = 1;
        bytes.extend(COOKIE);
        bytes.extend(tail);
        let message = Message::parse(&bytes).unwrap();
        let _ = message.chaddr.to_string();
        let total: usize = message.options.iter().map(|(_, value)| value.len()).sum();
        prop_assert!(total <= bytes.len());
    }

    #[test]
    fn what_is_emitted_is_read_back(
        options in proptest::collection::btree_map(1_u8..255, proptest::collection::vec(any::<u8>(), 0..40), 0..12),
    ) {
        let mut reply = parsed(&[53, 1, 1, 255]).reply(MessageType::Ack);
        for (code, value) in options.iter().filter(|(code, _)| ![52, 53].contains(*code)) {
            reply.options.set(*code, value.clone());
        }
        let (bytes, left_out) = reply.emit(LONGEST);
        prop_assert!(left_out.is_empty());
        prop_assert!(bytes.len() >= SHORTEST);
        let again = Message::parse(&bytes).unwrap();
        for (code, value) in reply.options.iter() {
            prop_assert_eq!(again.options.get(code), Some(value));
        }
    }
}
