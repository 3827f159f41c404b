use super::*;

fn address(text: &str) -> SocketAddrV4 {
    text.parse().unwrap()
}

/// As the kernel would complete it.
fn packet(payload: &[u8]) -> Vec<u8> {
    let mut packet = emit(payload, address("10.0.0.1:67"), address("10.0.0.9:68")).unwrap();
    let len = u16::try_from(packet.len()).unwrap();
    packet[2..4].copy_from_slice(&len.to_be_bytes());
    packet
}

#[test]
fn what_is_emitted_is_parsed_and_its_checksum_holds() {
    for payload in [&b""[..], b"odd", b"even", &[0xff; 1400]] {
        let packet = packet(payload);
        let datagram = parse(&packet).unwrap();
        assert_eq!(datagram.source, address("10.0.0.1:67"));
        assert_eq!(datagram.destination, address("10.0.0.9:68"));
        assert_eq!(&packet[datagram.start..][..datagram.len], payload);
        // RFC 1071: with its checksum in place the sum is all ones.
        let len = &packet[24..26];
        assert_eq!(sum(&[&packet[12..], &[&[0, 17], len].concat()]), 0xffff);
    }
}

#[test]
fn no_packet_that_is_cut_or_lies_reaches_beyond_its_end() {
    let whole = packet(b"some payload");
    for len in 0..whole.len() {
        if let Some(datagram) = parse(&whole[..len]) {
            assert!(datagram.start + datagram.len <= len);
        }
    }
    for at in 0..whole.len() {
        for value in 0..=255 {
            let mut lie = whole.clone();
            lie[at] = value;
            if let Some(datagram) = parse(&lie) {
                assert!(datagram.start + datagram.len <= lie.len());
            }
        }
    }
}

#[test]
fn fragments_and_other_protocols_are_not_taken() {
    let mut fragment = packet(b"x");
    fragment[6] = 0x20;
    assert_eq!(parse(&fragment), None);
    let mut tcp = packet(b"x");
    tcp[9] = 6;
    assert_eq!(parse(&tcp), None);
}
