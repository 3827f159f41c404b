//! What the options of `certcheck check` do before real servers.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rcgen::{CertificateParams, CustomExtension, SanType};
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
fn every_hop_of_a_redirect_is_checked() {
    let ca = Authority::new().unwrap();
    let files = ca.issue("localhost", 2045).unwrap();
    let other = ca.issue("other.example", 2045).unwrap();
    let bad = ca.nginx(&other.block("return 200;")).unwrap();
    let last = good(&ca);
    let redirect = format!(
        "location /bad {{ return 301 https://localhost:{}/; }} \
         location /good {{ return 302 https://localhost:{}/; }} \
         location /plain {{ return 302 http://localhost/; }} \
         location /loop {{ return 302 /loop; }}",
        bad.port, last.port
    );
    let first = ca.nginx(&files.block(&redirect)).unwrap();
    let url = |path: &str| format!("https://localhost:{}/{path}", first.port);

    let (code, peers) = check(&ca, &["--follow", &url("good")]);
    assert_eq!((code, peers.len()), (0, 2), "{peers:?}");
    assert_eq!(peers[0]["http"]["status"], 302);
    assert_eq!(peers[1]["http"]["status"], 200);
    assert_eq!(peers[1]["redirected_from"], url("good").as_str());

    let (code, peers) = check(&ca, &["--follow", &url("bad")]);
    assert_eq!((code, peers.len()), (1, 2), "{peers:?}");
    assert_eq!(peers[0]["verdict"], "ok");
    assert_eq!(peers[1]["reason"], "name-mismatch");
    // Unbidden it is not followed.
    let (code, peers) = check(&ca, &[&url("bad")]);
    assert_eq!((code, peers.len()), (0, 1), "{peers:?}");

    let (code, peers) = check(&ca, &["--follow", &url("plain")]);
    assert_eq!(
        (code, &peers[0]["reason"]),
        (1, &Value::from("redirect-to-plain-http"))
    );
    let (code, peers) = check(&ca, &["--follow", &url("loop")]);
    assert_eq!((code, peers.len()), (1, 11));
    assert_eq!(peers[10]["reason"], "bad-redirect");
}

/// A command with a hosts file of its own, in a mount namespace of its own.
fn with_hosts(folder: &Path, hosts: &str, command: &Command) -> Command {
    let file = folder.join("hosts");
    std::fs::write(&file, hosts).unwrap();
    let mut wrapped = Command::new("unshare");
    wrapped
        .args([
            "-m",
            "sh",
            "-c",
            "mount --bind \"$0\" /etc/hosts && exec \"$@\"",
        ])
        .arg(file)
        .arg(command.get_program())
        .args(command.get_args());
    wrapped
}

#[test]
fn addresses_of_a_name_are_chosen_by_family_or_checked_all() {
    let ca = Authority::new().unwrap();
    let files = ca.issue("many.example", 2045).unwrap();
    let expired = ca.issue("many.example", 2024).unwrap();
    let v4 = ca.nginx(&files.block("return 200;")).unwrap();
    // The same port at another address shows an expired certificate.
    let block = expired
        .block("return 200;")
        .replace("127.0.0.1:PORT", &format!("[::1]:{}", v4.port));
    let listening = format!("{block} server {{ listen 127.0.0.1:PORT; }}");
    let _v6 = ca.nginx(&listening).unwrap();
    let target = format!("many.example:{}", v4.port);
    let hosts = "127.0.0.1 many.example\n::1 many.example\n127.0.0.9 many.example\n";
    let run_with = |more: &[&str]| {
        let ca_file = ca.ca_file();
        let mut args = vec!["check", "--json", "--ca-file", ca_file.to_str().unwrap()];
        args.extend(more);
        args.push(&target);
        run(with_hosts(ca.folder(), hosts, &certcheck(&args)))
    };
    let (code, peers) = run_with(&["-4"]);
    assert_eq!((code, &peers[0]["verdict"]), (0, &Value::from("ok")));
    let (code, peers) = run_with(&["-6"]);
    assert_eq!((code, &peers[0]["reason"]), (1, &Value::from("expired")));
    assert_eq!(peers[0]["address"], format!("[::1]:{}", v4.port));

    let (code, peers) = run_with(&["--all-addresses"]);
    assert_eq!((code, peers.len()), (1, 3), "{peers:?}");
    let mut seen: Vec<(&str, &str)> = peers
        .iter()
        .map(|peer| {
            let address = peer["address"].as_str().unwrap();
            let (address, _) = address.rsplit_once(':').unwrap();
            (address, peer["reason"].as_str().unwrap_or("ok"))
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            ("127.0.0.1", "ok"),
            ("127.0.0.9", "connection-refused"),
            ("[::1]", "expired")
        ]
    );
    // With one family the refused address does not hide the good one.
    let hosts = "127.0.0.9 many.example\n127.0.0.1 many.example\n";
    let mut command = certcheck(&["check", "--json", "-4", "--ca-file"]);
    command.arg(ca.ca_file()).arg(&target);
    let (code, peers) = run(with_hosts(ca.folder(), hosts, &command));
    assert_eq!((code, &peers[0]["verdict"]), (0, &Value::from("ok")));
}

