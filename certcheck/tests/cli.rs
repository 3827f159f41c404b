//! The command as a user runs it.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::path::PathBuf;
use std::process::{Command, Output};

use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

fn certcheck(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_certcheck"))
        .args(args)
        .env_remove("HTTPS_PROXY")
        .env_remove("CERTCHECK_PKCS12_PASSWORD")
        .output()
        .expect("it starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A self-signed certificate for a.example that ends in 2030.
fn certificate(folder: &TempDir) -> PathBuf {
    let mut params = CertificateParams::new(vec!["a.example".into()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2025, 1, 1);
    params.not_after = rcgen::date_time_ymd(2030, 1, 1);
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let path = folder.path().join("a.pem");
    std::fs::write(&path, certificate.pem()).unwrap();
    path
}

#[test]
fn the_version_is_printed_on_stdout() {
    let output = certcheck(&["--version"]);
    assert!(output.status.success());
    assert_eq!(
        output.stdout,
        concat!("certcheck ", env!("CARGO_PKG_VERSION"), "\n").as_bytes()
    );
    assert!(output.stderr.is_empty());
}

#[test]
fn bad_input_is_named_and_nothing_is_attempted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let empty = path("empty.pem", "");
    let key = path(
        "key.pem",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQA=\n-----END PRIVATE KEY-----\n",
    );
    let list = path("hosts.txt", "a.example\nb.example --wran 3d\n");
    let toml = path(
        "hosts.toml",
        "[[target]]\ntarget = \"a.example\"\nwarn = 3\n",
    );
    let nothing = path("nothing.txt", "# none\n");
    for (args, named) in [
        (
            &["check", "--ca-file", &empty, "a.example"][..],
            "empty.pem: holds no certificate",
        ),
        (
            &["check", "--ca-file", &key, "a.example"],
            "key.pem: holds no certificate",
        ),
        (
            &["check", "--ca-file", "/none", "a.example"],
            "/none: cannot be read",
        ),
        (
            &["check", "--crl", &empty, "--ca-file", &empty, "a.example"],
            "empty.pem",
        ),
        (
            &["check", "-f", &list],
            "hosts.txt:2:11: unknown option `wran`; did you mean `warn`?",
        ),
        (
            &["check", "-f", &toml],
            "hosts.toml:3:8: a string is expected",
        ),
        (&["check", "-f", &nothing], "lists no target"),
        (&["check", "a..b"], "a..b: `a..b` is not a host name"),
        (&["check", "http://a.example"], "not protected by TLS"),
        (
            &["check", "a.example", "--warn", "3"],
            "--warn: `3` is not a duration",
        ),
        (
            &["check", "a.example", "--proxy", "http://u:secret@p"],
            "--proxy",
        ),
        (
            &["check", "a.example", "--client-cert", &empty],
            "--client-key",
        ),
        (
            &["verify", "--chain", &empty, "--name", "a.example"],
            "empty.pem: holds no certificate",
        ),
        (&["files", "/none"], "/none: cannot be read"),
    ] {
        let output = certcheck(args);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert!(message.contains(named), "{args:?}: {message}");
        assert!(stdout(&output).is_empty(), "{args:?}");
        assert!(!message.contains("secret"), "{message}");
    }
}

#[test]
fn a_certificate_that_cannot_be_parsed_is_a_bad_one() {
    let folder = tempfile::tempdir().unwrap();
    let good = certificate(&folder);
    let junk = folder.path().join("junk.pem");
    std::fs::write(
        &junk,
        "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    let output = certcheck(&[
        "verify",
        "--chain",
        junk.to_str().unwrap(),
        "--name",
        "a.example",
        "--ca-file",
        good.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stdout(&output).contains("bad-certificate"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn thresholds_count_from_the_time_that_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = certificate(&folder);
    let file = file.to_str().unwrap();
    for (at, more, code, part) in [
        ("2029-06-01", &[][..], 0, "ok"),
        ("2029-12-15", &[], 0, "warning"),
        ("2029-12-28", &[], 1, "expires-soon"),
        ("2029-12-28", &["--crit", "1d", "--warn", "2d"], 0, "ok"),
        ("2029-06-01", &["--warn", "33%"], 0, "warning"),
        ("2030-01-01T00:00:01Z", &[], 1, "expired 1 second ago"),
        ("2024-12-31", &[], 1, "not-yet-valid"),
    ] {
        let mut args = vec!["files", file, "--at", at];
        args.extend(more);
        let output = certcheck(&args);
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {text}");
        assert!(text.contains(part), "{args:?}: {text}");
    }
}

#[test]
fn a_folder_is_searched_and_what_promises_a_certificate_must_hold_one() {
    let folder = tempfile::tempdir().unwrap();
    certificate(&folder);
    std::fs::write(folder.path().join("privkey.pem"), "no certificate").unwrap();
    std::fs::write(folder.path().join("README"), "no certificate").unwrap();
    let path = folder.path().to_str().unwrap();
    let output = certcheck(&["files", path, "--at", "2027-01-01", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let line: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(line["certificate"]["dns_names"][0], "a.example");
    std::fs::write(folder.path().join("b.crt"), "no certificate").unwrap();
    let output = certcheck(&["files", path, "--at", "2027-01-01"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("b.crt"), "{}", stdout(&output));
}

#[test]
fn unreachable_peers_have_a_reason_each_and_a_metric() {
    // A port that was free a moment ago refuses; .invalid never resolves
    // (RFC 6761 section 6.4).
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let folder = tempfile::tempdir().unwrap();
    let root = certificate(&folder);
    let prom = folder.path().join("x.prom");
    let junit = folder.path().join("x.xml");
    let refused = format!("127.0.0.1:{port}");
    let output = certcheck(&[
        "check",
        "--json",
        "--ca-file",
        root.to_str().unwrap(),
        "--prometheus",
        prom.to_str().unwrap(),
        "--junit",
        junit.to_str().unwrap(),
        &refused,
        "host.invalid",
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let reasons: Vec<String> = stdout(&output)
        .lines()
        .map(|line| {
            let peer: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(peer["verdict"], "unchecked");
            peer["reason"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(reasons, ["connection-refused", "dns"]);
    let metrics = std::fs::read_to_string(&prom).unwrap();
    assert!(metrics.contains("certcheck_up{target=\"host.invalid\"} 0\n"));
    assert!(
        std::fs::read_to_string(&junit)
            .unwrap()
            .contains("errors=\"2\"")
    );
    let output = certcheck(&[
        "check",
        "--nagios",
        "--ca-file",
        root.to_str().unwrap(),
        &refused,
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stdout(&output).starts_with("CRITICAL: 127.0.0.1:"),
        "{}",
        stdout(&output)
    );
}
