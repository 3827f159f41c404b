//! The real Graphviz: it must accept whatever is drawn, and show all of it.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use workspace_tests::bins::{tool, workspace};

/// Names that break what does not escape them.
const HOSTILE: [&str; 16] = [
    "plain",
    "quote\" and \\ backslash \\n",
    "<b>&amp;'</b>",
    "<table><tr><td>",
    "line\nbreak\tand tab",
    "-->|x|",
    "node [label=x]; }",
    "port:n:sw",
    "a/b%2Fc",
    "\\",
    "\"",
    "訂單 ümläut",
    "\u{202e}right to left",
    "\u{1}control\u{7f}",
    "&lt;",
    "{record|field}",
];

fn drawn(file: &Path, more: &[&str]) -> Vec<u8> {
    let output = Command::new(tool("rabbit-graph"))
        .arg("draw")
        .arg(file)
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{more:?}: {said}");
    output.stdout
}

/// What Graphviz makes of DOT, and that it complains of nothing.
fn graphviz(dot: &[u8], format: &str) -> String {
    let mut child = Command::new("dot")
        .arg(format)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("graphviz is installed: apt-get install graphviz");
    let mut stdin = child.stdin.take().unwrap();
    let input = dot.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

fn hostile() -> Value {
    let objects = |kind: &str| -> Vec<Value> {
        (HOSTILE.iter())
            .map(|name| json!({"vhost": "v\"<&\\", "name": name, "type": kind, "durable": true, "auto_delete": false,
                "internal": false, "arguments": {"x-note": name}}))
            .collect()
    };
    let bindings: Vec<Value> = (HOSTILE.iter().zip(HOSTILE.iter().rev()))
        .map(|(source, destination)| {
            json!({"vhost": "v\"<&\\", "source": source, "destination": destination,
            "destination_type": "queue", "routing_key": source, "arguments": {}})
        })
        .collect();
    let queues: Vec<Value> = (objects("classic").into_iter())
        .map(|mut queue| {
            queue["arguments"]["x-dead-letter-exchange"] = queue["name"].clone();
            queue
        })
        .collect();
    json!({"rabbit_version": "3.13.7", "vhosts": [{"name": "v\"<&\\"}, {"name": "empty\n"}],
        "users": [{"name": "u\"<", "tags": []}],
        "permissions": [{"user": "u\"<", "vhost": "v\"<&\\", "configure": ".*", "write": ".*", "read": ".*"}],
        "exchanges": objects("topic"), "queues": queues, "bindings": bindings})
}

/// Ids of the nodes as the node-link document has them.
fn ids(file: &Path, more: &[&str]) -> BTreeSet<String> {
    let arguments = [more, &["-T", "json"]].concat();
    let document: Value = serde_json::from_slice(&drawn(file, &arguments)).unwrap();
    (document["nodes"].as_array().unwrap().iter())
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The names of the nodes in Graphviz's plain output.
fn plain_nodes(plain: &str) -> BTreeSet<String> {
    (plain.lines())
        .filter_map(|line| line.strip_prefix("node "))
        .map(|rest| match rest.strip_prefix('"') {
            // Ids have neither quotes nor backslashes in them.
            Some(rest) => rest.split('"').next().unwrap().to_owned(),
            None => rest.split(' ').next().unwrap().to_owned(),
        })
        .collect()
}

#[test]
fn graphviz_accepts_hostile_names_and_shows_every_object() {
    let folder = tempfile::tempdir().unwrap();
    let hostile_file = folder.path().join("hostile.json");
    std::fs::write(&hostile_file, hostile().to_string()).unwrap();
    let fixtures = workspace().join("workspace-tests/fixtures");
    let shop = workspace().join("rabbit-graph/tests/data/shop.json");
    for file in [hostile_file, fixtures.join("order-system.json"), shop] {
        for more in [
            &[
                "--legend",
                "--show",
                "permissions,configure,arguments,policies,builtin",
            ][..],
            &["--collapse", "--by-prefix", "."],
            &["--theme", "dark"],
        ] {
            let dot = drawn(&file, &[more, &["-T", "dot"]].concat());
            let svg = graphviz(&dot, "-Tsvg");
            assert!(svg.contains("</svg>"));
            let shown = plain_nodes(&graphviz(&dot, "-Tplain"));
            let missing: Vec<_> = ids(&file, more).difference(&shown).cloned().collect();
            assert!(missing.is_empty(), "{}: {missing:?}", file.display());
        }
    }
}

#[test]
fn graphviz_lays_out_what_is_then_drawn_here() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hostile.json");
    std::fs::write(&file, hostile().to_string()).unwrap();
    let shop = workspace().join("rabbit-graph/tests/data/shop.json");
    for file in [file, shop] {
        let nodes = ids(&file, &[]).len();
        let count = |layout: &str| {
            let svg = drawn(&file, &["-T", "svg", "--layout", layout]);
            let svg = String::from_utf8(svg).unwrap();
            (
                svg.matches("<g class=\"node ").count(),
                svg.matches("<g class=\"edge ").count(),
            )
        };
        let own = count("builtin");
        assert_eq!(own.0, nodes);
        for layout in ["dot", "sfdp"] {
            assert_eq!(count(layout), own, "{layout}");
        }
    }
}
