//! Every reason of the certificate has a chain that is bad for it alone, and
//! names what an operator has to look at.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::path::Path;
use std::process::Command;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, CustomExtension,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair,
    NameConstraints, date_time_ymd,
};
use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::peers::tls::{Authority, Files};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2045, 1, 1);
    params
}

fn common_name(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

fn root() -> Issuer {
    CertifiedIssuer::self_signed(authority("Root"), key()).unwrap()
}

fn intermediate(root: &Issuer, change: impl FnOnce(&mut CertificateParams)) -> Issuer {
    let mut params = authority("Intermediate");
    change(&mut params);
    CertifiedIssuer::signed_by(params, key(), root).unwrap()
}

fn leaf(issuer: &Issuer, change: impl FnOnce(&mut CertificateParams)) -> Certificate {
    let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    params.distinguished_name = common_name("a.example");
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    change(&mut params);
    params.signed_by(&key(), issuer).unwrap()
}

/// What `verify` says of a chain for a.example, as of 2030.
fn verify(folder: &Path, chain: &[String], trusted: &str) -> Value {
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let output = Command::new(bins::tool("certcheck"))
        .args([
            "verify",
            "--json",
            "--name",
            "a.example",
            "--at",
            "2030-01-01",
        ])
        .arg("--chain")
        .arg(file("chain.pem", &chain.concat()))
        .arg("--ca-file")
        .arg(file("ca.pem", trusted))
        .output()
        .unwrap();
    let peer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let passed = ["ok", "warning"].contains(&peer["verdict"].as_str().unwrap());
    assert_eq!(output.status.code(), Some(i32::from(!passed)), "{peer}");
    peer
}

/// The main reason and its sentence.
#[track_caller]
fn fails(chain: &[String], trusted: &str, reason: &str, said: &str) {
    let folder = tempfile::tempdir().unwrap();
    let peer = verify(folder.path(), chain, trusted);
    assert_eq!(peer["verdict"], "bad", "{peer}");
    assert_eq!(peer["reason"], reason, "{}", peer["findings"]);
    let message = peer["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains(said), "{message}");
    assert!(
        peer["findings"][0]["hint"].is_string(),
        "{reason} has no hint"
    );
    // What can be measured of a bad certificate is measured.
    assert!(peer["expiry"]["not_after"].is_string(), "{peer}");
}

#[test]
fn the_three_faces_of_an_unknown_issuer_are_told_apart() {
    let root = root();
    let middle = intermediate(&root, |_| ());
    let good = leaf(&middle, |_| ());
    let mut alone = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    alone.not_after = date_time_ymd(2040, 1, 1);
    alone.not_before = date_time_ymd(2024, 1, 1);
    let alone = alone.self_signed(&key()).unwrap();
    let stranger = CertifiedIssuer::self_signed(authority("Stranger"), key()).unwrap();
    fails(&[alone.pem()], &root.pem(), "self-signed", "");
    fails(
        &[good.pem()],
        &root.pem(),
        "missing-intermediate",
        "CN=Intermediate",
    );
    fails(
        &[good.pem(), middle.pem()],
        &stranger.pem(),
        "untrusted-root",
        "CN=Root",
    );
    let folder = tempfile::tempdir().unwrap();
    let peer = verify(folder.path(), &[good.pem(), middle.pem()], &root.pem());
    assert_eq!(peer["verdict"], "ok", "{peer}");
}

#[test]
fn time_is_told_with_how_long() {
    let root = root();
    let middle = intermediate(&root, |_| ());
    let until = |year| {
        let leaf = leaf(&middle, |params| {
            params.not_after = date_time_ymd(year, 1, 1);
        });
        [leaf.pem(), middle.pem()]
    };
    fails(&until(2029), &root.pem(), "expired", "expired 365 days ago");
    let early = leaf(&middle, |params| {
        params.not_before = date_time_ymd(2031, 1, 1);
    });
    fails(
        &[early.pem(), middle.pem()],
        &root.pem(),
        "not-yet-valid",
        "365 days",
    );
    // Which certificate of the chain it is, counts.
    let old = intermediate(&root, |params| {
        params.not_after = date_time_ymd(2029, 12, 31);
    });
    let good = leaf(&old, |_| ());
    fails(
        &[good.pem(), old.pem()],
        &root.pem(),
        "expired",
        "CN=Intermediate",
    );
}

#[test]
fn names_are_told_with_those_that_were_presented() {
    let root = root();
    let named = |common: &str, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let leaf = leaf(&root, |params| {
            params.distinguished_name = common_name(common);
            params.subject_alt_names = CertificateParams::new(names).unwrap().subject_alt_names;
        });
        [leaf.pem()]
    };
    fails(
        &named("b.example", &["b.example", "*.b.example"]),
        &root.pem(),
        "name-mismatch",
        "*.b.example",
    );
    fails(
        &named("b.example", &["192.0.2.1"]),
        &root.pem(),
        "name-mismatch",
        "192.0.2.1",
    );
    fails(
        &named("a.example", &[]),
        &root.pem(),
        "name-only-in-cn",
        "a.example",
    );
    for partial in ["a*.example", "*.example.", "*"] {
        let folder = tempfile::tempdir().unwrap();
        let peer = verify(folder.path(), &named("b.example", &[partial]), &root.pem());
        assert_eq!(peer["verdict"], "bad", "{partial}: {peer}");
    }
}

#[test]
fn wrong_uses_and_wrong_issuers_are_named() {
    let root = root();
    let middle = intermediate(&root, |_| ());
    let client = leaf(&middle, |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    fails(
        &[client.pem(), middle.pem()],
        &root.pem(),
        "wrong-usage",
        "",
    );
    let authority = leaf(&middle, |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    fails(
        &[authority.pem(), middle.pem()],
        &root.pem(),
        "ca-as-leaf",
        "",
    );
    let no_ca = intermediate(&root, |params| params.is_ca = IsCa::ExplicitNoCa);
    let below = leaf(&no_ca, |_| ());
    fails(
        &[below.pem(), no_ca.pem()],
        &root.pem(),
        "issuer-not-ca",
        "CN=Intermediate",
    );
    let short = intermediate(&root, |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    let mut lower = self::authority("Lower");
    lower.not_after = date_time_ymd(2044, 1, 1);
    let lower = CertifiedIssuer::signed_by(lower, key(), &short).unwrap();
    let deep = leaf(&lower, |_| ());
    fails(
        &[deep.pem(), lower.pem(), short.pem()],
        &root.pem(),
        "path-too-long",
        "",
    );
    let constrained = intermediate(&root, |params| {
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("b.example".into())],
            excluded_subtrees: vec![],
        });
    });
    let outside = leaf(&constrained, |_| ());
    fails(
        &[outside.pem(), constrained.pem()],
        &root.pem(),
        "name-constraints",
        "a.example",
    );
    let unknown = leaf(&middle, |params| {
        let mut extension =
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    });
    fails(
        &[unknown.pem(), middle.pem()],
        &root.pem(),
        "critical-extension",
        "",
    );
}

#[test]
fn what_is_of_no_use_is_a_note_and_no_failure() {
    let root = root();
    let middle = intermediate(&root, |_| ());
    let good = leaf(&middle, |_| ());
    let expired = intermediate(&root, |params| {
        params.distinguished_name = common_name("Old");
        params.not_after = date_time_ymd(2025, 1, 1);
    });
    let notes = |chain: &[String]| {
        let folder = tempfile::tempdir().unwrap();
        let peer = verify(folder.path(), chain, &root.pem());
        assert_eq!(
            (&peer["verdict"], &peer["reason"]),
            (&Value::from("ok"), &Value::Null)
        );
        // Nor does its end count.
        assert_eq!(peer["expiry"]["certificate"], 0, "{peer}");
        let findings = peer["findings"].as_array().unwrap().clone();
        findings
            .iter()
            .map(|finding| finding["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        notes(&[good.pem(), middle.pem(), root.pem()]),
        ["extra-certificate"]
    );
    assert_eq!(
        notes(&[good.pem(), middle.pem(), expired.pem()]),
        ["extra-certificate"]
    );
    let swapped = notes(&[good.pem(), expired.pem(), middle.pem()]);
    assert!(
        swapped.contains(&"extra-certificate".to_owned()),
        "{swapped:?}"
    );
    let lower = CertifiedIssuer::signed_by(authority("Lower"), key(), &middle).unwrap();
    let deep = leaf(&lower, |_| ());
    let swapped = notes(&[deep.pem(), middle.pem(), lower.pem()]);
    assert_eq!(swapped, ["wrong-order"]);
}

/// Runs the OpenSSL tool in a folder.
fn openssl(folder: &Path, line: &str) {
    let output = Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "openssl {line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn weak_keys_and_signatures_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(
        path.join("extensions"),
        "subjectAltName=DNS:a.example\nextendedKeyUsage=serverAuth\n",
    )
    .unwrap();
    openssl(
        path,
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out root.pem -days 9000 -subj /CN=Root",
    );
    let read = |name: &str| std::fs::read_to_string(path.join(name)).unwrap();
    let issue = |bits: u16, digest: &str| {
        openssl(
            path,
            &format!(
                "req -newkey rsa:{bits} -nodes -keyout key.pem -out request.pem -subj /CN=a.example"
            ),
        );
        openssl(
            path,
            &format!(
                "x509 -req -in request.pem -CA root.pem -CAkey ca.key -CAcreateserial -{digest} \
                 -days 8000 -extfile extensions -out leaf.pem"
            ),
        );
    };
    issue(2048, "sha1");
    fails(
        &[read("leaf.pem")],
        &read("root.pem"),
        "weak-signature",
        "SHA-1",
    );
    // A weak key of the server's own breaks no signature of the chain: alone
    // it is a warning, and in a handshake, which it has to sign, the end.
    issue(1024, "sha256");
    let peer = verify(path, &[read("leaf.pem")], &read("root.pem"));
    assert_eq!(peer["verdict"], "warning", "{peer}");
    assert_eq!(peer["reason"], "weak-key", "{peer}");
    let files = Files {
        chain: path.join("leaf.pem"),
        leaf: path.join("leaf.pem"),
        key: path.join("key.pem"),
    };
    let server = Authority::new()
        .unwrap()
        .openssl(&files, &["-cipher", "DEFAULT@SECLEVEL=0"])
        .unwrap();
    let output = Command::new(bins::tool("certcheck"))
        .args(["check", "--json", "--tls-only", "--name", "a.example", "-4"])
        .arg("--ca-file")
        .arg(path.join("root.pem"))
        .arg(format!("localhost:{}", server.port))
        .output()
        .unwrap();
    let peer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (output.status.code(), &peer["verdict"]),
        (Some(1), &Value::from("bad")),
        "{peer}"
    );
    let ids: Vec<&Value> = peer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| &finding["id"])
        .collect();
    assert!(ids.contains(&&Value::from("weak-key")), "{ids:?}");
}

#[test]
fn a_certificate_changed_after_it_was_signed_has_a_bad_signature() {
    let root = root();
    let good = leaf(&root, |_| ());
    // The last byte of the DER is one of the signature.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.pem"), good.pem()).unwrap();
    openssl(
        folder.path(),
        "x509 -in good.pem -outform DER -out good.der",
    );
    let mut der = std::fs::read(folder.path().join("good.der")).unwrap();
    let last = der.last_mut().unwrap();
    *last ^= 1;
    std::fs::write(folder.path().join("bad.der"), der).unwrap();
    openssl(folder.path(), "x509 -inform DER -in bad.der -out bad.pem");
    let bad = std::fs::read_to_string(folder.path().join("bad.pem")).unwrap();
    fails(&[bad], &root.pem(), "bad-signature", "");
}
