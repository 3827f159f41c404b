//! What `pxe render` writes for other servers, read by those servers and seen
//! on the wire.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::net::Ipv4Addr;
use std::process::Command;
use std::time::Duration;

use scene::{SERVER, Scene, answer};
use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::dhcp::{Message, Request};
use workspace_tests::netns::{Host, client_socket};
use workspace_tests::peers::{dhcpd, dnsmasq, kea, udhcpd};

const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 90);
const MAC: [u8; 6] = [2, 0, 0, 0, 7, 1];
const NEXT: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 77);
const POOL: (Ipv4Addr, Ipv4Addr) = (Ipv4Addr::new(10, 20, 0, 200), Ipv4Addr::new(10, 20, 0, 210));
const DEFAULT: &str = r"\boot\x86\wdsnbp.com";
const X64: &str = r"\boot\x64\wds mgfw,1.efi";
const URL: &str = "http://10.20.0.77/boot/bootaa64.efi";
/// Architecture and what it is to get.
const WANTED: &[(u16, &str)] = &[(0, DEFAULT), (6, DEFAULT), (7, X64), (9, X64), (19, URL)];

fn fragment(target: &str) -> String {
    let output = Command::new(bins::tool("pxe"))
        .args(["render", "--for", target])
        .args(["--next-server", &NEXT.to_string(), "--boot-file", DEFAULT])
        .args(["--arch", &format!("uefi-x64={X64}")])
        .args(["--arch", &format!("uefi-arm64-http={URL}")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The offers to each architecture, as `pxe probe` sees them within these
/// seconds.
fn offers(scene: &Scene, wait: &str) -> Vec<(u16, &'static str, Value)> {
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    let ask = |(index, (arch, file)): (usize, &(u16, &'static str))| {
        let mut probe = Command::new(bins::tool("pxe"));
        probe
            .args(["probe", "--interface", "eth0", "--wait", wait, "--json"])
            .args(["--arch", &arch.to_string()])
            .args(["--mac", &format!("02:00:00:00:07:0{index}")]);
        let output = client.output(&mut probe).unwrap();
        let seen: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{arch}: {error}: {output:?}"));
        let offers = seen["offers"].as_array().unwrap();
        assert_eq!(offers.len(), 1, "{arch}: {seen}");
        (*arch, *file, offers[0].clone())
    };
    WANTED.iter().enumerate().map(ask).collect()
}

/// The bytes of an option.
fn option(offer: &Value, code: u8) -> Option<Vec<u8>> {
    let hex = offer["options"][code.to_string()]["hex"].as_str()?;
    let digits = hex.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    Some(digits.map(byte).collect())
}

fn with_nul(text: &str) -> Vec<u8> {
    [text.as_bytes(), b"\0"].concat()
}

/// Server and file stand in the header and in the options, 67 as told.
fn everywhere_in_the_offers(scene: &Scene, option_67: fn(&str) -> Vec<u8>) {
    for (arch, file, offer) in offers(scene, "2") {
        assert_eq!(option(&offer, 67), Some(option_67(file)), "{arch}");
        assert_eq!(offer["file"]["text"], file, "{arch}");
        assert_eq!(offer["siaddr"], NEXT.to_string(), "{arch}");
        assert_eq!(offer["sname"]["text"], "10.20.0.77", "{arch}");
        assert_eq!(option(&offer, 66), Some(b"10.20.0.77".to_vec()), "{arch}");
        let class = (arch == 19).then(|| b"HTTPClient".to_vec());
        assert_eq!(option(&offer, 60), class, "{arch}");
    }
}

#[test]
fn isc_dhcpd_sends_the_bytes_that_were_asked_for() {
    let scene = Scene::new();
    let config = format!(
        "authoritative;\nping-check false;\n{}\
         subnet 10.20.0.0 netmask 255.255.255.0 {{ range {} {}; }}\n",
        fragment("isc-dhcpd"),
        POOL.0,
        POOL.1
    );
    let _server = dhcpd::start_with(&scene.host, &config, scene.folder()).unwrap();
    everywhere_in_the_offers(&scene, with_nul);
}

#[test]
fn kea_sends_the_bytes_that_were_asked_for_without_the_nul() {
    let scene = Scene::new();
    let fragment = fragment("kea");
    assert!(fragment.contains("strips a NUL"));
    let config = kea::configuration("10.20.0.0/24", POOL, scene.folder()).to_string();
    let config = config.replacen("{\"Dhcp4\":{", &format!("{{\"Dhcp4\":{{\n{fragment},\n"), 1);
    let _server = kea::start_with(&scene.host, &config, scene.folder()).unwrap();
    everywhere_in_the_offers(&scene, |file| file.as_bytes().to_vec());
}

#[test]
fn dnsmasq_sends_the_bytes_that_were_asked_for() {
    let scene = Scene::new();
    let folder = scene.folder().join("fragments");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("pxe.conf"), fragment("dnsmasq")).unwrap();
    let options = [
        format!("--dhcp-range={},{},255.255.255.0,1h", POOL.0, POOL.1),
        format!("--conf-dir={}", folder.display()),
    ];
    let _server = dnsmasq::start(&scene.host, &options, &[67], scene.folder()).unwrap();
    for (arch, file, offer) in offers(&scene, "2") {
        assert_eq!(option(&offer, 67), Some(with_nul(file)), "{arch}");
        assert_eq!(offer["siaddr"], NEXT.to_string(), "{arch}");
        assert_eq!(option(&offer, 66), Some(with_nul("10.20.0.77")), "{arch}");
        if arch == 19 {
            assert_eq!(option(&offer, 60), Some(b"HTTPClient".to_vec()));
        }
    }
}

/// It cannot choose by architecture, so that everybody gets the default.
#[test]
fn udhcpd_sends_the_bytes_that_were_asked_for_without_the_nul() {
    let scene = Scene::new();
    let fragment = fragment("udhcpd");
    assert!(fragment.contains("cannot end option 67 with a NUL"));
    let pool = format!("start {}\nend {}", POOL.0, POOL.1);
    let _server = udhcpd::start(&scene.host, &pool, &fragment, scene.folder()).unwrap();
    // It asks by ARP for two seconds whether an address is free.
    for (arch, _, offer) in offers(&scene, "5") {
        assert_eq!(option(&offer, 67), Some(DEFAULT.into()), "{arch}");
        assert_eq!(offer["file"]["text"], DEFAULT, "{arch}");
        assert_eq!(offer["siaddr"], NEXT.to_string(), "{arch}");
        assert_eq!(offer["sname"]["text"], "10.20.0.77", "{arch}");
        assert_eq!(option(&offer, 66), Some(b"10.20.0.77".to_vec()), "{arch}");
    }
}

#[test]
fn dnsmasq_as_a_proxy_offers_what_was_asked_for() {
    let scene = Scene::new();
    let folder = scene.folder().join("fragments");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("pxe.conf"), fragment("dnsmasq-proxy")).unwrap();
    let options = [
        "--dhcp-range=10.20.0.0,proxy".to_owned(),
        format!("--conf-dir={}", folder.display()),
    ];
    let _server = dnsmasq::start(&scene.host, &options, &[67, 4011], scene.folder()).unwrap();
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    for (arch, file) in [(0, DEFAULT), (7, X64), (9, X64), (11, DEFAULT)] {
        let request = |kind| Request::new(kind, MAC, 7).by_broadcast().as_firmware(arch);
        let offer = answer(&client, &request(1).finish()).unwrap();
        assert_eq!(offer.option(60), Some(&b"PXEClient"[..]), "{arch}");
        // A BIOS chooses from the menu; UEFI just asks the boot server.
        let mut chosen = request(3).from_address(CLIENT);
        if let Some(vendor) = offer.option(43) {
            let menu = sub_option(vendor, 9).unwrap();
            chosen = chosen.with(43, &[71, 4, menu[0], menu[1], 0, 0, 255]);
        }
        let acknowledged = at_boot_server(&client, &chosen.finish()).unwrap();
        assert_eq!(acknowledged.file(), file.as_bytes(), "{arch}");
        assert_eq!(acknowledged.siaddr(), NEXT, "{arch}");
    }
}

/// Asks the boot server port as firmware does that has an address.
fn at_boot_server(client: &Host, request: &[u8]) -> std::io::Result<Message> {
    let exchange = || {
        let socket = client_socket(CLIENT)?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        socket.send_to(request, (SERVER, 4011))?;
        let mut buffer = vec![0; 2048];
        let length = socket.recv(&mut buffer)?;
        buffer.truncate(length);
        Ok::<_, std::io::Error>(buffer)
    };
    Ok(Message::decode(&client.within(exchange).unwrap()?).unwrap())
}

/// A sub-option of option 43 (PXE 2.1, 2.2.3).
fn sub_option(mut vendor: &[u8], wanted: u8) -> Option<&[u8]> {
    while let [code, length, rest @ ..] = vendor {
        let (value, next) = rest.split_at_checked((*length).into())?;
        if *code == wanted {
            return Some(value);
        }
        vendor = next;
    }
    None
}
