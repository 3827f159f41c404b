use serde_json::json;

use super::*;

fn client(id: &str, state: &str, text: &str, file: Value) -> Value {
    json!({
        "id": id, "address": "10.0.0.9", "arch": "uefi-x64", "state": state, "text": text,
        "reason": null, "last": "2026-01-02T03:04:05.678Z", "file": file, "steps": [],
    })
}

fn news(clients: &[Value]) -> Value {
    json!({
        "at": "2026-01-02T03:04:06.000Z",
        "states": {"loading": 1, "stopped": 1},
        "clients": clients,
    })
}

fn watched() -> Watched {
    let mut watched = Watched::default();
    let file = json!({"name": "\\boot\\a.efi", "way": "tftp", "bytes": 5_000_000, "size": 10_000_000, "ms": 2000, "under_way": true});
    let mut stopped = client(
        "02:00:00:00:00:02",
        "stopped",
        "asked for b: file not found",
        Value::Null,
    );
    stopped["reason"] = json!({"code": "file-not-found", "hint": "put it there"});
    let loading = client("02:00:00:00:00:01", "loading", "loading", file);
    watched.hear(&news(&[stopped, loading]));
    watched
}

#[test]
fn a_screen_has_bars_for_what_is_loading_and_reasons_for_what_stopped() {
    assert_eq!(
        watched().screen(140, 10, false),
        [
            "pxe watch  03:04:06 UTC  1 loading, 1 stopped",
            "loading   02:00:00:00:00:01  10.0.0.9  uefi-x64  ████████░░░░░░░░  50 %     2.5 MB/s  \\boot\\a.efi",
            "stopped   02:00:00:00:00:02  10.0.0.9  uefi-x64  asked for b: file not found  hint: put it there",
        ]
    );
}

#[test]
fn a_screen_is_never_wider_or_higher_than_its_window() {
    let mut watched = watched();
    let many: Vec<Value> = (0..200)
        .map(|number| {
            client(
                &format!("client-{number}"),
                "loaded",
                &"long ".repeat(50),
                Value::Null,
            )
        })
        .collect();
    watched.hear(&news(&many));
    for (width, height) in [(20, 5), (80, 24), (200, 50)] {
        let screen = watched.screen(width, height, false);
        assert!(screen.len() < height, "{} lines of {height}", screen.len());
        for line in screen {
            assert!(line.chars().count() <= width, "{line}");
        }
    }
    let last = watched.screen(80, 24, false).pop().unwrap();
    assert!(last.contains("and 182 more"), "{last}");
}

#[test]
fn steps_are_lines_and_nothing_of_a_client_reaches_the_terminal() {
    let mut watched = Watched::default();
    let mut one = client(
        "02:00:00:00:00:01",
        "stopped",
        "no\u{1b}[31m file",
        Value::Null,
    );
    one["steps"] = json!([
        {"at": "2026-01-02T03:04:05.100Z", "last": "2026-01-02T03:04:05.300Z", "times": 3, "text": "DISCOVER: OFFER\u{7}"},
    ]);
    let lines = watched.hear(&news(std::slice::from_ref(&one)));
    assert_eq!(
        lines,
        [
            "03:04:05.300 02:00:00:00:00:01 10.0.0.9 uefi-x64: DISCOVER: OFFER? (3 times)",
            "03:04:06.000 02:00:00:00:00:01 10.0.0.9 uefi-x64: stopped: no?[31m file",
        ]
    );
    one["steps"] = json!([]);
    assert!(
        watched.hear(&news(&[one])).is_empty(),
        "an end is told once"
    );
}

#[test]
fn an_empty_screen_says_what_to_do() {
    let screen = Watched::default().screen(100, 20, false);
    assert!(screen.concat().contains("No machine has asked yet"));
}
