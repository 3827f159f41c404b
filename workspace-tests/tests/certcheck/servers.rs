//! `certcheck` before real servers of other libraries and a real proxy.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::process::Command;

use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::peers::tls::Authority;

/// Checks with further arguments; gives the exit status and the object.
fn check(ca: &Authority, port: u16, more: &[&str]) -> (i32, Value) {
    let output = Command::new(bins::tool("certcheck"))
        .env_remove("HTTPS_PROXY")
        .args(["check", "--json", "-4", "--timeout", "20s", "--ca-file"])
        .arg(ca.ca_file())
        .arg(format!("localhost:{port}"))
        .args(more)
        .output()
        .unwrap();
    let peer = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), peer)
}

#[test]
fn good_servers_of_three_libraries_pass() {
    let ca = Authority::new().unwrap();
    let files = ca.issue("localhost", 2045).unwrap();
    let block = files.block("return 204;");
    let nginx = ca.nginx(&block).unwrap();
    let (code, peer) = check(&ca, nginx.port, &[]);
    assert_eq!(
        (code, &peer["http"]["status"]),
        (0, &Value::from(204)),
        "{peer}"
    );
    assert_eq!(peer["tls"]["version"], "TLSv1.3", "{peer}");
    assert_eq!(peer["path"], serde_json::json!([0, 1]), "{peer}");
    assert_eq!(peer["root"], "CN=Test Root", "{peer}");

    let openssl = ca.openssl(&files, &["-tls1_2"]).unwrap();
    let (code, peer) = check(&ca, openssl.port, &["--tls-only"]);
    assert_eq!(
        (code, &peer["tls"]["version"]),
        (0, &Value::from("TLSv1.2")),
        "{peer}"
    );
    let (code, peer) = check(&ca, openssl.port, &["--tls-only", "--tls-min", "1.3"]);
    assert_eq!(
        (code, &peer["reason"]),
        (1, &Value::from("tls-version")),
        "{peer}"
    );

    let gnutls = ca.gnutls(&files, "NORMAL").unwrap();
    let (code, peer) = check(&ca, gnutls.port, &["--tls-only"]);
    assert_eq!((code, &peer["verdict"]), (0, &Value::from("ok")), "{peer}");
}

#[test]
fn bad_servers_have_a_reason_each() {
    let ca = Authority::new().unwrap();
    let good = ca.issue("localhost", 2045).unwrap();
    let expired = ca.issue("localhost", 2024).unwrap();
    let other = ca.issue("other.example", 2045).unwrap();
    let reason = |port: u16, expected: &str| {
        let (code, peer) = check(&ca, port, &["--tls-only"]);
        assert_eq!(
            (code, &peer["reason"]),
            (1, &Value::from(expected)),
            "{peer}"
        );
        peer
    };
    let server = ca.openssl(&expired, &[]).unwrap();
    let peer = reason(server.port, "expired");
    // An invalid certificate is measured all the same.
    assert_eq!(peer["expiry"]["not_after"], "2024-01-01T00:00:00Z");
    assert_eq!(peer["tls"]["version"], "TLSv1.3");
    assert!(
        peer["tls"]["cipher"]
            .as_str()
            .unwrap()
            .starts_with("TLS13_"),
        "{peer}"
    );
    let server = ca.gnutls(&other, "NORMAL").unwrap();
    reason(server.port, "name-mismatch");
    let server = ca
        .openssl(&good, &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
        .unwrap();
    reason(server.port, "tls-version");
    // GnuTLS says only that there is nothing in common.
    let server = ca
        .gnutls(&good, "LEGACY:-VERS-ALL:+VERS-TLS1.1:%COMPAT")
        .unwrap();
    reason(server.port, "tls-handshake");

    let server = ca.nginx(&good.block_of_leaf("return 200;")).unwrap();
    reason(server.port, "missing-intermediate");
    let server = ca
        .nginx("server { listen 127.0.0.1:PORT; return 200; }")
        .unwrap();
    reason(server.port, "plain-http");
}

#[test]
fn a_client_certificate_is_shown_when_it_is_asked_for() {
    let ca = Authority::new().unwrap();
    let files = ca.issue("localhost", 2045).unwrap();
    let block = format!(
        "server {{ listen 127.0.0.1:PORT ssl; ssl_certificate {chain}; ssl_certificate_key {key}; \
         ssl_client_certificate {ca}; ssl_verify_depth 3; ssl_verify_client optional; \
         return 200 $ssl_client_verify; add_header location https://localhost/$ssl_client_verify; }}",
        chain = files.chain.display(),
        key = files.key.display(),
        ca = ca.ca_file().display()
    );
    let nginx = ca.nginx(&block).unwrap();
    let seen = |peer: &Value| peer["http"]["location"].as_str().unwrap_or("").to_owned();
    let (_, peer) = check(&ca, nginx.port, &[]);
    assert!(seen(&peer).ends_with("/NONE"), "{peer}");
    let chain = files.chain.to_str().unwrap();
    let key = files.key.to_str().unwrap();
    let (code, peer) = check(
        &ca,
        nginx.port,
        &["--client-cert", chain, "--client-key", key],
    );
    assert_eq!(code, 0, "{peer}");
    assert!(seen(&peer).ends_with("/SUCCESS"), "{peer}");

    let openssl = ca.openssl(&files, &["-Verify", "2"]).unwrap();
    let (code, peer) = check(&ca, openssl.port, &[]);
    assert_eq!(
        (code, &peer["reason"]),
        (1, &Value::from("client-certificate-required")),
        "{peer}"
    );
}

#[test]
fn a_proxy_is_gone_through_and_blamed() {
    let ca = Authority::new().unwrap();
    let files = ca.issue("localhost", 2045).unwrap();
    let block = files.block("return 200;");
    let nginx = ca.nginx(&block).unwrap();
    let proxy = ca.tinyproxy(&[nginx.port]).unwrap();
    let url = format!("http://127.0.0.1:{}", proxy.port);
    let (code, peer) = check(&ca, nginx.port, &["--proxy", &url]);
    assert_eq!((code, &peer["address"]), (0, &Value::Null), "{peer}");
    assert_eq!(peer["http"]["status"], 200, "{peer}");

    let closed = ca.tinyproxy(&[1]).unwrap();
    let url = format!("http://127.0.0.1:{}", closed.port);
    let (code, peer) = check(&ca, nginx.port, &["--proxy", &url]);
    assert_eq!(
        (code, &peer["reason"]),
        (1, &Value::from("proxy")),
        "{peer}"
    );
}
