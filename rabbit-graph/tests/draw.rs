//! Pictures and documents as the command makes them.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod kit;

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use kit::{data, drawn, golden, run};

const FORMATS: [&str; 7] = ["svg", "png", "pdf", "html", "mermaid", "graphml", "json"];

/// In `shop.json` and `small.json`.
const PLANTED: [&str; 6] = [
    "Tr0ub4dor",
    "c0rrecth0rse",
    "4Q8xEZZ4aXfZ",
    "T7u2pUqf1b3S",
    "cGxhbnRlZC1oYXNo",
    "planted-password",
];

#[test]
fn each_format_is_as_it_was() {
    let small = data("data/small.json");
    for format in ["svg", "png", "pdf", "mermaid", "graphml", "json"] {
        golden(
            &format!("small.{format}"),
            &drawn(&small, &["-T", format, "--legend"]),
        );
    }
    let dark = drawn(
        &small,
        &["-T", "svg", "--theme", "dark", "--by-prefix", "."],
    );
    golden("small-dark-grouped.svg", &dark);
}

#[test]
fn the_page_is_as_it_was_but_for_its_code() {
    let page = drawn(&data("data/small.json"), &["-T", "html"]);
    let mut page = String::from_utf8(page).unwrap();
    // Style and code are files of their own in the sources, and change with
    // them; what is made from the definitions is what is held here.
    for (start, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let mut from = 0;
        while let Some(found) = page[from..].find(start) {
            let begin = from + found + start.len();
            let length = page[begin..].find(end).unwrap();
            page.replace_range(begin..begin + length, "");
            from = begin;
        }
    }
    golden("small.html", page.as_bytes());
}

