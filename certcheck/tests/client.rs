//! `certcheck client` with the one client that is always there: `certcheck
//! check` itself.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::process::{Command, Output};

const TOOL: &str = env!("CARGO_BIN_EXE_certcheck");

fn client(options: &[&str], command: &[&str]) -> Output {
    Command::new(TOOL)
        .arg("client")
        .args(options)
        .arg("--")
        .args(command)
        .output()
        .unwrap()
}

const CHECK: &[&str] = &[
    TOOL,
    "check",
    "--ca-file",
    "{ca}",
    "--crl",
    "{crl}",
    "--follow",
    "{url}",
];

/// Where TLS fails, `check` asks the port once more, in the clear and without
/// host, path or credentials, to name what it speaks. That is its diagnosis,
/// and a hole in any other client.
const DIAGNOSIS: [&str; 4] = ["--skip", "plain-http", "--skip", "downgrade"];

#[test]
fn our_own_check_accepts_every_good_server_and_no_bad_one() {
    let output = client(&[&["--json"][..], &DIAGNOSIS].concat(), CHECK);
    let text = String::from_utf8(output.stdout).unwrap();
    let mut judged = 0;
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        // Where no namespace is permitted, names below a domain cannot be posed.
        if row["status"] == "skipped" {
            assert!(row["case"].as_str().unwrap().contains("wildcard"), "{line}");
            continue;
        }
        assert_eq!(row["status"], "ok", "{line}");
        assert_eq!(row["accepted"], row["expected"] == "accept", "{line}");
        assert!(row["hint"].is_null(), "{line}");
        judged += 1;
    }
    assert!(
        judged >= 29,
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn without_revocation_lists_our_own_check_has_two_holes() {
    let command = [TOOL, "check", "--ca-file", "{ca}", "{url}"];
    let output = client(
        &[&["-q", "--skip", "good-wildcard"][..], &DIAGNOSIS].concat(),
        &command,
    );
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let holes: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("HOLE"))
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert_eq!(holes, ["revoked", "revoked-intermediate"], "{text}");
}

#[test]
fn the_list_names_every_case_with_its_rule() {
    let output = Command::new(TOOL)
        .args(["client", "--list"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().count() >= 30, "{text}");
    for line in text.lines() {
        assert!(
            line.contains(" refuse ") || line.contains(" accept "),
            "{line}"
        );
        assert!(line.ends_with(')'), "{line}");
    }
}

#[test]
fn a_junit_file_that_cannot_be_written_is_named() {
    let options = ["--case", "good-dns", "--junit", "/nowhere/at/all.xml"];
    let output = client(&options, CHECK);
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("/nowhere/at/all.xml: cannot be written"),
        "{text}"
    );
}
