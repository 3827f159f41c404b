//! What the options of `certcheck check` do before real servers.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "options/addresses.rs"]
mod addresses;
#[path = "options/certificates.rs"]
mod certificates;
#[path = "options/lists.rs"]
mod lists;
#[path = "options/ways.rs"]
mod ways;

use std::process::{Command, Output};

use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::peers::tls::{Authority, Server};

/// The tool, with an environment that names no proxy.
fn certcheck(args: &[&str]) -> Command {
    let mut command = Command::new(bins::tool("certcheck"));
    for name in ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.args(args);
    command
}

/// Runs it; gives the exit status and the objects.
fn run(mut command: Command) -> (i32, Vec<Value>) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = String::from_utf8(stdout).unwrap();
    let peers = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect::<Vec<Value>>();
    assert!(
        !peers.is_empty(),
        "nothing printed: {}",
        String::from_utf8_lossy(&stderr)
    );
    (status.code().unwrap(), peers)
}

/// Checks with this CA.
fn check(ca: &Authority, args: &[&str]) -> (i32, Vec<Value>) {
    let mut command = certcheck(&["check", "--json", "--timeout", "20s", "--ca-file"]);
    command.arg(ca.ca_file()).args(args);
    run(command)
}

/// The exit status and the main reason of the first object.
fn reason(ca: &Authority, args: &[&str]) -> (i32, String) {
    let (code, peers) = check(ca, args);
    (code, peers[0]["reason"].as_str().unwrap_or("").to_owned())
}

#[track_caller]
fn assert_reason(ca: &Authority, args: &[&str], code: i32, expected: &str) {
    assert_eq!(reason(ca, args), (code, expected.to_owned()), "{args:?}");
}

fn good(ca: &Authority) -> Server {
    let files = ca.issue("localhost", 2045).unwrap();
    ca.nginx(&files.block("return 200;")).unwrap()
}

fn at(server: &Server) -> String {
    format!("localhost:{}", server.port)
}
