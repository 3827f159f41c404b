//! Packets that no client should send: right ones, made wrong by chance.
#![allow(dead_code, reason = "every test file uses its part")]

use std::net::{Ipv4Addr, UdpSocket};

use workspace_tests::dhcp::{DISCOVER, REQUEST, Request};
use workspace_tests::netns::Host;
use workspace_tests::random::Random;

/// Their source, the same again for the same number.
pub(crate) struct Mutants {
    server: Ipv4Addr,
    seeds: Vec<(u16, Vec<u8>)>,
    random: Random,
}

impl Mutants {
    pub(crate) fn new(server: Ipv4Addr, number: u64) -> Self {
        Mutants {
            server,
            seeds: seeds(server),
            random: Random::new(number),
        }
    }

    /// Sends so many from a host.
    pub(crate) fn throw(&mut self, host: &Host, packets: u64) {
        host.within(|| {
            let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
            for _ in 0..packets {
                let at = self.random.below(self.seeds.len());
                let (port, mut packet) = self.seeds[at].clone();
                mutate(&mut packet, &mut self.random);
                // A closed port answers an earlier packet with an error.
                let _ = socket.send_to(&packet, (self.server, port));
            }
        })
        .unwrap();
    }
}

/// Packets that are right, to be made wrong.
fn seeds(server: Ipv4Addr) -> Vec<(u16, Vec<u8>)> {
    let mac = [2, 0, 0, 0, 1, 1];
    let mut seeds = Vec::new();
    for architecture in [0, 6, 7, 9, 11, 16] {
        for (port, kind) in [(67, DISCOVER), (67, REQUEST), (4011, REQUEST)] {
            let request = Request::new(kind, mac, 0x1234_5678)
                .as_firmware(architecture)
                .with(50, &[10, 20, 0, 100])
                .with(54, &server.octets())
                .with(77, b"iPXE")
                .with(82, &[1, 4, 1, 2, 3, 4, 2, 2, 9, 9])
                .with(12, b"host\xe9")
                .finish();
            seeds.push((port, request));
        }
    }
    for kind in [4, 7, 8] {
        let request = Request::new(kind, mac, 1).with(50, &[10, 20, 0, 100]);
        seeds.push((67, request.finish()));
    }
    // An underscore stands for NUL.
    for request in [
        &b"_\x01program_octet_blksize_1468_windowsize_4_tsize_0_"[..],
        b"_\x01\\boot\\x86\\program_netascii_timeout_1_",
        b"_\x02upload_octet_",
        b"_\x04_\x01",
        b"_\x05_\x08no_",
    ] {
        let request = request.iter().map(|b| if *b == b'_' { 0 } else { *b });
        seeds.push((69, request.collect()));
    }
    seeds
}

fn mutate(packet: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        if packet.is_empty() {
            packet.push(random.byte());
        }
        let at = random.below(packet.len());
        match random.below(7) {
            0 => packet[at] = random.byte(),
            1 => packet[at] = [0, 255, 128, 1][random.below(4)],
            2 => packet.truncate(at),
            3 => packet.insert(at, random.byte()),
            4 => {
                let tail: Vec<u8> = packet[at..].iter().copied().take(64).collect();
                packet.extend(tail);
            }
            5 => packet[at] ^= 1 << random.below(8),
            // The lengths of address and options are what parsers trust.
            _ => {
                let at = if packet.len() > 240 {
                    [2, 240, 241, 243][random.below(4)]
                } else {
                    at
                };
                if let Some(byte) = packet.get_mut(at) {
                    *byte = random.byte();
                }
            }
        }
    }
    packet.truncate(1_400);
}
