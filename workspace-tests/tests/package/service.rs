//! pxe.service of the package under a real systemd, the first process of a
//! machine of its own, asked by a machine beside it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::directory::lab::PASSWORD;
use workspace_tests::directory::{Certificate, Directory};
use workspace_tests::netns::{Host, Lan};
use workspace_tests::peers::debian::{Booted, Debian};
use workspace_tests::wait;

use crate::machine::{DPKG, first, install, lay, second};

const LIMIT: Duration = Duration::from_secs(30);
const FILE: &str = "boot/x64/bootx64.efi";
pub(crate) const CONFIGURATION: &str = r#"
interface = "eth0"
user = "pxe"
log-file = "/var/log/pxe/log"
pid-file = "/run/pxe/pid"
[tftp]
root = "/srv/tftp"
[boot]
uefi-x64 = "boot/x64/bootx64.efi"
[http]
[dhcp]
mode = "full"
conflict-probe = true
[dhcp.pool]
range = "10.20.0.100-10.20.0.150"
lease = "1h"
"#;

/// Runs a program that must exit 0, and gives what it printed.
pub(crate) fn right(machine: &Booted<'_>, program: &[&str]) -> String {
    let output = machine.output(program).unwrap();
    assert!(
        output.status.success(),
        "{program:?}: {output:?}\n{}",
        journal(machine)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn said(machine: &Booted<'_>, program: &[&str]) -> String {
    let output = machine.output(program).unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn journal(machine: &Booted<'_>) -> String {
    said(machine, &["journalctl", "--no-pager", "-u", "pxe.service"])
}

fn property(machine: &Booted<'_>, unit: &str, name: &str) -> String {
    right(machine, &["systemctl", "show", "--value", "-p", name, unit])
}

/// What the clients boot.
pub(crate) fn lay_program(root: &Path) {
    let file = root.join("srv/tftp").join(FILE);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, vec![7; 300_000]).unwrap();
}

fn probe(client: &Host, more: &[&str]) -> (Output, Value) {
    let mut command = Command::new(bins::tool("pxe"));
    command.args(["probe", "--interface", "eth0", "--arch", "uefi-x64"]);
    let output = client.output(command.args(["--json", "--wait", "3"]).args(more));
    let output = output.unwrap();
    let answer = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output, answer)
}

pub(crate) fn boots(client: &Host, machine: &Booted<'_>) {
    let (output, answer) = probe(client, &["--download"]);
    let seen = format!("{answer}\n{}", journal(machine));
    assert_eq!(output.status.code(), Some(0), "{seen}");
    assert_eq!(answer["boot"]["file"]["text"], FILE, "{seen}");
}

/// Nothing of what the unit gives it is left, in any thread.
pub(crate) fn has_given_everything_up(machine: &Booted<'_>) {
    let process = property(machine, "pxe.service", "MainPID");
    let user = right(machine, &["id", "-u", "pxe"]);
    let script = format!("cat /proc/{process}/task/*/status");
    let statuses = right(machine, &["sh", "-c", &script]);
    let of = |name: &str| -> Vec<String> {
        let fields = statuses.lines().filter_map(|line| line.strip_prefix(name));
        fields.map(|field| field.trim().to_owned()).collect()
    };
    assert!(of("Uid:").len() > 2, "{statuses}");
    for owner in of("Uid:") {
        assert_eq!(owner, [user.as_str(); 4].join("\t"), "{statuses}");
    }
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"] {
        for value in of(set) {
            assert_eq!(value, "0000000000000000", "{set} {statuses}");
        }
    }
    assert!(of("Seccomp:").iter().all(|mode| mode == "2"), "{statuses}");
    assert!(of("NoNewPrivs:").iter().all(|one| one == "1"), "{statuses}");
}

