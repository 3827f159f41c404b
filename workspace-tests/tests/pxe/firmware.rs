//! Real firmware boots from `pxe serve`.
//!
//! Every case boots in the long run (`-- --include-ignored`); the ones that
//! always run are one of each firmware and one of each manner of serving.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::net::Ipv4Addr;
use std::time::Duration;

use scene::{NEIGHBOUR, SERVER, Scene, golden, loaded};
use workspace_tests::dhcp::ACK;
use workspace_tests::peers::firmware::{End, Firmware, Machine, Processor};

/// Full mode and proxy mode listen here.
const DHCP_TFTP: &[u16] = &[67, 69];
const PROXY_TFTP: &[u16] = &[67, 69, 4011];

/// Boots one machine in full mode from a path as it stands in the
/// configuration, where the file lies at `file`.
fn full(case: &str, firmware: Firmware, processor: Processor, key: &str, path: &str, file: &str) {
    let scene = Scene::new();
    let program = scene.program(file, processor, "FULL-RUNS");
    let config = scene.full(&format!("{key} = '{path}'"), "");
    let serve = scene.serve(&config, DHCP_TFTP);
    let boot = scene.boots(&Machine::new(firmware, "FULL-RUNS"), &serve);
    loaded(&boot, &path.replace('\\', "\\\\"), &program);
    golden(case, &boot.wire, SERVER);
}

/// The same in proxy mode beside dnsmasq.
fn proxy(case: &str, firmware: Firmware, processor: Processor, key: &str, path: &str, file: &str) {
    let scene = Scene::new();
    let program = scene.program(file, processor, "PROXY-RUNS");
    let (_host, _dnsmasq) = scene.neighbour();
    let config = scene.proxy(&format!("{key} = '{path}'"), "");
    let serve = scene.serve(&config, PROXY_TFTP);
    let boot = scene.boots(&Machine::new(firmware, "PROXY-RUNS"), &serve);
    loaded(&boot, &path.replace('\\', "\\\\"), &program);
    let lease = boot
        .wire
        .answers()
        .find(|answer| answer.message.kind() == ACK && !answer.message.yiaddr().is_unspecified());
    assert_eq!(*lease.unwrap().from.ip(), NEIGHBOUR);
    golden(case, &boot.wire, SERVER);
}

/// HTTP boot: the URL comes over DHCP, the file from the built-in server.
fn http(case: &str, firmware: Firmware, processor: Processor, key: &str, beside: bool) {
    let scene = Scene::new();
    scene.program("boot/http.efi", processor, "HTTP-RUNS");
    let boot = format!("{key} = \"http://{SERVER}/boot/http.efi\"");
    let http = format!("[http]\nroot = \"{}\"\n", scene.root().display());
    // The server before its host: a process namespace ends only when all who
    // were in it are waited for.
    let _neighbour = beside.then(|| {
        let (host, server) = scene.neighbour();
        (server, host)
    });
    let (config, ports) = if beside {
        (scene.proxy(&boot, &http), PROXY_TFTP)
    } else {
        (scene.full(&boot, &http), DHCP_TFTP)
    };
    let serve = scene.serve(&config, ports);
    let boot = scene.boots(&Machine::new(firmware, "HTTP-RUNS"), &serve);
    let asked = |verb: &str| {
        boot.wire.http.iter().any(|http| {
            http.request
                .starts_with(&format!("{verb} /boot/http.efi HTTP/1.1"))
                && http.status.as_deref() == Some("HTTP/1.1 200 OK")
        })
    };
    assert!(asked("HEAD") && asked("GET"), "{}", boot.wire.story());
    golden(case, &boot.wire, SERVER);
}

#[test]
fn a_bios_boots_in_full_mode_from_a_wds_path() {
    full(
        "full-bios-wds",
        Firmware::BiosIpxe,
        Processor::Bios,
        "bios",
        r"\boot\x86\wdsnbp.com",
        "boot/x86/wdsnbp.com",
    );
}

#[test]
fn uefi_arm64_boots_in_full_mode() {
    full(
        "full-uefi-arm64",
        Firmware::UefiArm64,
        Processor::Arm64,
        "uefi-arm64",
        "boot/arm64/bootaa64.efi",
        "boot/arm64/bootaa64.efi",
    );
}

#[test]
#[ignore = "long run: full mode is shown with a BIOS and with ARM always"]
fn uefi_x64_boots_in_full_mode_from_a_wds_path() {
    full(
        "full-uefi-x64-wds",
        Firmware::UefiX64,
        Processor::X64,
        "uefi-x64",
        r"\boot\x64\wdsmgfw.efi",
        "boot/x64/wdsmgfw.efi",
    );
}

#[test]
#[ignore = "long run: full mode is shown with a BIOS and with ARM always"]
fn uefi_ia32_boots_in_full_mode() {
    full(
        "full-uefi-ia32",
        Firmware::UefiIa32,
        Processor::Ia32,
        "uefi-ia32",
        "boot/ia32/bootia32.efi",
        "boot/ia32/bootia32.efi",
    );
}

#[test]
fn uefi_x64_boots_from_a_proxy_by_a_wds_path() {
    proxy(
        "proxy-uefi-x64-wds",
        Firmware::UefiX64,
        Processor::X64,
        "uefi-x64",
        r"\boot\x64\wdsmgfw.efi",
        "boot/x64/wdsmgfw.efi",
    );
}

