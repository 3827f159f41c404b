//! A million packets that no client should send, at the running daemon: it
//! stays up, its memory stays bounded, and whoever asks properly is served.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::net::UdpSocket;
use std::process::Command;

use scene::{SERVER, Scene, ask};
use workspace_tests::dhcp::{DISCOVER, OFFER, REQUEST, Request};
use workspace_tests::load::usage;
use workspace_tests::netns::Host;

const PACKETS: u64 = 1_000_000;
/// After so many an honest client has to be served.
const ROUND: u64 = 50_000;
/// What the daemon may have grown by in the end.
const GROWTH_KIB: u64 = 64 << 10;

/// The mutants take the whole pool; who has an address of their own is served.
const RESERVED: &str = "[[client]]\nmac = \"02:00:00:09:00:01\"\naddress = \"10.20.0.77\"\n";

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }
}

/// Packets that are right, to be made wrong.
fn seeds() -> Vec<(u16, Vec<u8>)> {
    let mac = [2, 0, 0, 0, 1, 1];
    let mut seeds = Vec::new();
    for architecture in [0, 6, 7, 9, 11, 16] {
        for (port, kind) in [(67, DISCOVER), (67, REQUEST), (4011, REQUEST)] {
            let request = Request::new(kind, mac, 0x1234_5678)
                .as_firmware(architecture)
                .with(50, &[10, 20, 0, 100])
                .with(54, &SERVER.octets())
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

fn throw(host: &Host, seeds: &[(u16, Vec<u8>)], random: &mut Random) {
    host.within(|| {
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        for _ in 0..ROUND {
            let (port, mut packet) = seeds[random.below(seeds.len())].clone();
            mutate(&mut packet, random);
            // A closed port answers an earlier packet with an error.
            let _ = socket.send_to(&packet, (SERVER, port));
        }
    })
    .unwrap();
}

#[test]
fn a_million_mutated_packets_leave_the_daemon_serving() {
    let scene = Scene::new();
    scene.file("program", &[7; 5_000]);
    let config = scene
        .full("bios = 'program'\nuefi-x64 = 'program'", RESERVED)
        .replace("[dhcp]\n", "[dhcp]\nanswers-per-second = 1000000\n");
    let mut serve = scene.serve(&config, &[67, 69]);
    let attacker = scene.lan.host("attacker", "10.20.0.66/24").unwrap();
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let before = usage::anonymous_kib(serve.process.id()).unwrap();
    let seeds = seeds();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..PACKETS / ROUND {
        throw(&attacker, &seeds, &mut random);
        assert!(
            serve.process.is_running().unwrap(),
            "it died in round {round}:\n{}",
            serve.process.output()
        );
        let request = Request::new(DISCOVER, [2, 0, 0, 9, 0, 1], u32::try_from(round).unwrap());
        let offer = ask(
            &client,
            request.by_broadcast().as_firmware(0).finish(),
            &serve,
        );
        assert_eq!(offer.kind(), OFFER);
        assert_eq!(offer.file(), b"program");
    }
    let mut command = Command::new("curl");
    command.args(["-sS", "-m", "20", &format!("tftp://{SERVER}/program")]);
    let output = client.output(&mut command).unwrap();
    assert!(output.stdout == [7; 5_000], "{output:?}");
    let grown = usage::anonymous_kib(serve.process.id())
        .unwrap()
        .saturating_sub(before);
    assert!(grown < GROWTH_KIB, "it grew by {grown} KiB");
    let said = serve.process.output();
    assert!(!said.contains("panicked"), "{said}");
}
