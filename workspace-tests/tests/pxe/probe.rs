//! `pxe probe` as a machine on a network: every server that answers is seen,
//! and nobody loses an address by it.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use scene::{NEIGHBOUR, SERVER, Scene};
use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::netns::Host;
use workspace_tests::peers::firmware::Processor;
use workspace_tests::peers::{dhcpd, dnsmasq, kea, tftpd, udhcpd};
use workspace_tests::process::Background;

/// One address for all.
const ONLY: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 200);
const OTHERS: (Ipv4Addr, Ipv4Addr) = (Ipv4Addr::new(10, 20, 0, 210), Ipv4Addr::new(10, 20, 0, 215));
const FILE: &str = "boot/bootx64.efi";
/// None of the servers pings an address first, but for udhcpd.
const WAIT: [&str; 2] = ["--wait", "2"];
const LONGER: [&str; 2] = ["--wait", "5"];

fn run(client: &Host, args: &[&str]) -> Output {
    let mut command = Command::new(bins::tool("pxe"));
    command.arg("probe").args(args);
    client.output(&mut command).unwrap()
}

fn probe(client: &Host, args: &[&str]) -> (Option<i32>, Value) {
    probe_for(client, WAIT, args)
}

fn probe_for(client: &Host, wait: [&str; 2], args: &[&str]) -> (Option<i32>, Value) {
    let all = [&["--interface", "eth0", "--json"], &wait[..], args].concat();
    let output = run(client, &all);
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output.status.code(), json)
}

/// A server with a single address gives it to one machine after the other:
/// each probe gives it back. Then it is there for a machine that keeps it.
fn nobody_loses_an_address(scene: &Scene, wait: [&str; 2]) {
    let client = scene.lan.host_without_address("client").unwrap();
    for last in 1..=3 {
        let mac = format!("02:00:00:00:0e:0{last}");
        let (code, json) = probe_for(&client, wait, &["--mac", &mac]);
        assert_eq!(json["offers"][0]["yiaddr"], ONLY.to_string(), "{json}");
        assert_eq!(json["ack"]["yiaddr"], ONLY.to_string(), "{json}");
        assert_eq!(json["given_back"], ONLY.to_string(), "{json}");
        assert_eq!(json["boot"]["file"]["text"], FILE, "{json}");
        assert_eq!(json["boot"]["server"], SERVER.to_string(), "{json}");
        assert_eq!(code, Some(0), "{json}");
    }
}

fn dnsmasq_with(host: &Host, scene: &Scene, pool: (Ipv4Addr, Ipv4Addr)) -> Background {
    let options = [
        format!("--dhcp-range={},{},255.255.255.0,1h", pool.0, pool.1),
        format!("--dhcp-boot={FILE},server,{SERVER}"),
    ];
    dnsmasq::start(host, &options, &[67], scene.folder()).unwrap()
}

fn dhcpd_with(scene: &Scene) -> Background {
    let config = format!(
        "authoritative;\nping-check false;\nnext-server {SERVER};\nfilename \"{FILE}\";\n\
         subnet 10.20.0.0 netmask 255.255.255.0 {{ range {ONLY} {ONLY}; }}\n"
    );
    dhcpd::start_with(&scene.host, &config, scene.folder()).unwrap()
}

#[test]
fn dnsmasq_has_its_address_again() {
    let scene = Scene::new();
    let _server = dnsmasq_with(&scene.host, &scene, (ONLY, ONLY));
    nobody_loses_an_address(&scene, WAIT);
}

#[test]
fn isc_dhcpd_has_its_address_again() {
    let scene = Scene::new();
    let _server = dhcpd_with(&scene);
    nobody_loses_an_address(&scene, WAIT);
}

#[test]
fn kea_has_its_address_again() {
    let scene = Scene::new();
    let mut config = kea::configuration("10.20.0.0/24", (ONLY, ONLY), scene.folder());
    config["Dhcp4"]["next-server"] = SERVER.to_string().into();
    config["Dhcp4"]["boot-file-name"] = FILE.into();
    let _server = kea::start_with(&scene.host, &config.to_string(), scene.folder()).unwrap();
    nobody_loses_an_address(&scene, WAIT);
}

