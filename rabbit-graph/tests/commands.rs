//! Each command from the shell: what it says, its exit status, its errors.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod kit;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use kit::{data, golden, run, said, write};

fn path(name: &str) -> String {
    data(name).to_str().unwrap().to_owned()
}

/// `shop.json` after a change: a policy sends dead letters elsewhere, and a
/// queue has another name.
fn changed_shop(folder: &Path) -> String {
    let shop = fs::read(data("data/shop.json")).unwrap();
    let mut shop: Json = serde_json::from_slice(&shop).unwrap();
    for policy in shop["policies"].as_array_mut().unwrap() {
        if policy["name"] == "warehouse-dead-letters" {
            policy["definition"]["dead-letter-exchange"] = json!("unrouted");
        }
    }
    for queue in shop["queues"].as_array_mut().unwrap() {
        if queue["name"] == "legacy.import" {
            queue["name"] = json!("legacy.export");
        }
    }
    write(folder, "changed.json", shop.to_string())
}

#[test]
fn the_answers_of_every_command_are_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let (shop, new) = (path("data/shop.json"), changed_shop(folder.path()));
    let cases: &[(&str, &[&str], i32)] = &[
        ("lint.txt", &["lint", &shop], 1),
        (
            "lint.json",
            &["lint", &shop, "--json", "--target", "4.3"],
            1,
        ),
        ("rules.txt", &["lint", "--explain", "all"], 0),
        ("rule.txt", &["lint", "--explain", "dead-letter-cycle"], 0),
        (
            "route.txt",
            &[
                "route",
                &shop,
                "--vhost",
                "shop",
                "--exchange",
                "orders",
                "--key",
                "order.created.web",
                "--reject",
            ],
            0,
        ),
        (
            "route.json",
            &[
                "route",
                &shop,
                "--vhost",
                "shop",
                "--exchange",
                "orders",
                "--key",
                "order.created.web",
                "--reject",
                "--json",
            ],
            0,
        ),
        (
            "route-lost.txt",
            &[
                "route",
                &shop,
                "--vhost",
                "shop",
                "--exchange",
                "amq.topic",
                "--key",
                "x",
            ],
            1,
        ),
        (
            "route-missing.txt",
            &[
                "route",
                &shop,
                "--vhost",
                "shop",
                "--exchange",
                "absent",
                "--key",
                "x",
            ],
            1,
        ),
        ("who.txt", &["who", &shop], 0),
        ("who.json", &["who", &shop, "--json"], 0),
        ("diff.txt", &["diff", &shop, &new], 1),
        ("diff.md", &["diff", &shop, &new, "-T", "md"], 1),
        ("diff.json", &["diff", &shop, &new, "--json"], 1),
        ("diff.dot", &["diff", &shop, &new, "-T", "dot"], 1),
        ("fetch.json", &["fetch", &path("data/small.json")], 0),
        (
            "small.dot",
            &[
                "draw",
                &path("data/small.json"),
                "--legend",
                "--show",
                "permissions",
            ],
            0,
        ),
    ];
    for (name, arguments, code) in cases {
        let (found, stdout, stderr) = said(arguments);
        assert_eq!(found, *code, "{arguments:?}: {stderr}");
        golden(name, stdout.as_bytes());
    }
    // SARIF names its source, whose path depends on the machine.
    let mut sarif = Command::new(env!("CARGO_BIN_EXE_rabbit-graph"));
    sarif.args(["lint", "data/small.json", "-T", "sarif"]);
    let output = sarif.current_dir(data("")).output().unwrap();
    golden("lint.sarif", &output.stdout);
}

