//! `pxe decode` over captures of boots that fail in different ways, each held
//! to the story that it tells. `workspace-tests/tests/pxe/captures.rs` says
//! how they were made.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Every capture and why its first boot stopped; none where it did not.
const CAPTURES: &[(&str, Option<&str>)] = &[
    ("bios-boots-from-proxy", None),
    ("bios-eaten-backslash", Some("eaten-backslash")),
    ("bios-missing-nul", Some("missing-nul")),
    ("bios-no-next-server", Some("no-next-server")),
    ("bios-no-offer", Some("no-offer")),
    ("bios-two-dhcp-servers", Some("wrong-server")),
    ("uefi-access-violation", Some("access-violation")),
    ("uefi-boots", None),
    ("uefi-file-field-full", Some("file-field-full")),
    ("uefi-file-not-found", Some("file-not-found")),
    ("uefi-http-not-found", Some("http-status")),
    ("uefi-http-without-option-60", Some("vendor-class")),
    ("uefi-no-oack", Some("no-oack")),
    ("uefi-no-offer-for-architecture", Some("no-boot-file")),
    ("uefi-oack-without-tsize", Some("oack-without-tsize")),
    ("uefi-option-60-and-no-4011", Some("boot-server-silent")),
    ("uefi-port-unreachable", Some("port-unreachable")),
    ("uefi-proxy-silent-on-4011", Some("boot-server-silent")),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures")
}

fn decode(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pxe"))
        .arg("decode")
        .args(args)
        .current_dir(folder())
        .output()
        .unwrap()
}

#[test]
fn every_capture_tells_its_story_and_gets_its_verdict() {
    for (name, reason) in CAPTURES {
        let file = format!("{name}.pcap");
        let output = decode(&[&file]);
        let code = i32::from(reason.is_some());
        assert_eq!(output.status.code(), Some(code), "{name}: {output:?}");
        let golden = folder().join(format!("{name}.txt"));
        let told = String::from_utf8(output.stdout).unwrap();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &told).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert!(
            told == expected,
            "{name} (UPDATE_GOLDEN=1 writes it)\ntold:\n{told}\nexpected:\n{expected}"
        );

        let output = decode(&[&file, "--json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let first = &json["boots"][0];
        assert_eq!(first["reason"].as_str(), *reason, "{name}");
        assert_eq!(json["ok"].as_bool(), Some(reason.is_none()), "{name}");
        let hint = first["hint"].as_str();
        assert_eq!(hint.is_some(), reason.is_some(), "{name}");
    }
}

#[test]
fn every_capture_is_held_to_a_verdict() {
    let mut files: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".pcap").map(str::to_owned)
        })
        .collect();
    files.sort();
    let listed: Vec<&str> = CAPTURES.iter().map(|(name, _)| *name).collect();
    assert_eq!(files, listed);
}

#[test]
fn a_capture_is_read_from_standard_input() {
    let file = fs::File::open(folder().join("uefi-boots.pcap")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_pxe"))
        .args(["decode", "-"])
        .stdin(Stdio::from(file))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("1 boot, 1 loaded"), "{told}");
}

#[test]
fn what_is_no_capture_is_told_with_its_name() {
    let temporary = tempfile::tempdir().unwrap();
    let foreign = temporary.path().join("pxe.toml");
    fs::write(&foreign, "interface = \"eth0\"\n").unwrap();
    let whole = fs::read(folder().join("uefi-boots.pcap")).unwrap();
    let damaged = temporary.path().join("damaged.pcap");
    let mut bytes = whole.clone();
    bytes[24 + 8..24 + 12].copy_from_slice(&[0xff; 4]);
    fs::write(&damaged, bytes).unwrap();
    let missing = temporary.path().join("missing.pcap");
    for (path, part) in [
        (&foreign, "expected pcap or pcapng"),
        (&damaged, "damaged at byte 24"),
        (&missing, "No such file"),
    ] {
        let path = path.display().to_string();
        let output = decode(&[&path]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&path) && said.contains(part), "{said}");
    }
    // A recorder that was ended in the middle of a packet leaves a whole story.
    let cut = temporary.path().join("cut.pcap");
    fs::write(&cut, &whole[..whole.len() - 7]).unwrap();
    let output = decode(&[&cut.display().to_string()]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("cut short"), "{told}");
    assert!(told.contains("loaded:"), "{told}");
}

