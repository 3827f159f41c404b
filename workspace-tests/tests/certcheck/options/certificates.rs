//! Certificates: what a server left out, what was revoked, what is pinned, and
//! those of clients.

use std::path::PathBuf;
use std::process::Command;

use rcgen::{CertificateParams, CustomExtension};
use serde_json::Value;
use workspace_tests::peers::tls::Authority;

use super::{assert_reason, at, certcheck, check, reason};

/// `id-ad-caIssuers` (RFC 5280 section 4.2.2.1) with one URL.
fn issuer_url(params: &mut CertificateParams, url: &str) {
    let tlv = |tag: u8, content: &[u8]| {
        [&[tag, u8::try_from(content.len()).unwrap()][..], content].concat()
    };
    let method = tlv(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
    let access = tlv(0x30, &[method, tlv(0x86, url.as_bytes())].concat());
    params
        .custom_extensions
        .push(CustomExtension::from_oid_content(
            &[1, 3, 6, 1, 5, 5, 7, 1, 1],
            tlv(0x30, &access),
        ));
}

#[test]
fn the_issuer_url_is_asked_for_what_the_server_left_out_and_the_peer_stays_bad() {
    let ca = Authority::new().unwrap();
    std::fs::write(ca.folder().join("issuer.der"), ca.intermediate()).unwrap();
    std::fs::write(ca.folder().join("junk.der"), "junk").unwrap();
    let web = ca
        .nginx(&format!(
            "server {{ listen 127.0.0.1:PORT; root {}; }}",
            ca.folder().display()
        ))
        .unwrap();
    for (file, said) in [
        ("issuer.der", "supplies it: CN=Test Intermediate"),
        ("junk.der", "does not supply it"),
        ("none.der", "does not supply it"),
    ] {
        let url = format!("http://127.0.0.1:{}/{file}", web.port);
        let files = ca
            .issue_with("localhost", 2045, |params| issuer_url(params, &url))
            .unwrap();
        let server = ca.nginx(&files.block_of_leaf("return 200;")).unwrap();
        let (code, peers) = check(&ca, &["--aia", &at(&server)]);
        assert_eq!(code, 1, "{file}");
        assert_eq!(peers[0]["reason"], "missing-intermediate");
        let message = peers[0]["findings"][0]["message"].as_str().unwrap();
        assert!(message.contains(said), "{message}");
        // Nobody is asked unbidden.
        let (_, peers) = check(&ca, &[&at(&server)]);
        let message = peers[0]["findings"][0]["message"].as_str().unwrap();
        assert!(!message.contains("suppl"), "{message}");
    }
}

#[test]
fn revocation_lists_revoke_must_cover_and_must_not_have_expired() {
    let ca = Authority::new().unwrap();
    let files = ca
        .issue_with("localhost", 2045, |params| {
            params.serial_number = Some(77.into());
        })
        .unwrap();
    let server = ca.nginx(&files.block("return 200;")).unwrap();
    let target = at(&server);
    let fresh = ca.revocation_lists(2045, &[78]).unwrap();
    let revoked = ca.revocation_lists(2045, &[77]).unwrap();
    let expired = ca.revocation_lists(2024, &[78]).unwrap();
    let other = Authority::new().unwrap().revocation_lists(2045, &[]);
    let path = |file: &PathBuf| file.to_str().unwrap().to_owned();
    assert_reason(&ca, &["--crl", &path(&fresh), &target], 0, "");
    assert_reason(&ca, &["--crl", &path(&revoked), &target], 1, "revoked");
    assert_reason(&ca, &["--crl", &path(&expired), &target], 1, "crl-expired");
    // The list was gone with its folder: named, nothing attempted.
    let mut command = certcheck(&["check", "--crl"]);
    let output = command
        .arg(other.unwrap())
        .args(["--ca-file"])
        .arg(ca.ca_file())
        .arg(&target)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let foreign = Authority::new().unwrap();
    let foreign_list = foreign.revocation_lists(2045, &[]).unwrap();
    let (code, said) = reason(&ca, &["--crl", &path(&foreign_list), &target]);
    assert_eq!(code, 1);
    assert!(
        ["revocation-unknown", "bad-crl", "bad-signature"].contains(&said.as_str()),
        "{said}"
    );
    // As of a time when the list was good.
    assert_reason(
        &ca,
        &["--crl", &path(&expired), "--at", "2023-06-01", &target],
        0,
        "",
    );
}

#[test]
fn pins_hold_the_peer_to_an_issuer_and_a_fingerprint() {
    let ca = Authority::new().unwrap();
    let files = ca.issue("localhost", 2045).unwrap();
    let server = ca.nginx(&files.block("return 200;")).unwrap();
    let target = at(&server);
    let output = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(&files.leaf)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let fingerprint = text.trim().split('=').nth(1).unwrap();
    let wrong = "00".repeat(32);
    for (args, code, expected) in [
        (["--expect-issuer", "Test Intermediate"], 0, ""),
        (["--expect-issuer", "Other"], 1, "unexpected-issuer"),
        (["--expect-fingerprint", fingerprint], 0, ""),
        (
            ["--expect-fingerprint", &wrong],
            1,
            "unexpected-fingerprint",
        ),
    ] {
        assert_reason(&ca, &[args[0], args[1], &target], code, expected);
    }
    // One of several is enough.
    let either = [
        "--expect-fingerprint",
        &wrong,
        "--expect-fingerprint",
        fingerprint,
        &target,
    ];
    assert_reason(&ca, &either, 0, "");
}

#[test]
fn a_wrong_client_certificate_is_told_from_none() {
    let ca = Authority::new().unwrap();
    let files = ca.issue("localhost", 2045).unwrap();
    let demand = format!(
        "ssl_client_certificate {}; ssl_verify_depth 3; ssl_verify_client on; return 200;",
        ca.ca_file().display()
    );
    let server = ca.nginx(&files.block(&demand)).unwrap();
    let target = at(&server);
    let stranger = Authority::new().unwrap();
    let strange = stranger.issue("localhost", 2045).unwrap();
    let shown = |files: &workspace_tests::peers::tls::Files| {
        let text = |path: &PathBuf| path.to_str().unwrap().to_owned();
        let (chain, key) = (text(&files.chain), text(&files.key));
        let (code, peers) = check(
            &ca,
            &["--client-cert", &chain, "--client-key", &key, &target],
        );
        (code, peers[0]["http"]["status"].clone())
    };
    assert_eq!(shown(&files), (0, Value::from(200)));
    // nginx refuses in HTTP what it was not shown or does not trust.
    assert_eq!(shown(&strange).1, 400);
    let (_, peers) = check(&ca, &[&target]);
    assert_eq!(peers[0]["http"]["status"], 400);
}