#[test]
fn cases_are_answered_one_by_one_and_the_exit_status_is_0() {
    let folder = tempfile::tempdir().unwrap();
    let cases = json!([
        {"id": "landed", "vhost": "shop", "exchange": "orders", "routing_key": "order.created.web", "dead_letter": true},
        {"id": 2, "vhost": "shop", "exchange": "absent", "routing_key": "x"},
        {"id": null, "vhost": "nowhere", "exchange": "", "routing_key": "x"},
    ]);
    let cases = write(folder.path(), "cases.json", cases.to_string());
    let answers = folder.path().join("answers.json");
    let (code, stdout, _) = said(&[
        "route",
        &path("data/shop.json"),
        "--cases",
        &cases,
        "-o",
        answers.to_str().unwrap(),
    ]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    golden("answers.json", &fs::read(answers).unwrap());
}

#[test]
fn a_source_may_be_compressed_or_come_from_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let plain = fs::read(data("data/small.json")).unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(&plain).unwrap();
    let packed = packer.finish().unwrap();
    let file = write(folder.path(), "small.json.gz", &packed);
    let expected = said(&["lint", &path("data/small.json"), "--json"]);
    assert_eq!(said(&["lint", &file, "--json"]), expected);
    for bytes in [plain, packed.clone()] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rabbit-graph"))
            .args(["lint", "-", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected.1);
    }
    let cut = write(folder.path(), "cut.json.gz", &packed[..packed.len() - 9]);
    let (code, _, stderr) = said(&["lint", &cut]);
    assert_eq!(code, 2);
    assert!(
        stderr.contains("cut.json.gz: cannot be unpacked") && stderr.contains("hint:"),
        "{stderr}"
    );
}

#[test]
fn what_is_not_json_is_shown_with_a_caret_and_the_known_mistakes_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, place, hint) in [
        (
            "comma.json",
            "{\n  \"queues\": [],\n}",
            "comma.json:3:1",
            "remove the comma",
        ),
        (
            "list.json",
            "{\"queues\": [{\"name\": \"a\"},]}",
            "list.json:1:27",
            "remove the comma",
        ),
        (
            "place.json",
            "{\"queues\": ${QUEUES}}",
            "place.json:1:12",
            "envsubst",
        ),
        (
            "brace.json",
            "{{\"queues\": []}}",
            "brace.json:1:2",
            "braces",
        ),
        (
            "local.jsonnet",
            "local x = 1;\n{queues: []}",
            "local.jsonnet:1:1",
            "jsonnet",
        ),
        ("cut.json", "{\"queues\": [", "cut.json:1:12", "cut off"),
        (
            "page.json",
            "<html></html>",
            "page.json:1:1",
            "/api/definitions",
        ),
    ] {
        let file = write(folder.path(), name, text);
        let (code, stdout, stderr) = said(&["draw", &file]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.contains(place), "{place}: {stderr}");
        assert!(
            stderr.lines().any(|line| line.trim_end().ends_with('^')),
            "{stderr}"
        );
        assert!(
            stderr.contains("hint:") && stderr.contains(hint),
            "{hint}: {stderr}"
        );
    }
}

#[test]
fn accepted_findings_are_waived_until_the_waiver_is_stale() {
    let folder = tempfile::tempdir().unwrap();
    let small = path("data/small.json");
    let waivers = folder.path().join("waivers.toml");
    let waivers = waivers.to_str().unwrap();
    assert_eq!(said(&["lint", &small]).0, 1);
    let (code, stdout, stderr) = said(&["lint", &small, "--write-waivers", waivers]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(stderr.contains("waivers to explain"), "{stderr}");
    let (code, stdout, _) = said(&["lint", &small, "--waivers", waivers, "--json"]);
    let report: Json = serde_json::from_str(&stdout).unwrap();
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["findings"], json!([]));
    assert!(report["waived"].as_u64().unwrap() > 0);
    // One more waiver than there is a finding for.
    let mut text = fs::read_to_string(waivers).unwrap();
    text.push_str(
        "\n[[waiver]]\nrule = \"guest-access\"\nobject = \"user guest\"\nreason = \"once\"\n",
    );
    fs::write(waivers, &text).unwrap();
    let (code, stdout, _) = said(&["lint", &small, "--waivers", waivers]);
    assert_eq!(code, 1);
    assert!(
        stdout.contains("(stale-waiver)") && stdout.contains("user guest"),
        "{stdout}"
    );
    // And one that says no reason.
    text.push_str("\n[[waiver]]\nrule = \"guest-access\"\nobject = \"user x\"\nreason = \"\"\n");
    let line = text.lines().count() - 3;
    fs::write(waivers, &text).unwrap();
    let (code, _, stderr) = said(&["lint", &small, "--waivers", waivers]);
    assert_eq!(code, 2);
    assert!(
        stderr.contains(&format!("waivers.toml:{line}:1: a waiver without a reason")),
        "{stderr}"
    );
}

