//! Lists of targets, and the thresholds that no option changes.

use std::net::TcpListener;
use std::process::Command;

use workspace_tests::bins;
use workspace_tests::peers::tls::Authority;

use super::{at, check};

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
