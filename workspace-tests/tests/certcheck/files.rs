//! `certcheck files` before what the OpenSSL tool makes, and the reports
//! before those who read them.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::peers::tls::Authority;

fn certcheck(args: &[&str]) -> Output {
    Command::new(bins::tool("certcheck"))
        .env_remove("HTTPS_PROXY")
        .env_remove("CERTCHECK_PKCS12_PASSWORD")
        .args(args)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn openssl(folder: &Path, line: &str) {
    let output = Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn pkcs12_stores_of_every_make_are_opened_with_their_password() {
    let ca = Authority::new().unwrap();
    let files = ca.issue("store.example", 2045).unwrap();
    let folder = ca.folder();
    std::fs::write(folder.join("password"), "correct horse\n").unwrap();
    std::fs::write(folder.join("wrong"), "battery staple\n").unwrap();
    let export = format!(
        "pkcs12 -export -in {} -inkey {} -passout file:password",
        files.chain.display(),
        files.key.display()
    );
    openssl(folder, &format!("{export} -out modern.p12"));
    openssl(folder, &format!("{export} -legacy -out legacy.pfx"));
    openssl(
        folder,
        &format!("{export} -keypbe NONE -certpbe NONE -out plain.p12"),
    );
    openssl(
        folder,
        &format!(
            "x509 -in {} -outform DER -out leaf.der",
            files.leaf.display()
        ),
    );
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    for store in ["modern.p12", "legacy.pfx", "plain.p12"] {
        let output = certcheck(&[
            "files",
            "--json",
            "--password-file",
            &path("password"),
            &path(store),
        ]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{store}: {}",
            text(&output.stderr)
        );
        let mut names: Vec<String> = text(&output.stdout)
            .lines()
            .map(|line| {
                let line: Value = serde_json::from_str(line).unwrap();
                line["certificate"]["subject"].as_str().unwrap().to_owned()
            })
            .collect();
        names.sort_unstable();
        assert_eq!(names.len(), 2, "{store}: {names:?}");
        assert_eq!(names[0], "CN=Test Intermediate", "{store}");
        let output = certcheck(&["files", "--password-file", &path("wrong"), &path(store)]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{store}: {said}");
        assert!(said.contains(store) && said.contains("hint:"), "{said}");
        assert!(!said.contains("battery"), "{said}");
        let output = Command::new(bins::tool("certcheck"))
            .args(["files", &path(store)])
            .env("CERTCHECK_PKCS12_PASSWORD", "correct horse")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{store}");
    }
    let output = certcheck(&["files", "--json", &path("leaf.der")]);
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["certificate"]["dns_names"][0], "store.example");
}

#[test]
fn reports_are_what_their_readers_read() {
    let ca = Authority::new().unwrap();
    let files = ca.issue("localhost", 2045).unwrap();
    let expired = ca.issue("localhost", 2024).unwrap();
    let good = ca.nginx(&files.block("return 200;")).unwrap();
    let bad = ca.nginx(&expired.block("return 200;")).unwrap();
    let (good, bad) = (
        format!("localhost:{}", good.port),
        format!("localhost:{}", bad.port),
    );
    let (prom, junit) = (ca.folder().join("x.prom"), ca.folder().join("x.xml"));
    let ca_file = ca.ca_file();
    let run = |more: &[&str], targets: &[&str]| {
        let mut args = vec![
            "check",
            "-4",
            "--ca-file",
            ca_file.to_str().unwrap(),
            "--prometheus",
            prom.to_str().unwrap(),
            "--junit",
            junit.to_str().unwrap(),
        ];
        args.extend(more);
        args.extend(targets);
        certcheck(&args)
    };
    // Nagios: OK, WARNING, CRITICAL, UNKNOWN.
    for (more, targets, code, word) in [
        (&["--nagios"][..], &[good.as_str()][..], 0, "OK: "),
        (&["--nagios", "--warn", "30000d"], &[&good], 1, "WARNING: "),
        (
            &["--nagios"],
            &[&good, &bad],
            2,
            "CRITICAL: 1 of 2 peers are fine",
        ),
        (&["--nagios"], &["localhost:1"], 2, "CRITICAL: "),
        (&["--nagios", "--warn", "3"], &[&good], 3, "UNKNOWN"),
    ] {
        let output = run(more, targets);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{more:?}: {said}");
        assert!(said.starts_with(word), "{more:?}: {said}");
        assert_eq!(said.matches('\n').count(), 1, "{said}");
    }
    let output = run(&["--json"], &[&good, &bad]);
    assert_eq!(output.status.code(), Some(1));
    // Python reads both files as their formats are defined.
    let check = r##"
import sys, re, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[2]).getroot().find("testsuite")
assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0"), suite.attrib
cases = suite.findall("testcase")
assert [case.get("name") for case in cases] == sys.argv[3:5]
assert cases[0].find("failure") is None
assert cases[1].find("failure").get("type") == "expired"
metrics, helped, typed = {}, set(), set()
for line in open(sys.argv[1], newline=""):
    assert line.endswith("\n") and "\r" not in line
    if line.startswith("# HELP "): helped.add(line.split()[2]); continue
    if line.startswith("# TYPE "): typed.add(line.split()[2]); continue
    name, labels, value = re.fullmatch(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (\S+)\n', line).groups()
    metrics[name, labels and re.search(r'target="([^"]*)"', labels).group(1)] = float(value)
    assert name in helped and name in typed, name
good, bad = sys.argv[3:5]
assert metrics["certcheck_up", good] == 1 and metrics["certcheck_up", bad] == 0
assert metrics["certcheck_checked", bad] == 1
assert metrics["certcheck_not_after_timestamp_seconds", bad] == 1704067200
assert metrics["certcheck_http_status", good] == 200
assert metrics["certcheck_last_run_timestamp_seconds", None] > 1.7e9
"##;
    let read = Command::new("python3")
        .args(["-c", check])
        .arg(&prom)
        .arg(&junit)
        .args([&good, &bad])
        .output()
        .unwrap();
    assert!(read.status.success(), "{}", text(&read.stderr));
    // A report that cannot be written is a failure of the system.
    let output = certcheck(&[
        "check",
        "--ca-file",
        ca_file.to_str().unwrap(),
        "--prometheus",
        "/none/x",
        &good,
    ]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("/none/x"));
}
