//! Captures of boots that fail in different ways, made with real firmware and
//! real servers. They lie in `pxe/tests/captures`, where the tests of `pxe
//! decode` hold each to the verdict it must get. To make them anew:
//!
//! ```sh
//! cargo test -p workspace-tests --features real-peers --test pxe_captures -- --ignored
//! CAPTURE=uefi-http cargo test ...      # those whose name begins so
//! ```
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use scene::{NEIGHBOUR, SERVER, Scene};
use workspace_tests::bins::workspace;
use workspace_tests::dhcp::{Message, Request};
use workspace_tests::netns::client_socket;
use workspace_tests::peers::firmware::{Firmware, Machine, Processor, boot_program};
use workspace_tests::peers::pxe::Serve;
use workspace_tests::peers::tcpdump::Recorder;
use workspace_tests::peers::{dhcpd, dnsmasq, kea, tftpd};
use workspace_tests::process::Background;

const MARKER: &str = "CAPTURE-RUNS";
const POOL: (Ipv4Addr, Ipv4Addr) = (Ipv4Addr::new(10, 20, 0, 200), Ipv4Addr::new(10, 20, 0, 210));

/// What is recorded for a capture.
type Record = fn(&Scene);

const CAPTURES: &[(&str, Record)] = &[
    ("uefi-boots", uefi_boots),
    ("bios-boots-from-proxy", bios_boots_from_proxy),
    ("bios-eaten-backslash", bios_eaten_backslash),
    ("bios-no-offer", bios_no_offer),
    ("bios-no-next-server", bios_no_next_server),
    ("bios-two-dhcp-servers", bios_two_dhcp_servers),
    ("bios-missing-nul", bios_missing_nul),
    ("uefi-file-not-found", uefi_file_not_found),
    ("uefi-access-violation", uefi_access_violation),
    ("uefi-option-60-and-no-4011", uefi_option_60_and_no_4011),
    ("uefi-proxy-silent-on-4011", uefi_proxy_silent_on_4011),
    (
        "uefi-no-offer-for-architecture",
        uefi_no_offer_for_architecture,
    ),
    ("uefi-file-field-full", uefi_file_field_full),
    ("uefi-no-oack", uefi_no_oack),
    ("uefi-oack-without-tsize", uefi_oack_without_tsize),
    ("uefi-port-unreachable", uefi_port_unreachable),
    ("uefi-http-without-option-60", uefi_http_without_option_60),
    ("uefi-http-not-found", uefi_http_not_found),
];

#[test]
#[ignore = "makes the captures anew: a quarter of an hour of booting, and the files change"]
fn the_captures_are_recorded() {
    let wanted = std::env::var("CAPTURE").unwrap_or_default();
    for (name, record) in CAPTURES
        .iter()
        .filter(|(name, _)| name.starts_with(&wanted))
    {
        let scene = Scene::new();
        record(&scene);
        let folder = workspace().join("pxe/tests/captures");
        fs::create_dir_all(&folder).unwrap();
        let to: PathBuf = folder.join(format!("{name}.pcap"));
        fs::copy(scene.folder().join("wire.pcap"), &to).unwrap();
        assert!(
            fs::metadata(&to).unwrap().len() < 64 * 1024,
            "{name} is long"
        );
    }
}

/// Boots a machine; how it ends is for the capture to tell.
fn boot(scene: &Scene, firmware: Firmware) {
    let mut machine = Machine::new(firmware, MARKER);
    machine.limit = Duration::from_secs(130);
    machine.boot(&scene.lan, scene.folder()).unwrap();
}

/// A program of a few kilobytes, so that captures stay small.
fn program(scene: &Scene, name: &str, processor: Processor) {
    scene.file(name, &boot_program(processor, MARKER, 6000));
}

/// ISC dhcpd with these lines, for as long as the machine boots.
fn dhcpd_with(scene: &Scene, lines: &str) -> Background {
    let config = format!(
        "authoritative;\nping-check false;\n{lines}\n\
         subnet 10.20.0.0 netmask 255.255.255.0 {{ range {} {}; }}\n",
        POOL.0, POOL.1
    );
    dhcpd::start_with(&scene.host, &config, scene.folder()).unwrap()
}

fn uefi_boots(scene: &Scene) {
    program(scene, "boot/x64/wdsmgfw.efi", Processor::X64);
    let config = scene.full(r"uefi-x64 = '\boot\x64\wdsmgfw.efi'", "");
    let _serve = scene.serve(&config, &[67, 69]);
    boot(scene, Firmware::UefiX64);
}

fn bios_boots_from_proxy(scene: &Scene) {
    program(scene, "pxelinux.0", Processor::Bios);
    let (_host, _neighbour) = scene.neighbour();
    let config = scene.proxy("bios = 'pxelinux.0'", "");
    let _serve = scene.serve(&config, &[67, 69, 4011]);
    boot(scene, Firmware::BiosIpxe);
}

