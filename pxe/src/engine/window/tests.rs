use super::*;

fn content(len: usize) -> Vec<u8> {
    (0..len)
        .map(|index| u8::try_from(index % 251).unwrap())
        .collect()
}

/// All packets of a source, asked for in windows of `window`.
fn all(block: u16, bytes: &[u8], window: u64) -> Vec<Vec<u8>> {
    let source = Source::Memory(bytes.to_vec());
    let size = bytes.len() as u64;
    let mut packets = Vec::new();
    let mut run = Window::new(block, size);
    let last = size / u64::from(block) + 1;
    let mut next = 1;
    while next <= last {
        let wanted = window.min(last + 1 - next);
        let stride = run.stride();
        let (found, given) = run.packets(&source, next, wanted).unwrap();
        assert!((1..=wanted).contains(&given));
        packets.extend(found.chunks(stride).map(<[u8]>::to_vec));
        next += given;
    }
    packets
}

#[test]
fn the_packets_of_any_file_are_its_bytes_in_order() {
    for block in [8_u16, 512, 1468, 8192, 65464] {
        for len in [
            0,
            1,
            7,
            8,
            511,
            512,
            513,
            1468 * 44,
            1468 * 100 + 3,
            65464,
            200_000,
        ] {
            for window in [1, 4, 64] {
                let bytes = content(len);
                let packets = all(block, &bytes, window);
                assert_eq!(
                    packets.len(),
                    len / usize::from(block) + 1,
                    "{block} {len} {window}"
                );
                let mut joined = Vec::new();
                for (index, packet) in packets.iter().enumerate() {
                    let number = u16::try_from((index + 1) % 65536).unwrap();
                    assert_eq!(packet[..4], data_head(number));
                    joined.extend_from_slice(&packet[4..]);
                }
                assert_eq!(joined, bytes, "{block} {len} {window}");
            }
        }
    }
}

#[test]
fn an_earlier_window_can_be_asked_for_again() {
    let bytes = content(1_000_000);
    let source = Source::Memory(bytes.clone());
    let mut run = Window::new(1468, 1_000_000);
    for first in [1, 100, 40, 101, 2, 682] {
        let (packets, _) = run.packets(&source, first, 1).unwrap();
        let offset = usize::try_from(first - 1).unwrap() * 1468;
        assert_eq!(
            packets[4..],
            bytes[offset..(offset + 1468).min(bytes.len())],
            "{first}"
        );
    }
}

#[test]
fn memory_stays_bounded() {
    let source = Source::Memory(content(10_000_000));
    for block in [8_u16, 512, 1468, 32768, 65464] {
        let mut run = Window::new(block, 10_000_000);
        run.packets(&source, 1, 65535).unwrap();
        assert!(
            run.bytes.capacity() <= 65_536 + 4,
            "{block}: {}",
            run.bytes.capacity()
        );
    }
}

#[test]
fn a_file_that_became_shorter_is_an_error() {
    let source = Source::Memory(content(1000));
    assert!(Window::new(512, 5000).packets(&source, 1, 1).is_err());
}
