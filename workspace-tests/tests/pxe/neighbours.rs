//! Proxy mode beside the DHCP servers that networks already have: they give
//! the address, `pxe serve` gives the boot offer, the machine boots.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::net::Ipv4Addr;

use scene::{NEIGHBOUR, SERVER, Scene, loaded};
use workspace_tests::dhcp::{ACK, OFFER};
use workspace_tests::netns::{Host, client_socket};
use workspace_tests::peers::firmware::{Firmware, Machine, Processor};
use workspace_tests::peers::{dhcpd, dnsmasq, kea};
use workspace_tests::process::Background;

const POOL: (Ipv4Addr, Ipv4Addr) = (Ipv4Addr::new(10, 20, 0, 200), Ipv4Addr::new(10, 20, 0, 210));
const NETWORK: (Ipv4Addr, Ipv4Addr) =
    (Ipv4Addr::new(10, 20, 0, 0), Ipv4Addr::new(255, 255, 255, 0));

/// A BIOS boots beside a neighbour, which must have given the address.
fn boots_beside(scene: &Scene, neighbour: Ipv4Addr, ports: &[u16]) {
    let program = scene.program("boot/x86/wdsnbp.com", Processor::Bios, "NEIGHBOUR-RUNS");
    let config = scene.proxy(r"bios = '\boot\x86\wdsnbp.com'", "");
    let serve = scene.serve(&config, ports);
    let boot = scene.boots(&Machine::new(Firmware::BiosIpxe, "NEIGHBOUR-RUNS"), &serve);
    loaded(&boot, r"\\boot\\x86\\wdsnbp.com", &program);
    let leases: Vec<_> = boot
        .wire
        .answers()
        .filter(|answer| answer.message.kind() == ACK)
        .filter(|answer| !answer.message.yiaddr().is_unspecified())
        .collect();
    assert!(!leases.is_empty(), "{}", boot.wire.story());
    assert!(leases.iter().all(|lease| *lease.from.ip() == neighbour));
    let given = leases[0].message.yiaddr();
    assert!((POOL.0..=POOL.1).contains(&given), "{given}");
    // A proxy never gives an address (PXE 2.1, 2.2.3).
    for answer in boot.wire.answers() {
        if answer.message.option(54) == Some(&SERVER.octets()[..]) && neighbour != SERVER {
            assert!(answer.message.yiaddr().is_unspecified());
        }
    }
}

fn other_host(scene: &Scene) -> Host {
    scene
        .lan
        .host("neighbour", &format!("{NEIGHBOUR}/24"))
        .unwrap()
}

#[test]
fn a_machine_boots_beside_kea() {
    let scene = Scene::new();
    let host = other_host(&scene);
    let _kea = kea::start(&host, "10.20.0.0/24", POOL, scene.folder()).unwrap();
    boots_beside(&scene, NEIGHBOUR, &[67, 69, 4011]);
}

#[test]
fn a_machine_boots_beside_isc_dhcpd() {
    let scene = Scene::new();
    let host = other_host(&scene);
    let _dhcpd = dhcpd::start(&host, NETWORK, POOL, "", scene.folder()).unwrap();
    boots_beside(&scene, NEIGHBOUR, &[67, 69, 4011]);
}

/// The neighbour holds port 67 of this very host.
#[test]
fn a_machine_boots_beside_dnsmasq_on_the_same_host() {
    let scene = Scene::new();
    let _dnsmasq: Background = dnsmasq::start(
        &scene.host,
        &["--dhcp-range=10.20.0.200,10.20.0.210,255.255.255.0,1h".to_owned()],
        &[67],
        scene.folder(),
    )
    .unwrap();
    boots_beside(&scene, SERVER, &[69, 4011]);
}

#[test]
#[ignore = "long run: the same host is shown with dnsmasq always"]
fn a_machine_boots_beside_kea_on_the_same_host() {
    let scene = Scene::new();
    let _kea = kea::start(&scene.host, "10.20.0.0/24", POOL, scene.folder()).unwrap();
    boots_beside(&scene, SERVER, &[69, 4011]);
}

#[test]
#[ignore = "long run: the same host is shown with dnsmasq always"]
fn a_machine_boots_beside_isc_dhcpd_on_the_same_host() {
    let scene = Scene::new();
    let _dhcpd = dhcpd::start(&scene.host, NETWORK, POOL, "", scene.folder()).unwrap();
    boots_beside(&scene, SERVER, &[69, 4011]);
}

/// Started first, the proxy would take the port from the other server.
#[test]
fn a_proxy_told_to_share_leaves_the_port_to_a_server_that_starts_later() {
    let scene = Scene::new();
    scene.program("program", Processor::Bios, "UNUSED");
    let config = scene
        .proxy("bios = 'program'", "")
        .replace("mode = \"proxy\"", "mode = \"proxy\"\nshare-port = true");
    let serve = scene.serve(&config, &[69, 4011]);
    assert!(!scene.host.udp_ports().unwrap().contains(&67));
    let _dnsmasq: Background = dnsmasq::start(
        &scene.host,
        &["--dhcp-range=10.20.0.200,10.20.0.210,255.255.255.0,1h".to_owned()],
        &[67],
        scene.folder(),
    )
    .unwrap();
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    client.ip("route replace default dev eth0").unwrap();
    let request =
        workspace_tests::dhcp::Request::new(workspace_tests::dhcp::DISCOVER, [2, 0, 0, 0, 0, 1], 7)
            .by_broadcast()
            .as_firmware(0)
            .finish();
    // Both answer: one with an address, one with a file.
    let (mut addresses, mut files) = (0, 0);
    client
        .within(|| {
            let socket = client_socket(Ipv4Addr::UNSPECIFIED).unwrap();
            socket
                .set_read_timeout(Some(std::time::Duration::from_secs(2)))
                .unwrap();
            let mut buffer = [0; 2048];
            for _ in 0..5 {
                socket.send_to(&request, ("255.255.255.255", 67)).unwrap();
                while let Ok(length) = socket.recv(&mut buffer) {
                    let offer = workspace_tests::dhcp::Message::decode(&buffer[..length]).unwrap();
                    if offer.yiaddr().is_unspecified() {
                        assert_eq!(offer.file(), b"program");
                        files += 1;
                    } else {
                        addresses += 1;
                    }
                    if files > 0 && addresses > 0 {
                        return;
                    }
                }
            }
        })
        .unwrap();
    assert!(files > 0 && addresses > 0, "{}", serve.process.output());
}

/// What the proxy says to a machine that is offered a file by both: its own
/// words are the same whether or not the neighbour has an opinion.
#[test]
fn the_offer_of_a_proxy_has_no_address_and_no_lease() {
    let scene = Scene::new();
    scene.program("program", Processor::Bios, "UNUSED");
    let serve = scene.serve(&scene.proxy("bios = 'program'", ""), &[67, 69, 4011]);
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let offer = scene::ask(
        &client,
        workspace_tests::dhcp::Request::new(workspace_tests::dhcp::DISCOVER, [2, 0, 0, 0, 0, 1], 7)
            .by_broadcast()
            .as_firmware(0)
            .finish(),
        &serve,
    );
    assert_eq!(offer.kind(), OFFER);
    assert!(offer.yiaddr().is_unspecified());
    for code in [1, 3, 51, 58, 59] {
        assert!(offer.option(code).is_none(), "option {code}");
    }
    assert_eq!(offer.option(60), Some(&b"PXEClient"[..]));
}