/// A path with single backslashes, as everybody writes it first.
fn bios_eaten_backslash(scene: &Scene) {
    program(scene, "boot/x86/wdsnbp.com", Processor::Bios);
    let _dhcpd = dhcpd_with(
        scene,
        "next-server 10.20.0.1;\nfilename \"\\boot\\x86\\wdsnbp.com\";",
    );
    let _tftpd = tftpd::hpa(&scene.host, &scene.root(), scene.folder()).unwrap();
    boot(scene, Firmware::BiosIpxe);
}

/// Kea with a file and no `next-server`.
fn bios_no_next_server(scene: &Scene) {
    let mut config = kea::configuration("10.20.0.0/24", POOL, scene.folder());
    config["Dhcp4"]["boot-file-name"] = "pxelinux.0".into();
    let _kea = kea::start_with(&scene.host, &config.to_string(), scene.folder()).unwrap();
    boot(scene, Firmware::BiosIpxe);
}

/// A second DHCP server that knows of no boot answers first: dhcpd pings an
/// address before it offers it. Which of them iPXE takes is chance all the
/// same; it is to be the wrong one.
fn bios_two_dhcp_servers(scene: &Scene) {
    program(scene, "pxelinux.0", Processor::Bios);
    let (_host, _neighbour) = scene.neighbour();
    let config = format!(
        "authoritative;\nping-check true;\nnext-server {SERVER};\nfilename \"pxelinux.0\";\n\
         subnet 10.20.0.0 netmask 255.255.255.0 {{ range 10.20.0.100 10.20.0.110; }}\n"
    );
    let _dhcpd = dhcpd::start_with(&scene.host, &config, scene.folder()).unwrap();
    for _ in 0..10 {
        let machine = Machine::new(Firmware::BiosIpxe, MARKER);
        let boot = machine.boot(&scene.lan, scene.folder()).unwrap();
        let chosen = boot
            .wire
            .requests()
            .filter_map(|dhcp| dhcp.message.option(54));
        if chosen.last() == Some(&NEIGHBOUR.octets()[..]) {
            return;
        }
    }
    panic!("iPXE takes the right server each time");
}

/// No such ROM is at hand: a client that reads the option until a NUL comes,
/// and Kea, which cannot send one.
fn bios_missing_nul(scene: &Scene) {
    program(scene, "pxelinux.0", Processor::Bios);
    let mut config = kea::configuration("10.20.0.0/24", POOL, scene.folder());
    config["Dhcp4"]["next-server"] = SERVER.to_string().into();
    config["Dhcp4"]["option-data"] =
        serde_json::json!([{ "name": "boot-file-name", "data": "pxelinux.0" }]);
    let _kea = kea::start_with(&scene.host, &config.to_string(), scene.folder()).unwrap();
    let _tftpd = tftpd::hpa(&scene.host, &scene.root(), scene.folder()).unwrap();
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    let recorder = Recorder::start(&client, "eth0", scene.folder()).unwrap();
    let mac = [2, 0, 0, 0, 0x0d, 1];
    let discover = Request::new(1, mac, 7).by_broadcast().as_firmware(0);
    let offer = scene::answer(&client, &discover.finish()).unwrap();
    let request = Request::new(3, mac, 7)
        .by_broadcast()
        .as_firmware(0)
        .with(50, &offer.yiaddr().octets())
        .with(54, &SERVER.octets());
    let ack = scene::answer(&client, &request.finish()).unwrap();
    client
        .ip(&format!("address add {}/24 dev eth0", ack.yiaddr()))
        .unwrap();
    let asked = [&[0, 1][..], &read_on(&ack), b"\0octet\0tsize\x000\0"].concat();
    client
        .within(|| {
            let socket = client_socket(ack.yiaddr())?;
            socket.set_read_timeout(Some(Duration::from_secs(5)))?;
            socket.send_to(&asked, (SERVER, 69))?;
            socket.recv(&mut [0; 600])
        })
        .unwrap()
        .unwrap();
    recorder.finish().unwrap();
}

/// Option 67 with what stands behind it, up to a NUL.
fn read_on(message: &Message) -> Vec<u8> {
    let name = message.option(67).unwrap();
    let at = message
        .bytes
        .windows(name.len())
        .rposition(|window| window == name)
        .unwrap();
    message.bytes[at..]
        .split(|byte| *byte == 0)
        .next()
        .unwrap()
        .to_vec()
}

fn uefi_file_not_found(scene: &Scene) {
    let config = scene.full("uefi-x64 = 'boot/Bootx64.efi'", "");
    program(scene, "boot/x64/bootx64.efi", Processor::X64);
    let _serve = scene.serve(&config, &[67, 69]);
    boot(scene, Firmware::UefiX64);
}