#[test]
fn rules_are_denied_allowed_and_told_to_a_monitoring_system() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = json!({"rabbitmq_version": "4.2.0", "vhosts": [{"name": "/"}],
        "exchanges": [{"vhost": "/", "name": "x", "type": "fanout", "durable": true, "auto_delete": false, "internal": false, "arguments": {}}],
        "queues": [{"vhost": "/", "name": "q", "durable": true, "auto_delete": false, "arguments": {}}],
        "bindings": [{"vhost": "/", "source": "x", "destination": "q", "destination_type": "queue", "routing_key": "", "arguments": {}}]});
    let file = write(folder.path(), "quiet.json", quiet.to_string());
    let (_, stdout, _) = said(&["lint", &file]);
    assert!(stdout.contains("unbounded-queue"), "{stdout}");
    assert_eq!(said(&["lint", &file, "--deny", "unbounded-queue"]).0, 1);
    assert_eq!(
        said(&[
            "lint",
            &file,
            "--allow",
            "unbounded-queue",
            "--deny",
            "notes"
        ])
        .0,
        0
    );
    let (code, _, stderr) = said(&["lint", &file, "--deny", "unbounded-queues"]);
    assert_eq!(code, 2);
    assert!(
        stderr.contains("did you mean `unbounded-queue`"),
        "{stderr}"
    );
    let (code, stdout, _) = said(&["lint", &path("data/small.json"), "--nagios"]);
    assert!(code == 1 || code == 2, "{stdout}");
    assert_eq!(stdout.lines().count(), 1);
    assert!(stdout.contains(" | 'errors'="), "{stdout}");
}

