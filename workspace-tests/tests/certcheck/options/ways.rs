//! Ways to a peer that lead over others: redirects and proxies.

use serde_json::Value;
use workspace_tests::peers::tls::{Authority, Server};

use super::{at, certcheck, check, good, run};

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
