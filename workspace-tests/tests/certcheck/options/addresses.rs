//! Addresses: by family, all of a name, tried again, and the names that go with
//! them.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use rcgen::SanType;
use serde_json::Value;
use workspace_tests::peers::tls::Authority;

use super::{assert_reason, at, certcheck, check, good, run};

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