#[test]
fn rights_are_told_by_user_and_by_object() {
    let small = path("data/small.json");
    let (code, stdout, _) = said(&["who", &small, "--user", "app"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("publish    orders"), "{stdout}");
    let (_, stdout, _) = said(&["who", &small, "--queue", "dead"]);
    assert!(
        stdout.contains("app") && stdout.contains("consume") && !stdout.contains("bind,"),
        "{stdout}"
    );
    let (_, stdout, _) = said(&["who", &small, "--exchange", "dlx", "--json"]);
    let rights: Json = serde_json::from_str(&stdout).unwrap();
    assert_eq!(rights["rights"][0]["write"], json!(false));
    let (code, _, stderr) = said(&["who", &small, "--queue", "dea"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("did you mean `dead`"), "{stderr}");
}

#[test]
fn many_queues_of_one_kind_become_one_and_prefixes_frames() {
    let folder = tempfile::tempdir().unwrap();
    let queues: Vec<Json> = (0..40)
        .map(|at| json!({"vhost": "/", "name": format!("worker.{at:02}.in"), "durable": true, "auto_delete": false, "arguments": {}}))
        .collect();
    let bindings: Vec<Json> = (0..40)
        .map(|at| json!({"vhost": "/", "source": "jobs", "destination": format!("worker.{at:02}.in"), "destination_type": "queue", "routing_key": format!("job.{at}"), "arguments": {}}))
        .collect();
    let definitions = json!({"vhosts": [{"name": "/"}], "queues": queues, "bindings": bindings,
        "exchanges": [{"vhost": "/", "name": "jobs", "type": "direct", "durable": true, "auto_delete": false, "internal": false, "arguments": {}}]});
    let file = write(folder.path(), "many.json", definitions.to_string());
    let (_, stdout, _) = said(&["draw", &file, "-T", "json", "--collapse"]);
    let drawn: Json = serde_json::from_str(&stdout).unwrap();
    assert_eq!(drawn["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(drawn["nodes"][1]["name"], "worker.*.in");
    assert_eq!(drawn["nodes"][1]["count"], 40);
    assert_eq!(drawn["nodes"][1]["members"].as_array().unwrap().len(), 40);
    assert_eq!(drawn["links"].as_array().unwrap().len(), 1);
    assert_eq!(drawn["links"][0]["keys"].as_array().unwrap().len(), 40);
    let (_, stdout, _) = said(&["draw", &file, "-T", "json", "--by-prefix", "."]);
    let drawn: Json = serde_json::from_str(&stdout).unwrap();
    assert_eq!(drawn["graph"]["clusters"][1]["id"], "group/%2F/worker");
    let framed = drawn["nodes"].as_array().unwrap().iter();
    let framed = framed.filter(|node| node["cluster"] == "group/%2F/worker");
    assert_eq!(framed.count(), 40);
}

/// One secret for each place in which a definitions file can hold one, and
/// some where no broker puts any.
fn planted() -> (Json, Vec<String>) {
    let mut secrets = Vec::new();
    let mut plant = |word: &str| {
        let secret = format!("plAnted{word}S3cret");
        secrets.push(secret.clone());
        secret
    };
    let definitions = json!({
        "rabbitmq_version": "3.13.7",
        "password": plant("Top"),
        "api_token": {"nested": [plant("Nested")]},
        "users": [
            {"name": "hashed", "password_hash": plant("Hash"), "hashing_algorithm": "rabbit_password_hashing_md5", "tags": ""},
            {"name": "guest", "password": plant("Plain"), "tags": ["administrator"], "secret_note": plant("Note")},
        ],
        "vhosts": [{"name": "/", "metadata": {"description": "", "db_password": plant("Metadata")}}],
        "permissions": [{"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}],
        "topic_permissions": [],
        "parameters": [
            {"component": "shovel", "vhost": "/", "name": "one", "value": {
                "src-uri": format!("amqp://u:{}@src.example", plant("Source")), "src-queue": "q",
                "dest-uri": ["amqp://", format!("amqps://u:{}@dest.example/v?password={}", plant("Destination"), plant("Query"))],
                "dest-exchange": "x"}},
            {"component": "shovel", "vhost": "/", "name": "two", "value": {
                "src-uri": format!("amqp://u:{}/with@slash@src.example", plant("Slash")), "src-queue": "q",
                "dest-uri": format!("encrypted:{}", plant("Encrypted")), "dest-queue": "q2"}},
            {"component": "federation-upstream", "vhost": "/", "name": "up", "value": {"uri": format!("amqp://u:{}@up.example", plant("Upstream"))}},
            {"component": "unknown-plugin", "vhost": "/", "name": "p", "value": {"deep": [{"client_secret": plant("Deep")}], "url": format!("https://u:{}@plugin.example", plant("Plugin"))}},
        ],
        "global_parameters": [
            {"name": "mqtt", "value": {"token": plant("Global")}},
            {"name": "cluster_name", "value": "tour"},
        ],
        "policies": [{"vhost": "/", "name": "p", "pattern": ".*", "apply-to": "all", "priority": 0,
            "definition": {"max-length": 5, "x-password": plant("Policy"), "federation-upstream": "up"}}],
        "queues": [
            {"vhost": "/", "name": "q", "durable": true, "auto_delete": false, "arguments": {"x-secret": plant("Argument"), "x-uri": format!("amqp://u:{}@host", plant("ArgumentUri"))}},
            {"vhost": "/", "name": "q2", "durable": true, "auto_delete": false, "password": plant("Unknown"), "arguments": {}},
        ],
        "exchanges": [{"vhost": "/", "name": "x", "type": "headers", "durable": true, "auto_delete": false, "internal": false, "arguments": {"passphrase": plant("Exchange")}}],
        "bindings": [{"vhost": "/", "source": "x", "destination": "q", "destination_type": "queue", "routing_key": "",
            "arguments": {"reply-to": format!("amqp://u:{}@reply.example", plant("Binding"))}}],
    });
    (definitions, secrets)
}

#[test]
fn no_command_and_no_format_lets_a_secret_out() {
    let folder = tempfile::tempdir().unwrap();
    let (definitions, secrets) = planted();
    let file = write(folder.path(), "planted.json", definitions.to_string());
    let mut other = definitions.clone();
    for (at, secret) in secrets.iter().enumerate() {
        let text = other
            .to_string()
            .replace(secret.as_str(), &format!("{secret}{at}"));
        other = serde_json::from_str(&text).unwrap();
    }
    let other = write(folder.path(), "other.json", other.to_string());
    let empty = write(folder.path(), "empty.json", "{\"queues\": []}");
    // Broken behind each secret in turn: the excerpt shows what is before.
    let mut broken = Vec::new();
    let text = serde_json::to_string_pretty(&definitions).unwrap();
    for (at, secret) in secrets.iter().enumerate() {
        let start = text.find(secret.as_str()).unwrap();
        for (cut, end) in [
            ("in", start + secret.len() / 2),
            ("behind", start + secret.len() + 1),
        ] {
            let damaged = format!("{}\u{1}{}", &text[..end], &text[end..]);
            broken.push(write(folder.path(), &format!("{cut}-{at}.json"), damaged));
        }
    }
    let docs = folder.path().join("docs");
    let docs = docs.to_str().unwrap();
    let cases = write(
        folder.path(),
        "cases.json",
        json!([{"id": 1, "exchange": "x", "headers": {"reply-to": "none"}, "dead_letter": true}])
            .to_string(),
    );
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for format in [
        "dot", "svg", "html", "mermaid", "graphml", "json", "pdf", "png",
    ] {
        commands.push(vec![
            "draw",
            &file,
            "-vv",
            "-T",
            format,
            "--legend",
            "--show",
            "permissions,builtin",
        ]);
    }
    for format in ["text", "json", "sarif"] {
        commands.push(vec!["lint", &file, "-vv", "-T", format, "--target", "4.3"]);
    }
    for format in ["text", "json", "md", "dot", "svg", "html"] {
        for pair in [[&file, &other], [&empty, &file], [&file, &empty]] {
            commands.push(vec!["diff", pair[0], pair[1], "-T", format]);
        }
    }
    commands.push(vec!["lint", &file, "--nagios"]);
    commands.push(vec!["who", &file]);
    commands.push(vec!["who", &file, "--json"]);
    commands.push(vec!["who", &file, "--exchange", "x"]);
    commands.push(vec!["route", &file, "--exchange", "x", "--reject"]);
    commands.push(vec![
        "route",
        &file,
        "--exchange",
        "x",
        "--reject",
        "--json",
    ]);
    commands.push(vec!["route", &file, "--cases", &cases]);
    commands.push(vec!["fetch", &file, "-vv"]);
    commands.push(vec!["docs", &file, "-o", docs]);
    commands.push(vec!["docs", &file, "-o", docs, "--json"]);
    for file in &broken {
        commands.push(vec!["draw", file]);
        commands.push(vec!["fetch", file]);
    }
    let clean = |arguments: &[&str], bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        for secret in &secrets {
            // Half a secret is one, too.
            let half = &secret[..secret.len() - 4];
            assert!(!text.contains(half), "{half} in {arguments:?}:\n{text}");
        }
    };
    for arguments in &commands {
        let output = run(arguments);
        assert!(output.status.code().unwrap() <= 2, "{arguments:?}");
        clean(arguments, &output.stdout);
        clean(arguments, &output.stderr);
    }
    let mut pages = 0;
    for entry in fs::read_dir(docs).unwrap() {
        clean(&["docs"], &fs::read(entry.unwrap().path()).unwrap());
        pages += 1;
    }
    assert!(pages >= 3);
}

/// The commands in the README and what they are said to print; a line of
/// three dots stands for any lines.
fn console_blocks(text: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, line) => match (line.strip_prefix("$ "), found.last_mut()) {
                (Some(command), _) => found.push((command.to_owned(), Vec::new())),
                (None, Some((_, lines))) => lines.push(line.to_owned()),
                (None, None) => panic!("{line} is of no command"),
            },
            (false, _) => {}
        }
    }
    found
}

fn agrees(expected: &[String], found: &[&str]) -> bool {
    match (expected, found) {
        ([], []) => true,
        ([dots, rest @ ..], _) if dots == "..." => {
            (0..=found.len()).any(|at| agrees(rest, &found[at..]))
        }
        ([line, expected @ ..], [same, found @ ..]) => line == same && agrees(expected, found),
        _ => false,
    }
}

#[test]
fn the_readme_shows_what_the_tool_prints() {
    let folder = tempfile::tempdir().unwrap();
    let shop = fs::read(data("data/shop.json")).unwrap();
    write(folder.path(), "definitions.json", &shop);
    changed_shop(folder.path());
    let readme = fs::read_to_string(data("../README.md")).unwrap();
    let blocks = console_blocks(&readme);
    assert!(blocks.len() > 10);
    let tool = Path::new(env!("CARGO_BIN_EXE_rabbit-graph"));
    let search = std::env::var("PATH").unwrap();
    for (command, expected) in blocks {
        if let Some(name) = command.strip_prefix("cat ") {
            write(folder.path(), name, expected.join("\n"));
            continue;
        }
        let output = Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder.path())
            .env(
                "PATH",
                format!("{}:{search}", tool.parent().unwrap().display()),
            )
            .output()
            .unwrap();
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let lines: Vec<&str> = printed.lines().collect();
        assert!(agrees(&expected, &lines), "$ {command}\n{printed}");
    }
}
