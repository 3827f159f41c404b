//! The archives on a system that has the packages not: unpacked and started
//! as the README says.

use std::fs;

use workspace_tests::bins::{TOOLS, workspace};
use workspace_tests::netns::Lan;
use workspace_tests::peers::debian::{Booted, Debian};

use crate::machine::{Packages, first, second};
use crate::service::{CONFIGURATION, boots, has_given_everything_up, lay_program, right};

/// The block of the README, which is for one tool, for another one.
fn steps(tool: &str) -> String {
    let page = fs::read_to_string(workspace().join("README.md")).unwrap();
    let block = page
        .split("```sh\n")
        .find(|block| block.starts_with("tar -xJf pxe_*.tar.xz "))
        .expect("the README unpacks an archive");
    let block = block.split("```").next().unwrap();
    if tool == "pxe" {
        return block.to_owned();
    }
    // "`tar` is enough", it says of the others.
    let unpack = block.lines().next().unwrap();
    unpack.replace("pxe_", &format!("{tool}_"))
}

fn unpack(debian: &Debian, machine: &Booted<'_>, packages: &Packages) {
    for tool in TOOLS {
        let archive = packages.archive(tool);
        let laid = debian.root().join("srv").join(archive.file_name().unwrap());
        fs::copy(&archive, &laid).unwrap();
        let script = format!("cd /srv\n{}", steps(tool));
        right(machine, &["sh", "-exc", &script]);
        fs::remove_file(laid).unwrap();
    }
}

#[test]
fn an_archive_serves_below_usr_local_and_a_later_one_leaves_the_settings() {
    let debian = Debian::new().unwrap();
    let root = debian.root();
    let lan = Lan::new().unwrap();
    let host = lan.host("server", "10.20.0.1/24").unwrap();
    let client = lan.host("client", "10.20.0.7/24").unwrap();
    let machine = debian.boot(&host).unwrap();
    // As Debian itself has it, for people of the group staff.
    right(&machine, &["chmod", "2775", "/usr/local/share"]);
    unpack(&debian, &machine, first());
    let mode = right(&machine, &["stat", "-c", "%a", "/usr/local/share"]);
    assert_eq!(mode, "2775");
    for tool in TOOLS {
        // By way of a shell's path, as the tools are called.
        let path = right(&machine, &["bash", "-lc", &format!("type -p {tool}")]);
        assert_eq!(path, format!("/usr/local/bin/{tool}"));
        let version = right(&machine, &[&path, "--version"]);
        assert_eq!(version.split(' ').next(), Some(tool), "{version}");
        let manual = right(&machine, &["man", "--pager=cat", tool]);
        assert!(manual.contains("SYNOPSIS"), "{manual}");
        let notices = format!("usr/local/share/doc/{tool}/THIRD-PARTY.gz");
        assert!(root.join(&notices).exists(), "{notices}");
    }
    for unit in ["pxe", "certcheck", "ad-pac-audit"] {
        let unit = format!("/usr/local/lib/systemd/system/{unit}.service");
        let verify = ["systemd-analyze", "verify", "--man=yes", &unit];
        let output = machine.output(&verify).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success() && !said.contains(&unit),
            "{unit}: {said}"
        );
    }
    let settings = root.join("etc/pxe/pxe.toml");
    let named = fs::read_to_string(&settings).unwrap();
    let example = "/usr/local/share/doc/pxe/examples/pxe.toml";
    assert!(named.contains(example), "{named}");
    assert!(root.join(&example[1..]).exists(), "{example}");

    fs::write(&settings, CONFIGURATION).unwrap();
    unpack(&debian, &machine, second());
    assert_eq!(fs::read_to_string(&settings).unwrap(), CONFIGURATION);

    lay_program(&root);
    right(&machine, &["systemctl", "enable", "--now", "pxe"]);
    has_given_everything_up(&machine);
    boots(&client, &machine);
}
