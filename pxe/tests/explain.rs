//! `pxe explain` as a user runs it, on a machine without the server's
//! interface.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use pxe::firmware::Speaker;
use pxe::wire::arch::Architecture;
use pxe::wire::dhcp::{HardwareAddress, LONGEST, Message};
use serde_json::Value;
use tempfile::TempDir;

const CONFIG: &str = r#"interface = "lan0"
[tftp]
root = "/srv/tftp"
[boot]
bios = 'pxelinux.0'
uefi-x64 = '\boot\x64\wdsmgfw.efi'
[dhcp]
mode = "full"
leases = "/var/lib/pxe/leases"
[dhcp.pool]
range = "10.20.0.100-10.20.0.150"
router = "10.20.0.1"
[[client]]
name = "kiosk"
mac = "52:54:01:*"
local-disk = true
[[client]]
name = "lab"
mac = "52:54:00:*"
boot = { bios = 'lab.0' }
"#;

struct Scene(TempDir);

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("pxe.toml"), CONFIG).unwrap();
        Scene(folder)
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_pxe"))
            .args(["explain", "-c", "pxe.toml"])
            .args(args)
            .env_remove("PXE_CONFIG")
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    fn explain(&self, args: &[&str]) -> (Option<i32>, Value) {
        let all = [&["--address", "10.20.0.5", "--json"], args].concat();
        let output = self.run(&all);
        let json = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        (output.status.code(), json)
    }
}

fn capture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/captures/{name}.pcap"))
        .display()
        .to_string()
}

#[test]
fn the_bytes_are_those_that_the_server_would_send() {
    let scene = Scene::new();
    let (code, json) = scene.explain(&[]);
    assert_eq!(code, Some(0), "{json}");
    let exchanges = json["exchanges"].as_array().unwrap();
    assert_eq!(exchanges.len(), 2);
    for exchange in exchanges {
        let answer = &exchange["answer"];
        assert_eq!(
            answer["options"]["67"]["hex"],
            "5c626f6f745c7836345c7764736d6766772e65666900"
        );
        let hex = answer["bytes"].as_str().unwrap();
        let bytes = pxe::wire::options::hex(hex).unwrap();
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.file, br"\boot\x64\wdsmgfw.efi");
        assert_eq!(message.siaddr.to_string(), "10.20.0.5");
    }
    let first = &json["firmware"][0];
    assert_eq!(first["id"], "edk2");
    assert_eq!(first["server"], "10.20.0.5");
}

#[test]
fn the_rule_and_those_before_it_are_told() {
    let scene = Scene::new();
    let output = scene.run(&[
        "--address",
        "10.20.0.5",
        "--arch",
        "bios",
        "--mac",
        "52:54:00:00:00:09",
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    for line in [
        "1 `kiosk` does not match: mac is `52:54:00:00:00:09`, it wants `52:54:01:*`",
        "2 `lab` matches",
        "file     lab.0, from its rule",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    // A machine that is to start from its disk does not boot from here.
    let (code, json) = scene.explain(&["--mac", "52:54:01:00:00:09"]);
    assert_eq!(code, Some(1), "{json}");
    assert_eq!(json["firmware"][0]["reason"], "no-boot-file");
}

#[test]
fn the_question_of_a_capture_or_a_copied_packet_is_answered() {
    let scene = Scene::new();
    let (code, json) = scene.explain(&["--pcap", &capture("uefi-boots")]);
    assert_eq!(code, Some(0), "{json}");
    assert_eq!(json["client"]["mac"], "52:54:00:0b:00:07");
    assert_eq!(
        json["client"]["uuid"],
        "6c1f3f80-2a55-4d2e-9b7a-3d1f20ab4c5d"
    );

    let mac = HardwareAddress::ethernet([0x52, 0x54, 0, 0, 0, 3]);
    let discover = Speaker::new(Architecture(0), mac).discover(1);
    let bytes = discover.emit(LONGEST).0;
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    let (code, json) = scene.explain(&["--hex", &hex(&bytes)]);
    assert_eq!(code, Some(0), "{json}");
    assert_eq!(json["file"]["text"], "lab.0");

    // The frame around it, as Wireshark copies it.
    let frame = etherparse::PacketBuilder::ethernet2([2; 6], [0xff; 6])
        .ipv4([0; 4], [0xff; 4], 64)
        .udp(68, 67);
    let mut whole = Vec::new();
    frame.write(&mut whole, &bytes).unwrap();
    let (code, json) = scene.explain(&["--hex", &hex(&whole)]);
    assert_eq!(code, Some(0), "{json}");
    assert_eq!(json["client"]["mac"], "52:54:00:00:00:03");
}

#[test]
fn what_cannot_be_explained_says_what_was_expected() {
    let scene = Scene::new();
    let pcap = capture("uefi-boots");
    let cases: &[(&[&str], &str)] = &[
        (&[], "--address"),
        (&["--address", "10.20.0.500"], "expected an address"),
        (
            &["--address", "10.20.0.5", "--hex", "0x12"],
            "shorter than 240",
        ),
        (
            &["--address", "10.20.0.5", "--hex", "zz"],
            "expected hex digits",
        ),
        (
            &["--address", "10.20.0.5", "--pcap", "pxe.toml"],
            "pxe.toml",
        ),
        (
            &[
                "--address",
                "10.20.0.5",
                "--pcap",
                &pcap,
                "--mac",
                "02:00:00:00:00:01",
            ],
            "52:54:00:0b:00:07",
        ),
        (&["--uuid", "x"], "expected a UUID"),
    ];
    for (args, part) in cases {
        let output = scene.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(part), "{args:?}: {said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_readme_shows_what_explain_prints() {
    let readme = include_str!("../README.md");
    let scene = Scene::new();
    let config = "interface = \"eth0\"\n[tftp]\nroot = \"/srv/tftp\"\n\
                  [boot]\nuefi-x64 = 'grubx64.efi'\n[dhcp]\nmode = \"proxy\"\n\
                  [[client]]\nname = \"lab\"\nmac = \"52:54:00:*\"\nfields = [\"66\", \"67\"]\n";
    fs::write(scene.0.path().join("pxe.toml"), config).unwrap();
    let (_, rest) = readme.split_once("$ pxe explain -c pxe.toml ").unwrap();
    let (command, rest) = rest.split_once('\n').unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let args: Vec<&str> = command.split_whitespace().collect();
    let printed = String::from_utf8(scene.run(&args).stdout).unwrap();
    assert_eq!(printed, shown);
}