#[test]
fn pxe_service_is_started_watched_rotated_activated_upgraded_and_removed() {
    let debian = Debian::new().unwrap();
    install(&debian, first());
    let root = debian.root();
    let lan = Lan::new().unwrap();
    let host = lan.host("server", "10.20.0.1/24").unwrap();
    let client = lan.host("client", "10.20.0.7/24").unwrap();
    let machine = debian.boot(&host).unwrap();

    // As it was installed: not running, not to be started at the next boot.
    let units = ["pxe.service", "pxe.socket", "pxe-http.socket"];
    for unit in units {
        assert_eq!(
            property(&machine, unit, "ActiveState"),
            "inactive",
            "{unit}"
        );
        assert_eq!(
            said(&machine, &["systemctl", "is-enabled", unit]),
            "disabled"
        );
    }
    let timers = said(&machine, &["systemctl", "list-timers", "--all", "--plain"]);
    assert!(
        !timers.contains("certcheck") && !timers.contains("ad-pac"),
        "{timers}"
    );
    // Started without being configured it says what is missing, once.
    let started = machine.output(&["systemctl", "start", "pxe"]).unwrap();
    assert!(!started.status.success());
    assert_eq!(property(&machine, "pxe.service", "ExecMainStatus"), "2");
    assert_eq!(property(&machine, "pxe.service", "NRestarts"), "0");
    assert!(
        journal(&machine).contains("`interface` is missing"),
        "{}",
        journal(&machine)
    );

    lay_program(&root);
    fs::write(root.join("etc/pxe/pxe.toml"), CONFIGURATION).unwrap();
    right(&machine, &["systemctl", "enable", "--now", "pxe"]);
    assert_eq!(property(&machine, "pxe.service", "ActiveState"), "active");
    let status = property(&machine, "pxe.service", "StatusText");
    assert_eq!(status, "serves eth0, mode full");
    assert_ne!(
        property(&machine, "pxe.service", "WatchdogTimestampMonotonic"),
        "0"
    );
    has_given_everything_up(&machine);
    boots(&client, &machine);
    let watched = right(&machine, &["pxe", "watch", "--once", "--json"]);
    assert!(watched.contains(FILE), "{watched}");
    let log = root.join("var/log/pxe/log");
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains("sent") && text.contains(FILE), "{text}");
    assert!(!text.contains("sandbox"), "the whole sandbox: {text}");

    // The log is rotated by the shipped file and made anew by pxe.
    right(&machine, &["logrotate", "--force", "/etc/logrotate.d/pxe"]);
    wait::until("the new log", LIMIT, || match fs::read_to_string(&log) {
        Ok(text) if !text.contains("ready interfaces") => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .unwrap();
    assert!(root.join("var/log/pxe/log.1").exists());
    right(&machine, &["systemctl", "reload", "pxe"]);
    boots(&client, &machine);

    // An upgrade restarts what runs, and only that.
    let before = property(&machine, "pxe.service", "MainPID");
    let packages = lay(&debian, second());
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    right(
        &machine,
        &[&DPKG[..], &["--install"], &packages[..]].concat(),
    );
    assert_eq!(property(&machine, "pxe.service", "ActiveState"), "active");
    assert_ne!(property(&machine, "pxe.service", "MainPID"), before);
    for unit in ["pxe.socket", "pxe-http.socket", "certcheck.timer"] {
        assert_eq!(
            property(&machine, unit, "ActiveState"),
            "inactive",
            "{unit}"
        );
    }
    boots(&client, &machine);
    right(&machine, &["systemctl", "disable", "--now", "pxe"]);
    assert_eq!(property(&machine, "pxe.service", "Result"), "success");
    let (_, answer) = probe(&client, &[]);
    assert_eq!(answer["offers"], Value::Array(Vec::new()), "{answer}");

    // Its ports may be systemd's: it starts with the first packet.
    right(
        &machine,
        &["systemctl", "start", "pxe.socket", "pxe-http.socket"],
    );
    assert_eq!(property(&machine, "pxe.service", "ActiveState"), "inactive");
    boots(&client, &machine);
    assert_eq!(property(&machine, "pxe.service", "ActiveState"), "active");
    has_given_everything_up(&machine);

    // A removal stops it and gives the ports back.
    right(&machine, &["dpkg", "--purge", "pxe"]);
    let listening = host.udp_ports().unwrap();
    assert!(listening.is_empty(), "{listening:?}");
    assert!(host.tcp_ports().unwrap().is_empty());
    for path in [
        "var/lib/pxe",
        "var/log/pxe",
        "etc/pxe",
        "lib/systemd/system/pxe.service",
    ] {
        assert!(!root.join(path).exists(), "{path}");
    }
    let failed = right(
        &machine,
        &[
            "systemctl",
            "list-units",
            "--failed",
            "--plain",
            "--no-legend",
        ],
    );
    assert_eq!(failed, "");
}

/// A run of a service that is not to stay: its exit status and what it said.
fn ran(machine: &Booted<'_>, unit: &str) -> (String, String) {
    machine.output(&["systemctl", "start", unit]).unwrap();
    let status = property(machine, unit, "ExecMainStatus");
    let said = said(
        machine,
        &["journalctl", "--no-pager", "-o", "cat", "-u", unit],
    );
    (status, said)
}

#[test]
fn the_services_of_the_timers_do_their_work_with_the_few_rights_they_have() {
    let debian = Debian::new().unwrap();
    install(&debian, first());
    let root = debian.root();
    // The CAs of the system are what this Debian does not have.
    let settings = root.join("etc/systemd/system/certcheck.service.d");
    fs::create_dir(&settings).unwrap();
    let authority = "[Service]\nEnvironment=SSL_CERT_FILE=/srv/directory-ca.pem\n";
    fs::write(settings.join("authority.conf"), authority).unwrap();
    let host = Host::new("server").unwrap();
    let machine = debian.boot(&host).unwrap();
    for timer in ["certcheck.timer", "ad-pac-audit.timer"] {
        right(&machine, &["systemctl", "enable", "--now", timer]);
        assert_eq!(
            property(&machine, timer, "ActiveState"),
            "active",
            "{timer}"
        );
    }
    // Without a list and a keytab there is nothing to do, which is no failure.
    for unit in ["certcheck.service", "ad-pac-audit.service"] {
        right(&machine, &["systemctl", "start", unit]);
        assert_eq!(property(&machine, unit, "ConditionResult"), "no", "{unit}");
    }

    let start = || Directory::start(&root.join("srv"), Certificate::Good);
    let directory = host.within(start).unwrap().unwrap();
    let server = format!("localhost:{}", directory.ldaps_port());
    for folder in ["etc/certcheck", "etc/ad-pac"] {
        fs::create_dir(root.join(folder)).unwrap();
    }
    let list = |more: &str| {
        let list = format!("[[target]]\ntarget = \"{server}\"\ntls-only = true\n{more}");
        fs::write(root.join("etc/certcheck/hosts.toml"), list).unwrap();
    };
    list("");
    let (status, said) = ran(&machine, "certcheck.service");
    assert_eq!(status, "0", "{said}");
    list("[[target]]\ntarget = \"localhost:1\"\n");
    let (status, said) = ran(&machine, "certcheck.service");
    assert_eq!(status, "1", "{said}");
    assert!(said.contains("localhost:1"), "{said}");

    fs::write(root.join("etc/ad-pac/keytab"), [5, 2]).unwrap();
    fs::write(root.join("srv/password"), PASSWORD).unwrap();
    let options = format!(
        "AUDIT_OPTIONS=--server {server} --ldaps --ca-file /srv/directory-ca.pem \
         --bind-user uacadmin@lab.example.test --password-file /srv/password\n"
    );
    fs::write(root.join("etc/default/ad-pac-audit"), options).unwrap();
    let (status, said) = ran(&machine, "ad-pac-audit.service");
    assert_eq!(status, "1", "{said}");
    assert!(said.to_lowercase().contains("nfs01"), "{said}");
}
