use super::super::cases::find;
use super::super::verdict::Verdict;
use super::*;

fn outcome(id: &str, verdict: Verdict) -> Outcome {
    Outcome {
        case: find(id).unwrap(),
        verdict,
        ended: Some(CommandEnd::Exited(0)),
        output: b"<html>\x1b[31m\n".to_vec(),
        milliseconds: 1234,
    }
}

fn rows() -> (Vec<Row>, Summary) {
    let outcomes = [
        outcome(
            "good-dns",
            Verdict::Accepted("the server received a request".into()),
        ),
        outcome(
            "wrong-host",
            Verdict::Accepted("the server received a request".into()),
        ),
        outcome(
            "expired",
            Verdict::Refused("alert certificate_expired".into()),
        ),
        outcome("tls10", Verdict::Unplayed("no <common> suite".into())),
        outcome("deep-wildcard", Verdict::Skipped("no namespace".into())),
    ];
    let mut summary = Summary::default();
    for outcome in &outcomes {
        summary.add(outcome.status());
    }
    let rows = outcomes
        .iter()
        .map(|outcome| Row::new(outcome, Some(Client::Pycurl)))
        .collect();
    (rows, summary)
}

#[test]
fn a_hole_names_its_server_its_risk_and_its_hint() {
    let (rows, _) = rows();
    let text = rows[1].text(false, None);
    assert_eq!(
        text,
        "HOLE    wrong-host              accepted: the server received a request\n\
         \x20       server: a certificate for another host (RFC 9525 section 6)\n\
         \x20       risk: whoever holds a certificate for any site can play this one\n\
         \x20       hint: set `c.setopt(pycurl.SSL_VERIFYHOST, 2)` beside `SSL_VERIFYPEER, 1`: \
         0 accepts any name, and 1 is no longer a setting\n"
    );
    assert_eq!(
        rows[2].text(false, None),
        "ok      expired                 refused: alert certificate_expired\n"
    );
}

#[test]
fn output_of_the_command_cannot_steer_the_terminal() {
    let (rows, _) = rows();
    let text = rows[0].text(false, Some(b"a\x1b[31mred\n"));
    assert!(text.ends_with("        | a\u{fffd}[31mred\n"), "{text}");
}

#[test]
fn json_has_the_documented_fields() {
    let (rows, _) = rows();
    let value: serde_json::Value = serde_json::from_str(&rows[1].json()).unwrap();
    assert_eq!(value["case"], "wrong-host");
    assert_eq!(value["expected"], "refuse");
    assert_eq!(value["accepted"], true);
    assert_eq!(value["status"], "hole");
    assert!(value["hint"].as_str().unwrap().contains("SSL_VERIFYHOST"));
    let value: serde_json::Value = serde_json::from_str(&rows[4].json()).unwrap();
    assert!(value["accepted"].is_null());
}

#[test]
fn junit_counts_and_escapes() {
    let (rows, summary) = rows();
    let text = junit(&rows, summary);
    assert!(
        text.contains("tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"6.170\""),
        "{text}"
    );
    assert!(
        text.contains("message=\"no &lt;common&gt; suite\""),
        "{text}"
    );
}

#[test]
fn a_plugin_line_is_critical_for_a_hole_and_unknown_for_what_was_not_judged() {
    let (rows, summary) = rows();
    let (line, code) = summary.nagios(&rows);
    assert_eq!(code, 2);
    assert!(
        line.starts_with("CRITICAL: 2 of 5 cases as they should be, 1 bad servers accepted"),
        "{line}"
    );
    assert!(line.contains(": wrong-host | 'holes'=1;;0;0;5"), "{line}");
    let unknown = Summary {
        cases: 1,
        unplayed: 1,
        ..Summary::default()
    };
    assert_eq!(unknown.nagios(&[]).1, 3);
    let fine = Summary {
        cases: 1,
        ok: 1,
        ..Summary::default()
    };
    assert_eq!(fine.nagios(&[]).1, 0);
}
