//! What other servers make of a path of Windows Deployment Services, byte by
//! byte: each way in which people write it, the real server, and `pxe probe`
//! as the machine that gets it.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::net::Ipv4Addr;
use std::process::Command;

use scene::{SERVER, Scene};
use serde_json::{Value, json};
use workspace_tests::bins;
use workspace_tests::peers::{dhcpd, dnsmasq, kea};
use workspace_tests::process::Background;

const POOL: (Ipv4Addr, Ipv4Addr) = (Ipv4Addr::new(10, 20, 0, 200), Ipv4Addr::new(10, 20, 0, 210));
/// `\boot\x86\wdsnbp.com`, 20 bytes.
const RIGHT: &str = "5c626f6f745c7838365c7764736e62702e636f6d";
/// The same with a NUL.
const ENDED: &str = "5c626f6f745c7838365c7764736e62702e636f6d00";
/// 08, `oot`, 86, `wdsnbp.com`.
const EATEN: &str = "086f6f74867764736e62702e636f6d";
/// Each backslash twice, 24 bytes, with a NUL.
const DOUBLED: &str = "5c5c626f6f745c5c7838365c5c7764736e62702e636f6d00";

fn probe(scene: &Scene, more: &[&str]) -> Value {
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    let mut command = Command::new(bins::tool("pxe"));
    command
        .args(["probe", "--interface", "eth0", "--wait", "2", "--json"])
        .args(more);
    let output = client.output(&mut command).unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[track_caller]
fn option_67(seen: &Value, hex: &str) {
    assert_eq!(seen["offers"][0]["options"]["67"]["hex"], hex, "{seen}");
}

fn dhcpd_with(scene: &Scene, line: &str) -> Background {
    let config = format!(
        "authoritative;\nping-check false;\nnext-server {SERVER};\n{line}\n\
         subnet 10.20.0.0 netmask 255.255.255.0 {{ range {} {}; }}\n",
        POOL.0, POOL.1
    );
    dhcpd::start_with(&scene.host, &config, scene.folder()).unwrap()
}

#[test]
fn isc_dhcpd_takes_a_single_backslash_for_an_escape() {
    for (path, hex, reason) in [
        (r"\\boot\\x86\\wdsnbp.com", RIGHT, None),
        (r"\\boot\\x86\\wdsnbp.com\000", ENDED, None),
        (r"\boot\x86\wdsnbp.com", EATEN, Some("eaten-backslash")),
    ] {
        let scene = Scene::new();
        let _server = dhcpd_with(&scene, &format!("option bootfile-name \"{path}\";"));
        let seen = probe(&scene, &[]);
        option_67(&seen, hex);
        assert_eq!(seen["verdict"]["reason"].as_str(), reason, "{path}: {seen}");
    }
}

/// `data` stands in the file as it is here, quotes and all.
fn kea_with(scene: &Scene, option: &str) -> anyhow::Result<Background> {
    let mut config = kea::configuration("10.20.0.0/24", POOL, scene.folder());
    config["Dhcp4"]["next-server"] = SERVER.to_string().into();
    config["Dhcp4"]["option-data"] = json!(["HERE"]);
    let text = config.to_string().replace("\"HERE\"", option);
    kea::start_with(&scene.host, &text, scene.folder())
}

#[test]
fn kea_takes_both_ways_and_refuses_the_wrong_one() {
    for path in [r"\\boot\\x86\\wdsnbp.com", r"\\\\boot\\\\x86\\\\wdsnbp.com"] {
        let scene = Scene::new();
        let option = format!("{{\"name\":\"boot-file-name\",\"data\":\"{path}\"}}");
        let _server = kea_with(&scene, &option).unwrap();
        option_67(&probe(&scene, &[]), RIGHT);
    }
    let scene = Scene::new();
    let option = "{\"name\":\"boot-file-name\",\"data\":\"\\boot\\x86\\wdsnbp.com\"}";
    let error = kea_with(&scene, option).unwrap_err();
    let said = format!("{error:?}");
    assert!(said.contains("escape"), "{said}");
}

#[test]
fn kea_strips_a_nul_however_it_is_written_and_does_not_pad() {
    for option in [
        format!("{{\"name\":\"boot-file-name\",\"data\":\"{ENDED}\",\"csv-format\":false}}"),
        r#"{"name":"boot-file-name","data":"\\boot\\x86\\wdsnbp.com\u0000"}"#.to_owned(),
    ] {
        let scene = Scene::new();
        let _server = kea_with(&scene, &option).unwrap();
        let seen = probe(&scene, &[]);
        option_67(&seen, RIGHT);
        let length = seen["offers"][0]["length"].as_u64().unwrap();
        assert!(length < 300, "{length}");
    }
}

/// A configuration file, since a shell would read the backslashes too.
fn dnsmasq_with(scene: &Scene, lines: &str) -> Background {
    let folder = scene.folder().join("lines");
    fs::create_dir(&folder).unwrap();
    let range = format!("dhcp-range={},{},255.255.255.0,1h", POOL.0, POOL.1);
    let range = if lines.contains("proxy") { "" } else { &range };
    fs::write(folder.join("a.conf"), format!("{range}\n{lines}\n")).unwrap();
    let options = [format!("--conf-dir={}", folder.display())];
    dnsmasq::start(&scene.host, &options, &[67], scene.folder()).unwrap()
}

#[test]
fn dnsmasq_sends_dhcp_boot_in_the_options_alone_unless_told_not_to_override() {
    let boot = format!(r"dhcp-boot=\boot\x86\wdsnbp.com,wds,{SERVER}");
    let scene = Scene::new();
    let _server = dnsmasq_with(&scene, &boot);
    let seen = probe(&scene, &[]);
    option_67(&seen, ENDED);
    let offer = &seen["offers"][0];
    assert_eq!(offer["options"]["66"]["hex"], "77647300", "{offer}");
    assert_eq!(offer["file"]["hex"], "", "{offer}");
    assert_eq!(offer["sname"]["hex"], "", "{offer}");
    assert_eq!(offer["siaddr"], SERVER.to_string());

    let scene = Scene::new();
    let _server = dnsmasq_with(&scene, &format!("{boot}\ndhcp-no-override"));
    let offer = &probe(&scene, &[])["offers"][0];
    assert_eq!(offer["file"]["hex"], RIGHT, "{offer}");
    assert!(offer["options"]["67"].is_null(), "{offer}");
}

#[test]
fn dnsmasq_reads_backslashes_between_quotes_alone() {
    let boot = format!(r"dhcp-boot=\\boot\\x86\\wdsnbp.com,wds,{SERVER}");
    for (line, hex) in [
        (&*boot, DOUBLED),
        (
            "dhcp-option-force=67,\"\\\\boot\\\\x86\\\\wdsnbp.com\"",
            RIGHT,
        ),
    ] {
        let scene = Scene::new();
        let _server = dnsmasq_with(&scene, line);
        let seen = probe(&scene, &[]);
        let found = seen["offers"][0]["options"]["67"]["hex"].as_str().unwrap();
        let found = found.strip_suffix("00").unwrap_or(found);
        assert_eq!(
            found,
            hex.strip_suffix("00").unwrap_or(hex),
            "{line}: {seen}"
        );
    }
    let scene = Scene::new();
    let _server = dnsmasq_with(&scene, "dhcp-option-force=67,\"\\boot\\x86\\wdsnbp.com\"");
    let seen = probe(&scene, &[]);
    let found = seen["offers"][0]["options"]["67"]["hex"].as_str().unwrap();
    assert!(found.starts_with("086f6f74"), "{found}");
    assert_eq!(seen["verdict"]["reason"], "eaten-backslash", "{seen}");
}

/// Beside another DHCP server: a menu for a BIOS, port 4011 for UEFI.
#[test]
fn dnsmasq_as_a_proxy_has_a_menu_for_a_bios_and_port_4011_for_uefi() {
    let scene = Scene::new();
    let other = scene.neighbour_host();
    let range = "--dhcp-range=10.20.0.200,10.20.0.210,255.255.255.0,1h".to_owned();
    let folder = scene.folder().join("other");
    fs::create_dir(&folder).unwrap();
    let _neighbour = dnsmasq::start(&other, &[range], &[67], &folder).unwrap();
    let _proxy = dnsmasq_with(
        &scene,
        "dhcp-range=10.20.0.0,proxy\n\
         pxe-service=x86PC,\"WDS\",boot\\x86\\wdsnbp\n\
         pxe-service=X86-64_EFI,\"WDS\",boot\\x64\\wdsmgfw.efi",
    );
    let of_proxy = |seen: &Value| -> Value {
        let offers = seen["offers"].as_array().unwrap();
        let found = offers.iter().find(|offer| offer["yiaddr"] == "0.0.0.0");
        found.unwrap_or_else(|| panic!("{seen}")).clone()
    };
    let seen = probe(&scene, &["--arch", "bios", "--ipxe"]);
    let offer = of_proxy(&seen);
    assert_eq!(offer["options"]["60"]["text"], "PXEClient");
    let menu = offer["options"]["43"]["hex"].as_str().unwrap();
    // Ask by unicast; prompt; boot servers by type; the menu.
    assert!(menu.starts_with("0601030a0400505845"), "{menu}");
    assert!(menu.contains("0807800001"), "{menu}");
    assert!(menu.ends_with("0906800003574453ff"), "{menu}");
    assert!(offer["options"]["97"].is_object(), "{offer}");
    assert_eq!(seen["asked_boot_server"], true, "{seen}");
    assert_eq!(seen["boot"]["file"]["text"], r"boot\x86\wdsnbp.0", "{seen}");

    let seen = probe(&scene, &["--arch", "uefi-x64"]);
    let offer = of_proxy(&seen);
    assert!(offer["options"]["43"].is_null(), "{offer}");
    assert!(offer["options"]["67"].is_null(), "{offer}");
    assert_eq!(offer["file"]["text"], "", "{offer}");
    assert_eq!(offer["siaddr"], SERVER.to_string());
    let answer = &seen["boot_server"];
    assert_eq!(answer["file"]["text"], r"boot\x64\wdsmgfw.efi", "{answer}");
    assert!(answer["options"]["67"].is_null(), "{answer}");
    assert_eq!(seen["verdict"]["ok"], true, "{seen}");
}