/// Copies both ways until one side ends.
fn forward(client: TcpStream, server: TcpStream) {
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    };
    let (back, forth) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || copy(client, server));
    std::thread::spawn(move || copy(back, forth));
}

#[test]
fn a_failure_that_passes_is_tried_again_when_asked_to() {
    let ca = Authority::new().unwrap();
    let server = good(&ca);
    let (to, unsteady) = (server.port, TcpListener::bind("127.0.0.1:0").unwrap());
    let port = unsteady.local_addr().unwrap().port();
    // Every other connection is dropped; the rest reach the server. A check
    // that sees its first one dropped looks once more for a plain protocol.
    std::thread::spawn(move || {
        for (number, client) in unsteady.incoming().flatten().enumerate() {
            if number % 3 == 2 {
                forward(client, TcpStream::connect(("127.0.0.1", to)).unwrap());
            }
        }
    });
    let target = format!("localhost:{port}");
    let (code, peers) = check(&ca, &["--retries", "1", &target]);
    assert_eq!(
        (code, &peers[0]["verdict"]),
        (0, &Value::from("ok")),
        "{peers:?}"
    );
    let (code, peers) = check(&ca, &[&target]);
    assert_eq!(
        (code, &peers[0]["verdict"]),
        (1, &Value::from("unchecked")),
        "{peers:?}"
    );
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
fn the_name_that_is_sent_dialled_and_expected_are_three_things() {
    let ca = Authority::new().unwrap();
    let plain = ca.issue("default.example", 2045).unwrap();
    let named = ca.issue("named.example", 2045).unwrap();
    let idn = ca.issue("xn--bcher-kva.example", 2045).unwrap();
    let block = format!(
        "{} {} {}",
        plain.block("server_name default.example; return 200;"),
        named.block("server_name named.example; return 201;"),
        idn.block("server_name xn--bcher-kva.example; return 203;")
    );
    let server = ca.nginx(&block).unwrap();
    let to = format!("127.0.0.1:{}", server.port);
    let local = at(&server);
    let seen = |args: &[&str]| {
        let (code, peers) = check(&ca, args);
        (code, peers[0].clone())
    };
    let (code, peer) = seen(&["--connect-to", &to, "named.example"]);
    assert_eq!(
        (code, &peer["http"]["status"]),
        (0, &Value::from(201)),
        "{peer}"
    );
    assert_eq!(peer["address"], to.as_str());
    // Without SNI the default server answers, with the default certificate.
    let (code, peer) = seen(&["--connect-to", &to, "--sni", "none", "named.example"]);
    assert_eq!(
        (code, &peer["reason"]),
        (1, &Value::from("name-mismatch")),
        "{peer}"
    );
    assert_eq!(peer["certificates"][0]["dns_names"][0], "default.example");
    let (code, peer) = seen(&["--sni", "none", "--name", "default.example", &local]);
    assert_eq!(
        (code, &peer["http"]["status"]),
        (0, &Value::from(200)),
        "{peer}"
    );
    let (code, peer) = seen(&["--sni", "named.example", "--name", "named.example", &local]);
    // The Host header is the target's, whose server answers.
    assert_eq!((code, &peer["verdict"]), (0, &Value::from("ok")), "{peer}");
    assert_eq!(peer["certificates"][0]["dns_names"][0], "named.example");
    // Both forms of an international name mean the same, and both are told.
    for target in [
        "b\u{fc}cher.example",
        "xn--bcher-kva.example",
        "B\u{dc}CHER.example",
    ] {
        let (code, peer) = seen(&["--connect-to", &to, target]);
        assert_eq!(
            (code, &peer["http"]["status"]),
            (0, &Value::from(203)),
            "{peer}"
        );
        assert_eq!(peer["expected_name"], "xn--bcher-kva.example");
        assert_eq!(peer["expected_name_unicode"], "b\u{fc}cher.example");
    }
    let (code, peer) = seen(&[
        "--connect-to",
        &to,
        "--name",
        "b\u{fc}cher.example",
        "named.example",
    ]);
    assert_eq!((code, &peer["reason"]), (1, &Value::from("name-mismatch")));
    let message = peer["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("named.example"), "{message}");
}

#[test]
fn addresses_are_held_to_addresses_in_the_certificate() {
    let ca = Authority::new().unwrap();
    let address = |text: &str| SanType::IpAddress(text.parse::<IpAddr>().unwrap());
    let good = ca
        .issue_with("address.example", 2045, |params| {
            params.subject_alt_names = vec![address("127.0.0.1"), address("::1")];
        })
        .unwrap();
    let wrong = ca.issue("other.example", 2045).unwrap();
    let block = |files: &workspace_tests::peers::tls::Files| {
        files.block("listen [::1]:PORT ssl; return 200;")
    };
    let server = ca.nginx(&block(&good)).unwrap();
    for host in ["127.0.0.1", "[::1]"] {
        assert_reason(&ca, &[&format!("{host}:{}", server.port)], 0, "");
    }
    let v6 = Ipv6Addr::LOCALHOST;
    assert_reason(&ca, &[&format!("https://[{v6}]:{}/", server.port)], 0, "");
    let server = ca.nginx(&block(&wrong)).unwrap();
    for host in ["127.0.0.1", "[::1]"] {
        let target = format!("{host}:{}", server.port);
        assert_reason(&ca, &[&target], 1, "name-mismatch");
    }
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

#[test]
fn lists_carry_options_for_each_target_and_results_keep_their_order() {
    let ca = Authority::new().unwrap();
    let soon = ca
        .issue_with("localhost", 2045, |params| {
            params.not_before = rcgen::date_time_ymd(2030, 1, 1);
            params.not_after = rcgen::date_time_ymd(2030, 4, 11);
        })
        .unwrap();
    let server = ca.nginx(&soon.block("return 200;")).unwrap();
    let target = at(&server);
    let slow = TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = format!("localhost:{}", slow.local_addr().unwrap().port());
    let lines = format!(
        "# slow, but first\n{slow} --timeout 2s\n{target} --warn 10d --crit 1d\n\
         {target} --warn 25d\n{target} --crit 50% # half\n{target} --name other.example\n"
    );
    let toml = format!(
        "[defaults]\nwarn = \"10d\"\ncrit = \"1d\"\n[[target]]\ntarget = \"{slow}\"\ntimeout = \"2s\"\n\
         [[target]]\ntarget = \"{target}\"\n[[target]]\ntarget = \"{target}\"\nwarn = \"25d\"\n\
         [[target]]\ntarget = \"{target}\"\ncrit = \"50%\"\n\
         [[target]]\ntarget = \"{target}\"\nname = \"other.example\"\n"
    );
    for (name, text) in [("hosts.txt", lines), ("hosts.toml", toml)] {
        let file = ca.folder().join(name);
        std::fs::write(&file, text).unwrap();
        // 20 of 100 days are left.
        let file = file.to_str().unwrap();
        let (code, peers) = check(&ca, &["-4", "--at", "2030-03-22", "-f", file]);
        assert_eq!(code, 1);
        let seen: Vec<(&str, &str)> = peers
            .iter()
            .map(|peer| {
                let reason = peer["reason"].as_str().unwrap_or("");
                (peer["verdict"].as_str().unwrap(), reason)
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("unchecked", "timeout"),
                ("ok", ""),
                ("warning", "expires-soon"),
                ("bad", "expires-soon"),
                ("bad", "name-mismatch"),
            ],
            "{name}"
        );
    }
    // On a terminal there is a bar while it runs.
    let command = format!(
        "{} check -4 --ca-file {} --at 2030-02-01 -f {} {target}",
        bins::tool("certcheck").display(),
        ca.ca_file().display(),
        ca.folder().join("hosts.txt").display()
    );
    let output = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("/6 checked"), "{shown}");
    assert!(shown.contains("6 checked: 4 ok"), "{shown}");
}

#[test]
fn thresholds_by_default_fit_every_lifetime() {
    let ca = Authority::new().unwrap();
    let hours = |days: f64| (days * 24.0) as i64;
    // The certificate begins with 2030; so many days before its end a warning
    // and a failure begin.
    for (lifetime, warn, crit) in [
        (200, 21.0, 7.0),
        (100, 21.0, 7.0),
        (47, 11.75, 4.7),
        (6, 1.5, 0.6),
    ] {
        let begin = rcgen::date_time_ymd(2030, 1, 1);
        let end = begin + std::time::Duration::from_secs(lifetime * 86_400);
        let files = ca
            .issue_with("localhost", 2045, |params| {
                params.not_before = begin;
                params.not_after = end;
            })
            .unwrap();
        let server = ca.nginx(&files.block("return 200;")).unwrap();
        let target = at(&server);
        let start: i64 = 1_893_456_000;
        let seen = |before_end: i64| {
            let seconds = start + i64::try_from(lifetime).unwrap() * 86_400 - before_end * 3600;
            let at = jiff::Timestamp::from_second(seconds).unwrap().to_string();
            let (_, peers) = check(&ca, &["--at", &at, &target]);
            peers[0]["verdict"].as_str().unwrap().to_owned()
        };
        assert_eq!(seen(hours(warn) + 1), "ok", "{lifetime}");
        assert_eq!(seen(hours(warn) - 1), "warning", "{lifetime}");
        assert_eq!(seen(hours(crit) + 1), "warning", "{lifetime}");
        assert_eq!(seen(hours(crit) - 1), "bad", "{lifetime}");
    }
}

#[test]
fn a_proxy_comes_from_the_option_or_the_environment_and_serves_every_protocol() {
    let ca = Authority::new().unwrap();
    let server = good(&ca);
    let proxy = ca.tinyproxy(&[server.port]).unwrap();
    let closed = ca.tinyproxy(&[1]).unwrap();
    let url = |proxy: &Server| format!("http://127.0.0.1:{}", proxy.port);
    let target = at(&server);
    let through = |variables: &[(&str, &str)], more: &[&str]| {
        let mut command = certcheck(&["check", "--json", "--timeout", "10s", "--ca-file"]);
        command.arg(ca.ca_file()).args(more).arg(&target);
        command.envs(variables.iter().copied());
        let (code, peers) = run(command);
        let direct = !peers[0]["address"].is_null();
        (
            code,
            direct,
            peers[0]["reason"].as_str().unwrap_or("").to_owned(),
        )
    };
    let (open, shut) = (url(&proxy), url(&closed));
    let none = String::new;
    assert_eq!(through(&[("HTTPS_PROXY", &open)], &[]), (0, false, none()));
    assert_eq!(through(&[("https_proxy", &open)], &[]), (0, false, none()));
    assert_eq!(through(&[("ALL_PROXY", &open)], &[]), (0, false, none()));
    let (code, _, said) = through(&[("HTTPS_PROXY", &shut)], &[]);
    assert_eq!((code, said.as_str()), (1, "proxy"));
    // The option goes before the environment.
    assert_eq!(
        through(&[("HTTPS_PROXY", &shut)], &["--proxy", &open]),
        (0, false, none())
    );
    for bypass in ["localhost", "*", "example.org,localhost"] {
        assert_eq!(
            through(&[("HTTPS_PROXY", &shut), ("NO_PROXY", bypass)], &[]),
            (0, true, none()),
            "{bypass}"
        );
    }
    // TLS without HTTP takes the same way.
    assert_eq!(
        through(&[], &["--tls-only", "--proxy", &open]),
        (0, false, none())
    );
    let (code, _, said) = through(&[], &["--tls-only", "--proxy", &shut]);
    assert_eq!((code, said.as_str()), (1, "proxy"));
}

#[test]
fn an_upgrade_to_tls_goes_through_a_proxy_too() {
    use workspace_tests::peers::starttls::{Certificates, start};
    let certificates = Certificates::new().unwrap();
    let mail = start("smtp", &certificates).unwrap();
    let ca = Authority::new().unwrap();
    let proxy = ca.tinyproxy(&[mail.port]).unwrap();
    let mut command = certcheck(&["check", "--json", "--starttls", "smtp", "--proxy"]);
    command
        .arg(format!("http://localhost:{}", proxy.port))
        .arg("--ca-file")
        .arg(certificates.file("ca.pem"))
        .arg(format!("localhost:{}", mail.port));
    let (code, peers) = run(command);
    assert_eq!((code, &peers[0]["address"]), (0, &Value::Null), "{peers:?}");
    assert_eq!(peers[0]["tls"]["version"], "TLSv1.3", "{peers:?}");
}
