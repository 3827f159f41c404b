//! `certcheck check --starttls` against real servers of every protocol.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::process::Command;

use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::peers::starttls::{Certificates, Server, start};

fn check(protocol: &str, port: u16, ca: &Certificates, options: &[&str]) -> (Value, i32) {
    let output = Command::new(bins::tool("certcheck"))
        .args(["check", "--json", "--starttls", protocol])
        .arg("--ca-file")
        .arg(ca.file("ca.pem"))
        .args(options)
        .arg(format!("localhost:{port}"))
        .arg("-4")
        .output()
        .unwrap();
    let peer = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (peer, output.status.code().unwrap())
}

/// A good server passes; with another expected name it fails by its name, so
/// TLS was really reached.
#[track_caller]
fn upgrades(protocol: &str) {
    let certificates = Certificates::new().unwrap();
    let server: Server = start(protocol, &certificates).unwrap();
    let (peer, code) = check(protocol, server.port, &certificates, &[]);
    assert_eq!(code, 0, "{peer}");
    assert_eq!(
        peer["certificates"][0]["dns_names"][0], "localhost",
        "{peer}"
    );
    if protocol != "xmpp" {
        // An XMPP server does not serve other domains.
        let (peer, code) = check(
            protocol,
            server.port,
            &certificates,
            &["--name", "other.example"],
        );
        assert_eq!(code, 1, "{peer}");
        assert_eq!(
            peer["certificates"][0]["dns_names"][0], "localhost",
            "{peer}"
        );
    }
    // Another protocol on the port is told, not waited out.
    let other = if protocol == "pop3" { "imap" } else { "pop3" };
    let (peer, code) = check(other, server.port, &certificates, &["--timeout", "2s"]);
    assert_eq!(code, 1, "{peer}");
    assert_eq!(
        peer["certificates"].as_array().map(Vec::len),
        Some(0),
        "{peer}"
    );
}

#[test]
fn smtp_upgrades() {
    upgrades("smtp");
}

#[test]
fn imap_upgrades() {
    upgrades("imap");
}

#[test]
fn pop3_upgrades() {
    upgrades("pop3");
}

#[test]
fn ftp_upgrades() {
    upgrades("ftp");
}

#[test]
fn ldap_upgrades() {
    upgrades("ldap");
}

#[test]
fn postgres_upgrades() {
    upgrades("postgres");
}

#[test]
fn xmpp_upgrades() {
    upgrades("xmpp");
}
