//! A million packets that no client should send, at the running daemon: it
//! stays up, its memory stays bounded, and whoever asks properly is served.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod mutation;
mod scene;

use std::process::Command;

use mutation::Mutants;
use scene::{SERVER, Scene, ask};
use workspace_tests::dhcp::{DISCOVER, OFFER, Request};
use workspace_tests::load::usage;

const PACKETS: u64 = 1_000_000;
/// After so many an honest client has to be served.
const ROUND: u64 = 50_000;
/// What the daemon may have grown by in the end.
const GROWTH_KIB: u64 = 64 << 10;

/// The mutants take the whole pool; who has an address of their own is served.
const RESERVED: &str = "[[client]]\nmac = \"02:00:00:09:00:01\"\naddress = \"10.20.0.77\"\n";

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
    let mut mutants = Mutants::new(SERVER, 0x9e37_79b9_7f4a_7c15);
    for round in 0..PACKETS / ROUND {
        mutants.throw(&attacker, ROUND);
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