/// The table of firmware is held to what firmware did: what it is said to ask
/// for, or to stop at, from the answers in a capture is what follows in it.
#[test]
fn what_firmware_is_said_to_do_is_what_it_did() {
    use pxe::capture;
    use pxe::decode::Story;
    use pxe::firmware::{End, Reason};

    let mut asked = 0;
    let mut silent = 0;
    for (name, _) in CAPTURES {
        if *name == "bios-missing-nul" {
            // Imitated: what a ROM of today does is not what is in it.
            continue;
        }
        let file = fs::File::open(folder().join(format!("{name}.pcap"))).unwrap();
        let mut story = Story::default();
        capture::read(file, |packet| story.take(&packet)).unwrap();
        let told = story.finish();
        let (boot, _) = &told.boots[0];
        let client = boot.client.as_ref().unwrap();
        let architecture = client.architecture().unwrap();
        let course = boot.profile().unwrap().follow(architecture, &boot.heard);
        let tftp = boot.transfers.first().map(|own| own.path.clone());
        let http = boot
            .fetches
            .first()
            .map(|own| own.path.clone().into_bytes());
        let said = match &course.end {
            End::Loads { file, .. } => Some(file.clone()),
            // It asks, for what is not there.
            End::Stops(Reason::ReadOnBehindFile { path, .. } | Reason::EatenBackslash { path }) => {
                Some(path.clone())
            }
            End::Stops(_) => None,
        };
        match (said, tftp.or(http)) {
            (Some(said), Some(did)) => {
                asked += 1;
                assert!(
                    said == did || said.ends_with(&did) && said.starts_with(b"http://"),
                    "{name}: {} and {}",
                    said.escape_ascii(),
                    did.escape_ascii()
                );
            }
            (None, None) => silent += 1,
            other => panic!("{name}: {other:?} {:?}", course.end),
        }
        if let (Some(expected), Some(did)) = (course.asks, boot.boot_server) {
            assert_eq!(expected, did, "{name}");
        }
        assert_eq!(course.asks.is_some(), boot.boot_server.is_some(), "{name}");
    }
    assert!(asked >= 9 && silent >= 6, "{asked} asked, {silent} did not");
}

#[test]
fn the_readme_shows_what_decode_tells() {
    let readme = include_str!("../README.md");
    let told = fs::read_to_string(folder().join("bios-eaten-backslash.txt")).unwrap();
    assert!(readme.contains(&told), "{told}");
}

/// A quarter of a gigabyte of transfers, by a pipe: what is kept of them is
/// bounded, and none of their bytes is.
#[test]
#[cfg(target_os = "linux")]
fn a_long_capture_takes_no_more_memory_than_a_short_one() {
    use etherparse::PacketBuilder;
    use std::io::Write as _;

    let mut child = Command::new(env!("CARGO_BIN_EXE_pxe"))
        .args(["decode", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0xffff, 1] {
        pipe.write_all(&u32::to_le_bytes(word)).unwrap();
    }
    let mut capture = Vec::new();
    let mut packet = |from: ([u8; 4], u16), to: ([u8; 4], u16), data: &[u8]| {
        let head = PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4(from.0, to.0, 64)
            .udp(from.1, to.1);
        let len = u32::try_from(head.size(data.len())).unwrap();
        for word in [0, 0, len, len] {
            capture.extend(u32::to_le_bytes(word));
        }
        head.write(&mut capture, data).unwrap();
    };
    let (client, server) = ([10, 0, 0, 9], [10, 0, 0, 1]);
    for port in 3000..3004 {
        let request = b"\0\x01x.efi\0octet\0blksize\x001468\0";
        packet((client, port), (server, 69), request);
        packet((server, 5000), (client, port), b"\0\x06blksize\x001468\0");
        for number in 1..=1000_u16 {
            let [high, low] = number.to_be_bytes();
            let data = [&[0, 3, high, low][..], &[7; 1468]].concat();
            packet((server, 5000), (client, port), &data);
        }
    }
    // The same again and again; ports that come back are new transfers.
    for _ in 0..40 {
        pipe.write_all(&capture).unwrap();
    }
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak: u64 = peak
        .and_then(|text| text.trim().strip_suffix(" kB")?.parse().ok())
        .unwrap();
    drop(pipe);
    // It ends in the middle of a transfer, which proves nothing yet.
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(peak < 24 * 1024, "{peak} KiB");
}