#[test]
fn udhcpd_has_its_address_again() {
    let scene = Scene::new();
    let pool = format!("start {ONLY}\nend {ONLY}");
    let lines = format!("siaddr {SERVER}\nboot_file {FILE}");
    let _server = udhcpd::start(&scene.host, &pool, &lines, scene.folder()).unwrap();
    nobody_loses_an_address(&scene, LONGER);
}

#[test]
fn pxe_serve_has_its_address_again() {
    let scene = Scene::new();
    let config = scene
        .full(&format!("uefi-x64 = '{FILE}'"), "")
        .replace("10.20.0.100-10.20.0.150", &format!("{ONLY}-{ONLY}"));
    scene.file(FILE, b"program");
    let _serve = scene.serve(&config, &[67, 69]);
    nobody_loses_an_address(&scene, WAIT);
}

/// Doubled backslashes are what people look for in a path that fails.
#[test]
fn a_refused_path_is_named_as_it_was_offered() {
    let scene = Scene::new();
    let config = format!(
        "authoritative;\nping-check false;\nnext-server {SERVER};\n\
         filename \"\\\\boot\\\\absent.efi\";\n\
         subnet 10.20.0.0 netmask 255.255.255.0 {{ range {ONLY} {ONLY}; }}\n"
    );
    let _dhcpd = dhcpd::start_with(&scene.host, &config, scene.folder()).unwrap();
    let _tftpd = tftpd::hpa(&scene.host, &scene.root(), scene.folder()).unwrap();
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    let (code, json) = probe(&client, &["--download"]);
    assert_eq!(code, Some(1), "{json}");
    let said = json["verdict"]["text"].as_str().unwrap();
    assert!(
        said.contains(r"10.20.0.1:69 \boot\absent.efi: the server refused it"),
        "{said}"
    );
}