/// Every list of the definitions turned around.
fn turned_around(definitions: &Json) -> Json {
    let Json::Object(sections) = definitions else {
        panic!("an object");
    };
    sections
        .iter()
        .rev()
        .map(|(name, section)| {
            let mut section = section.clone();
            if let Json::Array(entries) = &mut section {
                entries.reverse();
            }
            (name.clone(), section)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn the_order_of_the_file_changes_no_byte_of_any_format() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["shop.json", "small.json"] {
        let original = data("data").join(name);
        let definitions: Json = serde_json::from_slice(&fs::read(&original).unwrap()).unwrap();
        let turned = folder.path().join(name);
        fs::write(&turned, turned_around(&definitions).to_string()).unwrap();
        for format in FORMATS {
            let more = ["-T", format, "--legend"];
            assert!(
                drawn(&original, &more) == drawn(&turned, &more),
                "{name} as {format}"
            );
        }
    }
}

#[test]
fn no_format_lets_a_secret_out() {
    for name in ["shop.json", "small.json"] {
        let file = data("data").join(name);
        let original = fs::read_to_string(&file).unwrap();
        let planted: Vec<&str> = PLANTED
            .into_iter()
            .filter(|it| original.contains(it))
            .collect();
        assert!(!planted.is_empty());
        for format in FORMATS {
            let drawn = drawn(&file, &["-T", format, "--show", "permissions"]);
            let text = String::from_utf8_lossy(&drawn);
            for secret in &planted {
                assert!(!text.contains(secret), "{secret} in {format}");
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let docs = run(&[
            "docs",
            file.to_str().unwrap(),
            "-o",
            folder.path().to_str().unwrap(),
        ]);
        assert!(docs.status.success());
        for entry in fs::read_dir(folder.path()).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            for secret in &planted {
                assert!(!text.contains(secret), "{secret} in the documents");
            }
        }
    }
}

#[test]
fn the_ending_of_the_file_tells_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let begins: [(&str, &[u8]); 7] = [
        ("a.svg", b"<svg "),
        ("a.png", b"\x89PNG"),
        ("a.pdf", b"%PDF-"),
        ("a.html", b"<!DOCTYPE html>"),
        ("a.mmd", b"---\ntitle:"),
        ("a.graphml", b"<?xml "),
        ("a.json", b"{"),
    ];
    for (name, begin) in begins {
        let file = folder.path().join(name);
        drawn(&data("data/small.json"), &["-o", file.to_str().unwrap()]);
        assert!(fs::read(&file).unwrap().starts_with(begin), "{name}");
    }
    let output = run(&[
        "draw",
        data("data/small.json").to_str().unwrap(),
        "-o",
        "a.bmp",
    ]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("a.bmp: the ending tells no format") && said.contains("hint:"),
        "{said}"
    );
}

/// Exchanges, queues and bindings, so many.
fn many(queues: usize, bindings: usize) -> String {
    let queues: Vec<Json> = (0..queues)
        .map(|n| json!({"name": format!("queue.{n}"), "vhost": "/", "durable": true, "auto_delete": false, "arguments": {}}))
        .collect();
    let bindings: Vec<Json> = (0..bindings)
        .map(|n| json!({"source": format!("exchange.{}", n % 7), "vhost": "/", "destination": format!("queue.{}", n % queues.len()),
            "destination_type": "queue", "routing_key": format!("key.{n}"), "arguments": {}}))
        .collect();
    let exchanges: Vec<Json> = (0..7)
        .map(|n| json!({"name": format!("exchange.{n}"), "vhost": "/", "type": "topic", "durable": true, "auto_delete": false, "internal": false, "arguments": {}}))
        .collect();
    json!({"vhosts": [{"name": "/"}], "exchanges": exchanges, "queues": queues, "bindings": bindings}).to_string()
}

#[test]
fn what_is_too_large_is_refused_at_once_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.json");
    fs::write(&file, many(7_000, 7_000)).unwrap();
    for (format, part) in [
        (
            "svg",
            "7007 objects are more than the built-in layout takes (6000)",
        ),
        (
            "html",
            "7007 objects are more than the built-in layout takes (6000)",
        ),
        (
            "mermaid",
            "7000 edges are more than Mermaid draws on GitHub (500)",
        ),
    ] {
        let output = run(&["draw", file.to_str().unwrap(), "-T", format]);
        assert_eq!(output.status.code(), Some(2), "{format}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(part), "{said}");
        for hint in ["--vhost", "--focus", "--collapse"] {
            assert!(said.contains(hint), "{said}");
        }
        assert!(output.stdout.is_empty());
    }
    // Collapsed it is a handful of nodes.
    assert!(drawn(&file, &["-T", "svg", "--collapse"]).starts_with(b"<svg "));
}

#[test]
fn documents_are_written_checked_and_cleaned_up() {
    let folder = tempfile::tempdir().unwrap();
    let docs = folder.path().join("docs");
    let (docs, file) = (docs.to_str().unwrap(), data("data/small.json"));
    let file = file.to_str().unwrap();
    let check = || run(&["docs", file, "-o", docs, "--check"]);

    let before = check();
    assert_eq!(before.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&before.stdout).contains("README.md: missing"));
    assert!(!Path::new(docs).exists(), "a check writes nothing");

    assert_eq!(run(&["docs", file, "-o", docs]).status.code(), Some(0));
    let mut files: Vec<String> = fs::read_dir(docs)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "README.md",
            "vhost-_.md",
            "vhost-_.svg",
            "vhost-empty.md",
            "vhost-empty.svg"
        ]
    );
    for name in ["README.md", "vhost-_.md", "vhost-_.svg"] {
        golden(
            &format!("docs/{name}"),
            &fs::read(Path::new(docs).join(name)).unwrap(),
        );
    }
    let after = check();
    assert_eq!(after.status.code(), Some(0));
    assert!(after.stdout.is_empty());

    // A page that was changed, one of a virtual host that is gone, and one
    // that somebody else wrote.
    let page = |name: &str| Path::new(docs).join(name);
    let mut changed = fs::read(page("README.md")).unwrap();
    changed.extend(b"by hand\n");
    fs::write(page("README.md"), &changed).unwrap();
    fs::copy(page("vhost-_.md"), page("vhost-old.md")).unwrap();
    fs::write(page("vhost-old.svg"), "<svg/>").unwrap();
    fs::write(page("vhost-notes.md"), "# Ours\n").unwrap();
    let stale = check();
    assert_eq!(stale.status.code(), Some(1));
    let said = String::from_utf8_lossy(&stale.stdout);
    for line in [
        "README.md: differs",
        "vhost-old.md: left over",
        "vhost-old.svg: left over",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert!(!said.contains("notes"), "{said}");
    assert_eq!(run(&["docs", file, "-o", docs]).status.code(), Some(0));
    assert_eq!(check().status.code(), Some(0));
    assert!(!page("vhost-old.md").exists() && !page("vhost-old.svg").exists());
    assert!(page("vhost-notes.md").exists());
}

#[test]
fn a_difference_is_drawn_with_marks() {
    let folder = tempfile::tempdir().unwrap();
    let old = data("data/small.json");
    let mut definitions: Json = serde_json::from_slice(&fs::read(&old).unwrap()).unwrap();
    // The policy now sends dead letters elsewhere: no queue is touched, and
    // yet a way moves.
    definitions["policies"][0]["definition"]["dead-letter-exchange"] = json!("orders");
    let new = folder.path().join("new.json");
    fs::write(&new, definitions.to_string()).unwrap();
    for format in ["svg", "html"] {
        let output = run(&[
            "diff",
            old.to_str().unwrap(),
            new.to_str().unwrap(),
            "-T",
            format,
        ]);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8_lossy(&output.stdout);
        for (mark, target) in [
            ("removed", "exchange/%2F/dlx"),
            ("added", "exchange/%2F/orders"),
        ] {
            let edge = format!(
                "class=\"edge dead-letter {mark}\" data-source=\"queue/%2F/orders.new\" data-target=\"{target}\""
            );
            assert!(text.contains(&edge), "{edge} in {text}");
        }
    }
}

#[test]
fn the_picture_in_the_readme_is_what_the_tool_draws() {
    let drawn = drawn(&data("data/shop.json"), &["-T", "svg", "--legend"]);
    golden("../../docs/shop.svg", &drawn);
}
