use super::summary::Summary;
use super::*;
use crate::diagnosis::Verdict;

fn summaries() -> Vec<Summary> {
    let good = Summary {
        target: "good.example".into(),
        verdict: Verdict::Ok,
        reason: None,
        messages: vec![],
        not_after: Some(1_800_000_000),
        subject: "CN=good".into(),
        seconds_left: Some(864_000),
        limits: (500, 100),
        tls_version: Some("TLSv1.3".into()),
        http_status: Some(200),
        milliseconds: 1234,
    };
    let bad = Summary {
        target: "a'b|c=\"d\\\".example".into(),
        verdict: Verdict::Bad,
        reason: Some("expired"),
        messages: vec!["expired: the <certificate> | & so on\nmore\u{1}".into()],
        seconds_left: Some(-5),
        http_status: None,
        ..good.clone()
    };
    let gone = Summary {
        target: "gone.example".into(),
        verdict: Verdict::Unchecked,
        reason: Some("dns"),
        messages: vec!["dns: no".into()],
        not_after: None,
        seconds_left: None,
        tls_version: None,
        ..bad.clone()
    };
    vec![good, bad, gone]
}

#[test]
fn the_plugin_line_is_one_line_with_one_bar() {
    let (line, code) = nagios::line(&summaries());
    assert_eq!(code, 2);
    assert_eq!(line.matches('\n').count(), 1);
    assert_eq!(line.matches('|').count(), 1, "{line}");
    assert!(
        line.starts_with("CRITICAL: 1 of 3 peers are fine; a'b/c="),
        "{line}"
    );
    assert!(line.contains("'good.example'=864000s;500:;100: 'good.example time'=1.234s"));
    // An invalid certificate is measured too.
    assert!(line.contains("'a_b_c_\"d\\\".example'=-5s;"), "{line}");
    let (line, code) = nagios::line(&summaries()[..1]);
    assert_eq!(
        (line.split(" | ").next(), code),
        (Some("OK: good.example expires in 10 days"), 0)
    );
}

#[test]
fn the_textfile_escapes_labels_and_measures_bad_peers_too() {
    let text = prometheus::file(&summaries(), 42);
    assert!(text.ends_with('\n'));
    assert!(text.contains("certcheck_up{target=\"good.example\"} 1\n"));
    assert!(text.contains("certcheck_up{target=\"a'b|c=\\\"d\\\\\\\".example\"} 0\n"));
    assert!(text.contains("certcheck_checked{target=\"gone.example\"} 0\n"));
    assert_eq!(
        text.matches("certcheck_not_after_timestamp_seconds{")
            .count(),
        2
    );
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        // A name, a value, and no timestamp behind it.
        let (_, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
}

#[test]
fn the_junit_file_is_well_formed() {
    let text = junit::file(&summaries());
    assert!(text.contains("tests=\"3\" failures=\"1\" errors=\"1\""));
    assert!(text.contains("&lt;certificate&gt; | &amp; so on&#10;more\u{fffd}"));
    assert!(!text.contains('\u{1}'));
}

#[test]
fn a_file_is_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.prom");
    file::write(&path, "old\n").unwrap();
    file::write(&path, "new\n").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let missing = folder.path().join("none/x.prom");
    assert!(
        file::write(&missing, "")
            .unwrap_err()
            .to_string()
            .contains("none/x.prom")
    );
}

#[test]
fn the_json_has_the_documented_fields_and_no_others() {
    use crate::chain::Presented;
    use crate::diagnosis::{Expiry, Failure};
    use crate::outcome::{Answer, Outcome};
    use crate::target::{Options, Target};

    let target = Target::parse("b\u{fc}cher.example", Options::default()).unwrap();
    let mut outcome = Outcome::failed(&target, &Failure::Dns("no".into()), 0);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["a.example".into()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    outcome.presented = vec![Presented::new(certificate.der().clone())];
    outcome.redirected_from = Some("x".into());
    outcome.tls_version = Some("TLSv1.3".into());
    outcome.answer = Some(Answer {
        status: 301,
        location: None,
    });
    outcome.expiry = Some(Expiry {
        certificate: 0,
        subject: String::new(),
        not_after: 0,
        lifetime: 0,
        seconds_left: 0,
    });
    let peer = serde_json::to_value(json::Peer::from(&outcome)).unwrap();
    let mut fields = Vec::new();
    for object in [
        &peer,
        &peer["findings"][0],
        &peer["expiry"],
        &peer["tls"],
        &peer["http"],
        &peer["certificates"][0],
    ] {
        fields.extend(object.as_object().unwrap().keys().cloned());
    }
    let readme = include_str!("../../README.md");
    let table = readme.split("## JSON").nth(1).unwrap();
    let table = table.split("## Reasons").next().unwrap();
    for field in &fields {
        let documented =
            table.contains(&format!("`{field}`")) || table.contains(&format!("`{field}[]`"));
        assert!(documented, "`{field}` is not in the README");
    }
    for word in table
        .split("`files --json")
        .next()
        .unwrap()
        .split('`')
        .skip(1)
        .step_by(2)
    {
        let name = word.trim_end_matches("[]");
        let value = [
            "ok",
            "warning",
            "bad",
            "unchecked",
            "note",
            "failure",
            "null",
            "malformed",
        ];
        let option = name.contains(' ') || name.starts_with('-') || value.contains(&name);
        let command = ["verify", "show", "host:port"].contains(&name);
        assert!(
            option || command || fields.iter().any(|field| field == name),
            "the README documents `{name}`, which is not there"
        );
    }
}