#[test]
fn two_dhcp_servers_are_a_finding() {
    let scene = Scene::new();
    let _dhcpd = dhcpd_with(&scene);
    let other = scene.neighbour_host();
    let mut config = kea::configuration("10.20.0.0/24", OTHERS, scene.folder());
    config["Dhcp4"]["next-server"] = SERVER.to_string().into();
    config["Dhcp4"]["boot-file-name"] = FILE.into();
    let _kea = kea::start_with(&other, &config.to_string(), scene.folder()).unwrap();
    let client = scene.lan.host_without_address("client").unwrap();
    let (_, json) = probe(&client, &[]);
    assert_eq!(json["offers"].as_array().unwrap().len(), 2, "{json}");
    let finding = json["findings"][0].as_str().unwrap();
    for server in [SERVER, NEIGHBOUR] {
        assert!(finding.contains(&server.to_string()), "{finding}");
    }
    let output = run(
        &client,
        &[&["--interface", "eth0", "--nagios"], &WAIT[..]].concat(),
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(line.starts_with("WARNING: 2 DHCP servers"), "{line}");
}

/// dnsmasq, when it is to be the only one, refuses what is asked of another
/// server; the address of that one must be given back all the same.
#[test]
fn an_address_is_given_back_though_another_server_refuses_it() {
    let scene = Scene::new();
    let config = format!(
        "authoritative;\nping-check false;\nnext-server {SERVER};\nfilename \"{FILE}\";\n\
         subnet 10.20.0.0 netmask 255.255.255.0 {{ range {ONLY} 10.20.0.205; }}\n"
    );
    let _dhcpd = dhcpd::start_with(&scene.host, &config, scene.folder()).unwrap();
    let other = scene.neighbour_host();
    let _dnsmasq = dnsmasq_with(&other, &scene, OTHERS);
    let client = scene.lan.host_without_address("client").unwrap();
    let mut of_dhcpd = 0;
    // Whose offer comes first is chance.
    for last in 10..=30 {
        let mac = format!("02:00:00:00:0e:{last}");
        let (_, json) = probe(&client, &["--mac", &mac]);
        let given: Ipv4Addr = json["given_back"].as_str().unwrap().parse().unwrap();
        of_dhcpd += u32::from(given < OTHERS.0);
        if of_dhcpd == 2 {
            break;
        }
    }
    assert_eq!(of_dhcpd, 2, "dnsmasq was nearly always first");
    // The last word on each address counts.
    let leases = fs::read_to_string(scene.folder().join("dhcpd.leases")).unwrap();
    let mut states = std::collections::HashMap::new();
    let mut address = "";
    for line in leases.lines() {
        if let Some(rest) = line.strip_prefix("lease ") {
            address = rest.split(' ').next().unwrap();
        } else if let Some(state) = line.trim().strip_prefix("binding state ") {
            states.insert(address, state);
        }
    }
    assert!(!states.is_empty(), "{leases}");
    assert!(states.values().all(|state| *state == "free;"), "{leases}");
}

#[test]
fn a_proxy_beside_a_dhcp_server_is_followed_to_the_file_in_either_manner() {
    for manner in ["direct", "wds"] {
        let scene = Scene::new();
        let content = scene.program("grubx64.efi", Processor::X64, "PROBED");
        let (_host, _dnsmasq) = scene.neighbour();
        let config = scene.proxy("uefi-x64 = 'grubx64.efi'", "").replace(
            "mode = \"proxy\"",
            &format!("mode = \"proxy\"\nmanner = \"{manner}\""),
        );
        let _serve = scene.serve(&config, &[67, 69, 4011]);
        let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
        let (code, json) = probe(&client, &["--download"]);
        assert_eq!(code, Some(0), "{json}");
        assert_eq!(json["offers"].as_array().unwrap().len(), 2);
        assert_eq!(json["asked_boot_server"], manner == "wds", "{json}");
        assert_eq!(json["download"]["size"], content.len());
        assert_eq!(json["findings"].as_array().unwrap().len(), 0, "{json}");
    }
}

/// A DHCP server that sets option 60 for a boot server that is not there.
#[test]
fn the_silence_of_port_4011_is_told_as_firmware_would_meet_it() {
    let scene = Scene::new();
    let config = format!(
        "authoritative;\nping-check false;\nnext-server {SERVER};\nfilename \"{FILE}\";\n\
         option vendor-class-identifier \"PXEClient\";\n\
         subnet 10.20.0.0 netmask 255.255.255.0 {{ range {ONLY} {ONLY}; }}\n"
    );
    let _dhcpd = dhcpd::start_with(&scene.host, &config, scene.folder()).unwrap();
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    let (code, json) = probe(&client, &[]);
    assert_eq!(code, Some(1), "{json}");
    assert_eq!(json["verdict"]["reason"], "boot-server-silent", "{json}");
    assert_eq!(json["given_back"], ONLY.to_string());
    // iPXE does not ask there.
    let (code, json) = probe(&client, &["--arch", "bios", "--ipxe"]);
    assert_eq!(code, Some(0), "{json}");
}

#[test]
fn files_of_other_tftp_servers_are_judged_with_the_eyes_of_the_firmware() {
    for name in ["tftpd-hpa", "atftpd"] {
        let scene = Scene::new();
        scene.file(FILE, &vec![5; 60_000]);
        let _dhcpd = dhcpd_with(&scene);
        let _tftpd = match name {
            "atftpd" => tftpd::atftpd(&scene.host, &scene.root(), scene.folder()),
            _ => tftpd::hpa(&scene.host, &scene.root(), scene.folder()),
        }
        .unwrap();
        let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
        let (code, json) = probe(&client, &["--download"]);
        assert_eq!(code, Some(0), "{name}: {json}");
        assert_eq!(json["download"]["size"], 60_000, "{name}");
        let agreed = &json["download"]["negotiated"];
        assert_eq!(agreed["blksize"], "1468", "{name}: {agreed}");
        let window = (name == "atftpd").then_some("4");
        assert_eq!(agreed["windowsize"].as_str(), window, "{name}: {agreed}");
    }
}

#[test]
fn every_firmware_is_asked_for_and_those_without_a_file_are_no_fault() {
    let scene = Scene::new();
    scene.file("pxelinux.0", &[1; 3000]);
    scene.file(FILE, &[2; 3000]);
    let boot = format!(
        "bios = 'pxelinux.0'\nuefi-x64 = '{FILE}'\n\
         uefi-x64-http = 'http://{SERVER}/{FILE}'"
    );
    let http = format!("[http]\nroot = \"{}\"\n", scene.root().display());
    let _serve = scene.serve(&scene.full(&boot, &http), &[67, 69]);
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    let (code, json) = probe(&client, &["--all-arches", "--download"]);
    assert_eq!(code, Some(0), "{json}");
    let boots: Vec<(u64, bool)> = json["probes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let came = one["download"]["size"] == 3000;
            assert_eq!(one["verdict"]["ok"], came, "{one}");
            (one["arch"].as_u64().unwrap(), came)
        })
        .collect();
    let expected = [
        (0, true),
        (6, false),
        (7, true),
        (9, true),
        (11, false),
        (16, true),
        (19, false),
    ];
    assert_eq!(boots, expected);
    let every = ["--interface", "eth0", "--all-arches", "--nagios"];
    let line = |output: Output| String::from_utf8(output.stdout).unwrap();
    let output = run(&client, &[&every, &WAIT[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = line(output);
    assert!(text.starts_with("OK: bios, uefi-x64,"), "{text}");
    assert!(text.contains("'boots'=4;; 'stops'=0;;"), "{text}");
    // A file that is offered and not there is one.
    fs::remove_file(scene.root().join(FILE)).unwrap();
    let (code, _) = probe(&client, &["--all-arches", "--download"]);
    assert_eq!(code, Some(1));
    let output = run(&client, &[&every, &WAIT[..], &["--download"]].concat());
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = line(output);
    assert!(text.starts_with("CRITICAL: uefi-x64: "), "{text}");
    // A card without a cable is this machine's matter.
    client.ip("link set eth0 down").unwrap();
    let output = run(&client, &["--interface", "eth0", "--wait", "1"]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("is the interface up"), "{said}");
}

/// The file is there and comes whole, and is for another machine.
#[test]
fn a_program_for_another_machine_is_told() {
    let scene = Scene::new();
    scene.program(FILE, Processor::Arm64, "PROBED");
    let boot = format!("uefi-x64 = '{FILE}'\nuefi-arm64 = '{FILE}'");
    let _serve = scene.serve(&scene.full(&boot, ""), &[67, 69]);
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    let (code, json) = probe(&client, &["--download"]);
    assert_eq!(code, Some(1), "{json}");
    assert_eq!(json["verdict"]["reason"], "wrong-image", "{json}");
    let (code, json) = probe(&client, &["--download", "--arch", "uefi-arm64"]);
    assert_eq!(code, Some(0), "{json}");
}

#[test]
fn without_the_right_to_frames_it_says_which_and_what_works_without() {
    let scene = Scene::new();
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    let mut command = Command::new("setpriv");
    command
        .args(["--bounding-set=-all", "--inh-caps=-all"])
        .arg(bins::tool("pxe"))
        .args(["probe", "--interface", "eth0"]);
    let output = client.output(&mut command).unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("CAP_NET_RAW"), "{said}");
    assert!(said.contains("--server"), "{said}");
}

#[test]
fn the_card_of_this_machine_is_nothing_to_probe_with() {
    let scene = Scene::new();
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    client
        .ip("link set eth0 address 02:00:00:00:00:77")
        .unwrap();
    let output = run(
        &client,
        &["--interface", "eth0", "--mac", "02:00:00:00:00:77"],
    );
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("eth0"), "{said}");
}

/// A TFTP server with two addresses that answers from the other one, as its
/// routes have it.
#[test]
fn an_answer_from_another_address_than_was_asked_is_told() {
    let scene = Scene::new();
    scene.host.ip("address add 10.20.0.3/24 dev eth0").unwrap();
    let config = format!(
        "authoritative;\nping-check false;\nnext-server 10.20.0.3;\nfilename \"{FILE}\";\n\
         subnet 10.20.0.0 netmask 255.255.255.0 {{ range {ONLY} {ONLY}; }}\n"
    );
    let _dhcpd = dhcpd::start_with(&scene.host, &config, scene.folder()).unwrap();
    let socket = scene
        .host
        .within(|| UdpSocket::bind(("0.0.0.0", 69)))
        .unwrap()
        .unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    let over = AtomicBool::new(false);
    let (code, json) = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut packet = [0; 600];
            while !over.load(Ordering::Relaxed) {
                if let Ok((_, from)) = socket.recv_from(&mut packet) {
                    // The kernel takes the first address of the interface.
                    let _ = socket.send_to(b"\0\x03\0\x01x", from);
                }
            }
        });
        let found = probe(&client, &["--download"]);
        over.store(true, Ordering::Relaxed);
        found
    });
    assert_eq!(code, Some(1), "{json}");
    let text = json["verdict"]["text"].as_str().unwrap();
    assert!(text.contains("10.20.0.1 answered"), "{json}");
}