#[test]
fn uefi_ia32_boots_from_a_proxy() {
    proxy(
        "proxy-uefi-ia32",
        Firmware::UefiIa32,
        Processor::Ia32,
        "uefi-ia32",
        "boot/ia32/bootia32.efi",
        "boot/ia32/bootia32.efi",
    );
}

#[test]
fn a_bios_boots_from_a_proxy_by_a_wds_path() {
    proxy(
        "proxy-bios-wds",
        Firmware::BiosIpxe,
        Processor::Bios,
        "bios",
        r"\boot\x86\wdsnbp.com",
        "boot/x86/wdsnbp.com",
    );
}

#[test]
#[ignore = "long run: proxy mode is shown with the three other machines always"]
fn uefi_arm64_boots_from_a_proxy() {
    proxy(
        "proxy-uefi-arm64",
        Firmware::UefiArm64,
        Processor::Arm64,
        "uefi-arm64",
        "boot/arm64/bootaa64.efi",
        "boot/arm64/bootaa64.efi",
    );
}

#[test]
fn uefi_x64_boots_over_http() {
    http(
        "http-uefi-x64",
        Firmware::UefiX64Http,
        Processor::X64,
        "uefi-x64-http",
        false,
    );
}

#[test]
#[ignore = "long run: HTTP boot is shown on x64 always"]
fn uefi_arm64_boots_over_http_from_a_proxy() {
    http(
        "http-uefi-arm64-proxy",
        Firmware::UefiArm64Http,
        Processor::Arm64,
        "uefi-arm64-http",
        true,
    );
}

/// The firmware loads iPXE, iPXE asks again and gets a script, the script
/// loads the boot program.
#[test]
fn a_machine_chains_to_ipxe_and_on_to_a_script() {
    let scene = Scene::new();
    let ipxe = fs::read("/usr/lib/ipxe/snponly.efi").expect("hint: apt-get install ipxe");
    scene.file("snponly.efi", &ipxe);
    scene.program("last.efi", Processor::X64, "CHAIN-RUNS");
    scene.file("menu.ipxe", b"#!ipxe\necho SCRIPT-RUNS\nchain last.efi\n");
    let config = scene.full("uefi-x64 = 'snponly.efi'\nipxe = 'menu.ipxe'", "");
    let serve = scene.serve(&config, DHCP_TFTP);
    let boot = scene.boots(&Machine::new(Firmware::UefiX64, "CHAIN-RUNS"), &serve);
    assert!(boot.console.contains("SCRIPT-RUNS"), "{}", boot.console);
    let asked: Vec<String> = boot.wire.tftp.iter().map(|t| t.path()).collect();
    for name in ["snponly.efi", "menu.ipxe", "last.efi"] {
        assert!(asked.iter().any(|path| path.ends_with(name)), "{asked:?}");
    }
    assert!(boot.wire.tftp.iter().any(|t| t.done && t.body == ipxe));
}

/// A client with a table of its own gets its own address and file; after a
/// reload it gets another file, without a restart.
#[test]
fn a_reserved_client_follows_a_reload() {
    let scene = Scene::new();
    let first = scene.program("first", Processor::Bios, "FIRST-RUNS");
    let second = scene.program("second", Processor::Bios, "SECOND-RUNS");
    scene.program("other", Processor::Bios, "OTHER-RUNS");
    let config = |file: &str| {
        let client = format!(
            "[[client]]\nmac = \"52:54:00:0b:00:07\"\naddress = \"10.20.0.77\"\n\
             boot = {{ bios = '{file}' }}\n"
        );
        scene.full("bios = 'other'", &client)
    };
    let serve = scene.serve(&config("first"), DHCP_TFTP);
    let boot = scene.boots(&Machine::new(Firmware::BiosIpxe, "FIRST-RUNS"), &serve);
    loaded(&boot, "first", &first);
    let reserved = Ipv4Addr::new(10, 20, 0, 77);
    assert!(boot.wire.answers().all(|a| a.message.yiaddr() == reserved));
    golden("reserved-bios", &boot.wire, SERVER);

    serve.reload(&config("second")).unwrap();
    let boot = scene.boots(&Machine::new(Firmware::BiosIpxe, "SECOND-RUNS"), &serve);
    loaded(&boot, "second", &second);
    assert!(boot.wire.answers().all(|a| a.message.yiaddr() == reserved));
}

#[test]
fn a_machine_that_is_not_known_gets_no_answer() {
    let scene = Scene::new();
    scene.program("program", Processor::Bios, "STRANGER-RUNS");
    let (_host, _dnsmasq) = scene.neighbour();
    let config = scene
        .proxy(
            "bios = 'program'",
            "[[client]]\nmac = \"02:00:00:00:00:01\"\n",
        )
        .replace(
            "mode = \"proxy\"",
            "mode = \"proxy\"\nknown-clients-only = true",
        );
    let _serve = scene.serve(&config, PROXY_TFTP);
    let mut machine = Machine::new(Firmware::BiosIpxe, "STRANGER-RUNS");
    machine.limit = Duration::from_secs(100);
    let boot = machine.boot(&scene.lan, scene.folder()).unwrap();
    assert!(matches!(boot.end, End::GaveUp(_)), "{:?}", boot.end);
    let answers: Vec<Ipv4Addr> = boot.wire.answers().map(|a| *a.from.ip()).collect();
    assert!(!answers.is_empty(), "the neighbour gave it an address");
    assert!(!answers.contains(&SERVER), "{answers:?}");
    assert!(boot.wire.tftp.is_empty());
}
