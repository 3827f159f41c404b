//! What pxe's README shows is what pxe does: the story of the machine that
//! does not boot, from the line that is wrong to the boot that works.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use scene::Scene;
use workspace_tests::bins;
use workspace_tests::examples::{Typed, alike, blocks_of, session};
use workspace_tests::peers::{dhcpd, tftpd};
use workspace_tests::process::type_into;

/// The file that the machine should boot; its digest is in the README.
const BOOT_FILE: &str = "boot/x86/wdsnbp.com";
const BOOT_FILE_BYTES: usize = 31124;

fn readme() -> String {
    fs::read_to_string(bins::workspace().join("pxe/README.md")).unwrap()
}

/// The commands of the part under a heading that are sessions.
fn commands(heading: &str) -> Vec<Typed> {
    let readme = readme();
    let (_, rest) = readme.split_once(&format!("\n## {heading}\n")).unwrap();
    let part = rest.split("\n## ").next().unwrap();
    let blocks = blocks_of(part, "console");
    blocks.iter().flat_map(|block| session(block)).collect()
}

fn shell(folder: &Path, typed: &str) -> Command {
    let mut command = Command::new("bash");
    type_into(&mut command, typed, &folder.join("bin")).current_dir(folder);
    command
}

/// The same, but for how long it took.
fn same(shown: &str, printed: &str) -> bool {
    shown == printed || (timed(shown) && without_times(shown) == without_times(printed))
}

fn timed(line: &str) -> bool {
    line.contains(" ms")
}

/// Without the numbers before `ms` and `MB/s`.
fn without_times(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let unit = |word: &str| word.starts_with("ms") || word.starts_with("MB/s");
    let kept = words.iter().enumerate().filter(|(index, _)| {
        let next = words.get(index + 1);
        !next.is_some_and(|next| unit(next))
    });
    kept.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

fn assert_prints(typed: &Typed, printed: &[u8]) {
    let printed = std::str::from_utf8(printed).unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    assert!(
        alike(&typed.shown, &lines, same),
        "$ {}\n{printed}",
        typed.command
    );
}

fn with_the_tool(folder: &Path) {
    fs::create_dir(folder.join("bin")).unwrap();
    symlink(bins::tool("pxe"), folder.join("bin/pxe")).unwrap();
}

#[test]
fn a_machine_that_does_not_boot_is_cured_as_the_story_tells() {
    let scene = Scene::new();
    let folder = scene.folder();
    with_the_tool(folder);
    let content: Vec<u8> = (0..=255).cycle().take(BOOT_FILE_BYTES).collect();
    scene.file(BOOT_FILE, &content);
    fs::write(
        folder.join("dhcpd.conf"),
        "authoritative;\nping-check false;\nnext-server 10.20.0.1;\n\
         filename \"\\boot\\x86\\wdsnbp.com\";\n\
         subnet 10.20.0.0 netmask 255.255.255.0 { range 10.20.0.200 10.20.0.210; }\n",
    )
    .unwrap();
    fs::copy(
        bins::workspace().join("pxe/tests/captures/bios-eaten-backslash.pcap"),
        folder.join("boot.pcap"),
    )
    .unwrap();
    let client = scene.lan.host("client", "10.20.0.90/24").unwrap();
    let _tftpd = tftpd::hpa_for_windows_paths(&scene.host, &scene.root(), folder).unwrap();
    let mut dhcpd = None;
    let mut seen = 0;
    for typed in commands("A machine that does not boot, from symptom to cure") {
        // The capture is there already: a machine would have to be booted.
        if typed.command.starts_with("tcpdump ") {
            continue;
        }
        if typed.command.contains("--interface") {
            // The restart, with what the patch made of the file.
            let mended = fs::read_to_string(folder.join("dhcpd.conf")).unwrap();
            dhcpd = Some(dhcpd::start_with(&scene.host, &mended, folder).unwrap());
        }
        let output = client.output(&mut shell(folder, &typed.command)).unwrap();
        assert_prints(&typed, &output.stdout);
        seen += 1;
    }
    assert!(dhcpd.is_some() && seen == 4, "{seen}");
}

#[test]
fn the_first_configuration_is_checked_as_shown() {
    let readme = readme();
    let scene = Scene::new();
    with_the_tool(scene.folder());
    let config = &blocks_of(&readme, "toml")[0];
    let config = config.replace("/srv/tftp", &scene.root().display().to_string());
    fs::write(scene.folder().join("pxe.toml"), config).unwrap();
    scene.file("boot/x64/wdsmgfw.efi", &[0; 150_000]);
    scene.file("boot/x64/wdsnbp.com", &[0; 31_124]);
    let commands =
        commands("From nothing to a machine that boots, beside somebody else's DHCP server");
    assert_eq!(commands.len(), 1);
    let mut command = shell(scene.folder(), &commands[0].command);
    let output = scene.host.output(&mut command).unwrap();
    assert_prints(&commands[0], &output.stdout);
}
