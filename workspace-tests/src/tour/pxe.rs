//! `pxe` serves a boot path of Windows Deployment Services, and `pxe probe`
//! boots from it as UEFI firmware would.

use std::net::UdpSocket;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{Stage, Step, expect_part};

pub(super) const STEP: Step = Step {
    tool: "pxe",
    title: "serves a boot path full of backslashes, and boots from it",
    run,
};

const BOOT_PATH: &str = r"\boot\x64\wdsmgfw.efi";

fn run(stage: &mut Stage) -> Result<()> {
    let [dhcp, boot_server, tftp] = free_ports()?;
    let content: Vec<u8> = (0_u32..300_000).flat_map(u32::to_be_bytes).collect();
    stage.write("tftp/boot/x64/wdsmgfw.efi", &content)?;
    let folder = stage.folder().to_string_lossy().into_owned();
    let config = stage.write(
        "pxe.toml",
        format!(
            "interface = \"lo\"\n\
             [tftp]\nroot = \"{folder}/tftp\"\nport = {tftp}\nlisten = \"127.0.0.1\"\n\
             [boot]\nuefi-x64 = '{BOOT_PATH}'\n\
             [dhcp]\nmode = \"full\"\nport = {dhcp}\nboot-server-port = {boot_server}\n\
             listen = \"127.0.0.1\"\nleases = \"{folder}/leases\"\n\
             [dhcp.pool]\nrange = \"127.0.1.10-127.0.1.250\"\n"
        ),
    )?;
    let config = config.to_string_lossy().into_owned();

    stage.say("The configuration is checked first: the file is there, backslashes and all.");
    let checked = stage.run("pxe", &["check", "-c", &config], &[], 0)?;
    expect_part(&checked.stdout, &format!("{BOOT_PATH}  1200000 bytes"))?;

    stage.say("The server, on unprivileged ports:");
    let mut server = stage.start("pxe", &["serve", "-c", &config])?;
    server.wait_until("its ports are open", Duration::from_secs(10), |log| {
        if log.contains("ready") {
            Ok(())
        } else {
            Err("not ready".to_owned())
        }
    })?;

    stage.say("A PXE client: offer, acknowledgement, download, digest. 5c is the backslash.");
    let server_address = format!("127.0.0.1:{dhcp}");
    let tftp_port = tftp.to_string();
    let options = [
        "--server",
        &server_address,
        "--tftp-port",
        &tftp_port,
        "--download",
    ];
    let arguments = |more: &[&'static str]| -> Vec<String> {
        ["probe"]
            .iter()
            .chain(&options)
            .chain(more)
            .map(|word| (*word).to_owned())
            .collect()
    };
    let probed = stage.run("pxe", &arguments(&["--arch", "uefi-x64"]), &[], 0)?;
    expect_part(&probed.stdout, "5c 62 6f 6f 74 5c 78 36 34 5c")?;
    expect_part(&probed.stdout, "windowsize=4")?;

    stage.say("The same for a program to read:");
    let probed = stage.run("pxe", &arguments(&["--json"]), &[], 0)?;
    let result: Value = serde_json::from_str(&probed.stdout).context("probe --json")?;
    let offer = &result["offers"][0];
    let hex = |text: &str| -> String { text.bytes().map(|byte| format!("{byte:02x}")).collect() };
    let with_nul = format!("{}00", hex(BOOT_PATH));
    ensure!(
        offer["options"]["67"]["hex"] == with_nul,
        "option 67 in {offer}"
    );
    ensure!(
        offer["file"]["text"] == BOOT_PATH,
        "the header's file in {offer}"
    );
    ensure!(
        offer["options"]["66"]["text"] == "127.0.0.1",
        "option 66 in {offer}"
    );
    ensure!(offer["siaddr"] == "127.0.0.1", "siaddr in {offer}");
    let digest = digest(&content);
    ensure!(
        result["download"]["sha256"] == digest,
        "not the file: {result}, expected {digest}"
    );
    stage.say("The digest is that of the file: what was promised is what was sent.");
    stage.hold(server);
    Ok(())
}

fn digest(content: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Three UDP ports that nobody has; held together, so that they differ.
fn free_ports() -> Result<[u16; 3]> {
    let sockets = [(), (), ()].map(|()| UdpSocket::bind("127.0.0.1:0"));
    let mut ports = [0; 3];
    for (port, socket) in ports.iter_mut().zip(sockets) {
        *port = socket?.local_addr()?.port();
    }
    Ok(ports)
}
