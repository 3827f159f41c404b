//! Captures put together byte by byte.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use super::*;

/// An IPv4 packet with a UDP datagram from 10.0.0.1:67 to 10.0.0.2:68.
fn ip(data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(28 + data.len()).unwrap();
    let mut bytes = vec![0x45, 0];
    bytes.extend(len.to_be_bytes());
    bytes.extend([
        0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 67, 0, 68,
    ]);
    bytes.extend((len - 20).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(data);
    bytes
}

fn pcap(link: u32, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0xffff, link] {
        file.extend(u32::to_le_bytes(word));
    }
    for (index, frame) in frames.iter().enumerate() {
        let len = u32::try_from(frame.len()).unwrap();
        for word in [100 + u32::try_from(index).unwrap(), 5, len, len] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

/// The payloads of the UDP datagrams.
fn datagrams(file: &[u8]) -> (Vec<Vec<u8>>, Result<Summary, Unreadable>) {
    let mut found = Vec::new();
    let summary = read(file, |packet| {
        assert_eq!(packet.source.to_string(), "10.0.0.1:67");
        assert_eq!(packet.destination.to_string(), "10.0.0.2:68");
        if let Payload::Udp(data) = packet.payload {
            found.push(data.to_vec());
        }
    });
    (found, summary)
}

fn framed(head: &[u8]) -> Vec<u8> {
    [head, &ip(b"hello")].concat()
}

#[test]
fn a_datagram_is_found_below_every_link_type() {
    let ethernet = [&[0; 12][..], &[8, 0]].concat();
    let vlan = [&[0; 12][..], &[0x81, 0, 0, 7, 8, 0]].concat();
    let two_vlans = [&[0; 12][..], &[0x88, 0xa8, 0, 7, 0x81, 0, 0, 8, 8, 0]].concat();
    let cooked = [&[0; 14][..], &[8, 0]].concat();
    let cooked_2 = [&[8, 0][..], &[0; 18]].concat();
    for (link, head) in [
        (1, ethernet),
        (1, vlan),
        (1, two_vlans),
        (113, cooked),
        (276, cooked_2),
        (101, vec![]),
        (228, vec![]),
        (0, vec![2, 0, 0, 0]),
    ] {
        let (found, summary) = datagrams(&pcap(link, &[framed(&head)]));
        assert_eq!(found, [b"hello"], "link type {link}");
        assert_eq!(summary.unwrap().packets, 1);
    }
}

#[test]
fn pcapng_is_read_with_its_clock() {
    let block = |kind: u32, body: &[u8]| {
        let len = u32::try_from(12 + body.len()).unwrap().to_le_bytes();
        [&kind.to_le_bytes()[..], &len, body, &len].concat()
    };
    let section = [
        &0x1a2b_3c4d_u32.to_le_bytes()[..],
        &[1, 0, 0, 0],
        &[0xff; 8],
    ]
    .concat();
    // Raw IP, nanoseconds (if_tsresol 9).
    let interface = [101, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    let mut frame = ip(b"hello");
    let len = u32::try_from(frame.len()).unwrap().to_le_bytes();
    frame.resize(frame.len().next_multiple_of(4), 0);
    let packet = [
        &[0; 4][..],
        &[0; 4],
        &7_u32.to_le_bytes(),
        &len,
        &len,
        &frame,
    ]
    .concat();
    let file = [
        block(0x0a0d_0d0a, &section),
        block(1, &interface),
        block(6, &packet),
    ]
    .concat();
    let mut seen = Vec::new();
    let summary = read(&file[..], |packet| seen.push((packet.at, packet.number))).unwrap();
    assert_eq!(seen, [(7, 1)]);
    assert_eq!(summary.packets, 1);
    assert!(!summary.cut);
}

#[test]
fn a_cut_end_keeps_what_came_before_it() {
    let whole = pcap(101, &[ip(b"one"), ip(b"two")]);
    let (found, summary) = datagrams(&whole[..whole.len() - 3]);
    assert_eq!(found, [b"one"]);
    assert!(summary.unwrap().cut);
}

#[test]
fn what_is_no_capture_is_told_and_damage_has_its_place() {
    assert!(matches!(
        read(&b"#!ipxe\nchain http://x\n"[..], |_| ()),
        Err(Unreadable::Foreign)
    ));
    assert!(matches!(read(&b""[..], |_| ()), Err(Unreadable::Foreign)));
    let mut file = pcap(101, &[ip(b"one"), ip(b"two")]);
    let second = 24 + 16 + ip(b"one").len();
    file[second + 8..second + 12].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    match datagrams(&file) {
        (found, Err(Unreadable::Damaged { offset, .. })) => {
            assert_eq!(found, [b"one"]);
            assert_eq!(offset, second);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_link_type_that_is_not_read_is_counted() {
    let (_, summary) = datagrams(&pcap(127, &[vec![0; 40], vec![0; 40]]));
    assert_eq!(summary.unwrap().unknown_links, [(127, 2)]);
}

#[test]
fn a_refused_port_is_told_by_the_ends_of_what_was_sent() {
    let quoted = ip(b"hello");
    let mut packet = ip(&[]);
    packet.truncate(20);
    packet[9] = 1;
    packet.extend([3, 3, 0, 0, 0, 0, 0, 0]);
    packet.extend(&quoted[..28]);
    let len = u16::try_from(packet.len()).unwrap().to_be_bytes();
    packet[2..4].copy_from_slice(&len);
    let mut seen = Vec::new();
    read(&pcap(101, &[packet])[..], |packet| {
        seen.push((
            packet.destination.port(),
            packet.payload == Payload::Unreachable,
        ));
    })
    .unwrap();
    assert_eq!(seen, [(68, true)]);
}
