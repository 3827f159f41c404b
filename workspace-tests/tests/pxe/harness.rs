//! The firmware harness itself, with a server that is known to boot machines:
//! what fails here is not the fault of `pxe`.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::fs;

use workspace_tests::netns::Lan;
use workspace_tests::peers::dnsmasq;
use workspace_tests::peers::firmware::{End, Firmware, Machine, Processor, boot_program};

fn control(firmware: Firmware, processor: Processor) {
    let folder = tempfile::tempdir().unwrap();
    let program = boot_program(processor, "CONTROL-RUNS", 100_000);
    fs::write(folder.path().join("program"), &program).unwrap();
    let lan = Lan::new().unwrap();
    let host = lan.host("server", "10.20.0.1/24").unwrap();
    let options = [
        "--dhcp-range=10.20.0.100,10.20.0.110,255.255.255.0,1h".to_owned(),
        "--dhcp-boot=program".to_owned(),
        "--enable-tftp".to_owned(),
        format!("--tftp-root={}", folder.path().display()),
    ];
    let server = dnsmasq::start(&host, &options, &[67, 69], folder.path()).unwrap();
    let boot = Machine::new(firmware, "CONTROL-RUNS")
        .boot(&lan, folder.path())
        .unwrap();
    assert_eq!(
        boot.end,
        End::Spoke,
        "{}\n{}",
        boot.wire.story(),
        server.output()
    );
    let transfer = boot.wire.tftp.last().unwrap();
    assert!(transfer.done, "{transfer:?}");
    assert_eq!(transfer.body, program);
}

#[test]
fn a_bios_boots_from_dnsmasq() {
    control(Firmware::BiosIpxe, Processor::Bios);
}

#[test]
#[ignore = "long run: the harness itself, shown on every machine"]
fn uefi_x64_boots_from_dnsmasq() {
    control(Firmware::UefiX64, Processor::X64);
}

#[test]
#[ignore = "long run: the harness itself, shown on every machine"]
fn uefi_ia32_boots_from_dnsmasq() {
    control(Firmware::UefiIa32, Processor::Ia32);
}

#[test]
#[ignore = "long run: the harness itself, shown on every machine"]
fn uefi_arm64_boots_from_dnsmasq() {
    control(Firmware::UefiArm64, Processor::Arm64);
}