/// tftpd-hpa serves what is readable for all.
fn uefi_access_violation(scene: &Scene) {
    use std::os::unix::fs::PermissionsExt as _;

    program(scene, "grubx64.efi", Processor::X64);
    let file = scene.root().join("grubx64.efi");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    let _dhcpd = dhcpd_with(scene, "next-server 10.20.0.1;\nfilename \"grubx64.efi\";");
    let _tftpd = tftpd::hpa(&scene.host, &scene.root(), scene.folder()).unwrap();
    boot(scene, Firmware::UefiX64);
}

/// Option 60 set on the DHCP server, as old instructions for WDS say.
fn uefi_option_60_and_no_4011(scene: &Scene) {
    program(scene, "grubx64.efi", Processor::X64);
    let _dhcpd = dhcpd_with(
        scene,
        "option vendor-class-identifier \"PXEClient\";\n\
         next-server 10.20.0.1;\nfilename \"grubx64.efi\";",
    );
    let _tftpd = tftpd::hpa(&scene.host, &scene.root(), scene.folder()).unwrap();
    boot(scene, Firmware::UefiX64);
}

fn uefi_proxy_silent_on_4011(scene: &Scene) {
    let (_host, _neighbour) = scene.neighbour();
    let config = scene.proxy("uefi-x64 = 'grubx64.efi'", "").replace(
        "mode = \"proxy\"",
        "mode = \"proxy\"\nmanner = \"wds\"\nboot-server-port = 4012",
    );
    let _serve = scene.serve(&config, &[67, 4012]);
    boot(scene, Firmware::UefiX64);
}

fn uefi_no_offer_for_architecture(scene: &Scene) {
    program(scene, "pxelinux.0", Processor::Bios);
    let (_host, _neighbour) = scene.neighbour();
    let config = scene.proxy("bios = 'pxelinux.0'", "");
    let _serve = scene.serve(&config, &[67, 69, 4011]);
    boot(scene, Firmware::UefiX64);
}

/// All 128 bytes of `file`; dhcpd sends what it is told.
fn uefi_file_field_full(scene: &Scene) {
    let path = format!("{}/grubx64.efi", "a".repeat(116));
    assert_eq!(path.len(), 128);
    program(scene, &path, Processor::X64);
    let _dhcpd = dhcpd_with(
        scene,
        &format!("next-server 10.20.0.1;\nfilename \"{path}\";"),
    );
    let _tftpd = tftpd::hpa(&scene.host, &scene.root(), scene.folder()).unwrap();
    boot(scene, Firmware::UefiX64);
}

fn bios_no_offer(scene: &Scene) {
    boot(scene, Firmware::BiosIpxe);
}

fn uefi_no_oack(scene: &Scene) {
    uefi_odd_tftp(scene, None);
}

fn uefi_oack_without_tsize(scene: &Scene) {
    uefi_odd_tftp(scene, Some(b"blksize\x001468\0"));
}

/// A TFTP server that agrees to these options only, whatever is asked, or
/// that knows none: such servers are in routers and cannot be installed here.
fn uefi_odd_tftp(scene: &Scene, agrees: Option<&'static [u8]>) {
    let _dhcpd = dhcpd_with(scene, "next-server 10.20.0.1;\nfilename \"grubx64.efi\";");
    let socket = scene
        .host
        .within(|| UdpSocket::bind((SERVER, 69)))
        .unwrap()
        .unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let over = AtomicBool::new(false);
    let block = [&[0, 3, 0, 1][..], &[0; 512]].concat();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut packet = [0; 600];
            while !over.load(Ordering::Relaxed) {
                let Ok((_, from)) = socket.recv_from(&mut packet) else {
                    continue;
                };
                if packet[1] == 1 {
                    let answer = match agrees {
                        Some(options) => [&[0, 6][..], options].concat(),
                        None => block.clone(),
                    };
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        boot(scene, Firmware::UefiX64);
        over.store(true, Ordering::Relaxed);
    });
}

fn uefi_port_unreachable(scene: &Scene) {
    let options = [
        "--dhcp-range=10.20.0.200,10.20.0.210,255.255.255.0,1h".to_owned(),
        format!("--dhcp-boot=grubx64.efi,server,{SERVER}"),
    ];
    let _dnsmasq = dnsmasq::start(&scene.host, &options, &[67], scene.folder()).unwrap();
    boot(scene, Firmware::UefiX64);
}

fn uefi_http_without_option_60(scene: &Scene) {
    let _dhcpd = dhcpd_with(scene, "filename \"http://10.20.0.1/bootx64.efi\";");
    let mut machine = Machine::new(Firmware::UefiX64Http, MARKER);
    machine.limit = Duration::from_secs(60);
    machine.boot(&scene.lan, scene.folder()).unwrap();
}

fn uefi_http_not_found(scene: &Scene) {
    let http = format!("[http]\nroot = \"{}\"\n", scene.root().display());
    let config = scene.full("uefi-x64-http = 'http://10.20.0.1/missing.efi'", &http);
    let _serve: Serve = scene.serve(&config, &[67, 69]);
    boot(scene, Firmware::UefiX64Http);
}
