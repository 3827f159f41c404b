//! What names may do to whoever reads a listing.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod kit;

use serde_json::json;

use kit::{said, write};

#[test]
fn a_name_steers_no_terminal_and_breaks_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let (queue, exchange) = ("q\u{1b}[2J\n\u{9b}31m\u{202e}", "e\u{9b}\u{2066}");
    let arguments = json!({"x-dead-letter-exchange": exchange});
    let definitions = json!({
        "vhosts": [{"name": "v\u{9b}"}],
        "users": [{"name": "u\u{9b}\u{202e}", "tags": []}],
        "permissions": [{"user": "u\u{9b}\u{202e}", "vhost": "v\u{9b}", "configure": ".*",
            "write": ".*|\u{9b}", "read": ".*"}],
        "queues": [{"name": queue, "vhost": "v\u{9b}", "durable": true, "arguments": arguments}],
        "exchanges": [{"name": exchange, "vhost": "v\u{9b}", "type": "topic", "durable": true}],
        "bindings": [{"source": exchange, "vhost": "v\u{9b}", "destination": queue,
            "destination_type": "queue", "routing_key": "#.\u{9b}\u{202e}", "arguments": {}}],
    });
    let file = write(folder.path(), "steering.json", definitions.to_string());
    let empty = write(folder.path(), "empty.json", r#"{"vhosts": []}"#);
    let commands: &[(&[&str], usize)] = &[
        (&["lint", &file], 3),
        (
            &[
                "route",
                &file,
                "--exchange",
                exchange,
                "--key",
                "\u{9b}\u{202e}",
                "--reject",
            ],
            6,
        ),
        (
            &["route", &file, "--exchange", exchange, "--key", "\u{9b}"],
            2,
        ),
        (&["who", &file], 4),
        (&["who", &file, "--queue", queue], 2),
        (&["diff", &empty, &file], 9),
    ];
    for (command, lines) in commands {
        let (code, out, err) = said(command);
        assert!(code <= 1 && err.is_empty(), "{command:?}: {code} {err}");
        let steers = |c: char| {
            c != '\n' && c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!out.contains(steers), "{command:?}: {out:?}");
        assert!(out.contains(r"\u{9b}"), "{command:?}: {out}");
        assert_eq!(out.lines().count(), *lines, "{command:?}: {out}");
    }
}
