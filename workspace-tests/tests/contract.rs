//! The contract of the four binaries, checked on them as black boxes: exit
//! statuses, errors and hints, JSON, help, closed pipes.
//!
//! Commands are found through `-h`, so that a new one is held to the contract
//! from the moment it exists.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::process::{Command, Output, Stdio};

use workspace_tests::bins;
use workspace_tests::commands::commands;

const LONGEST_SHORT_HELP: usize = 40;
const WIDEST_SHORT_HELP: usize = 100;

fn run(tool: &str, args: &[&str]) -> Output {
    Command::new(bins::tool(tool))
        .args(args)
        .env_remove("NO_COLOR")
        .env("AD_PAC_PASSWORD", "wrong")
        .env("RABBIT_GRAPH_PASSWORD", "wrong")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{tool} cannot be started: {error}"))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output is UTF-8")
}

fn each_command(mut check: impl FnMut(&str, &[&str], &str)) {
    for tool in bins::TOOLS {
        for command in commands(tool) {
            let words: Vec<&str> = command.iter().map(String::as_str).collect();
            let name = format!("{tool} {}", words.join(" "));
            check(tool, &words, name.trim_end());
        }
    }
}

fn with<'a>(words: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    words.iter().chain(more).copied().collect()
}

/// Checks `tool: subject: what failed[: cause]` and the `hint:` lines after it.
fn assert_error_form(tool: &str, name: &str, stderr: &str) {
    let mut lines = stderr.lines();
    let first = lines
        .next()
        .unwrap_or_else(|| panic!("{name}: nothing on stderr"));
    let rest = first
        .strip_prefix(&format!("{tool}: "))
        .unwrap_or_else(|| panic!("{name}: `{first}` does not start with `{tool}: `"));
    let (subject, what) = rest
        .split_once(": ")
        .unwrap_or_else(|| panic!("{name}: `{first}` has no subject or no statement"));
    assert!(!subject.is_empty() && !what.is_empty(), "{name}: `{first}`");
    assert!(
        lines.any(|line| line.starts_with("hint: ")),
        "{name}: no hint after `{first}`"
    );
    assert_no_debug_print(name, stderr);
}

fn assert_no_debug_print(name: &str, stderr: &str) {
    for trace in [
        "Error {",
        "Os {",
        "Some(",
        "Err(",
        "Error(",
        "kind: ",
        "panicked at",
        "\\u{",
    ] {
        assert!(
            !stderr.contains(trace),
            "{name}: `{trace}` in an error:\n{stderr}"
        );
    }
}

fn assert_json_error(name: &str, stdout: &[u8]) {
    let document: serde_json::Value = serde_json::from_slice(stdout)
        .unwrap_or_else(|error| panic!("{name}: stdout is not one JSON document: {error}"));
    let error = &document["error"];
    for field in ["kind", "message", "subject"] {
        assert!(
            error[field].as_str().is_some_and(|value| !value.is_empty()),
            "{name}: error.{field} is missing in {document}"
        );
    }
    assert!(
        error["hints"].is_array(),
        "{name}: error.hints is missing in {document}"
    );
}

#[test]
fn every_tool_prints_its_version_on_stdout() {
    for tool in bins::TOOLS {
        let output = run(tool, &["--version"]);
        assert_eq!(output.status.code(), Some(0), "{tool}");
        let version = text(&output.stdout).trim_end();
        assert!(version.starts_with(&format!("{tool} ")), "{version}");
        assert!(version.ends_with(char::is_numeric), "{version}");
        assert!(output.stderr.is_empty(), "{tool}");
    }
}

#[test]
fn every_short_help_fits_a_screen_and_ends_with_two_examples() {
    each_command(|tool, words, name| {
        let output = run(tool, &with(words, &["-h"]));
        assert_eq!(output.status.code(), Some(0), "{name}");
        assert!(output.stderr.is_empty(), "{name}");
        let help = text(&output.stdout);
        let length = help.lines().count();
        assert!(length <= LONGEST_SHORT_HELP, "{name} -h has {length} lines");
        for line in help.lines() {
            assert!(
                line.chars().count() <= WIDEST_SHORT_HELP,
                "{name} -h has a line wider than {WIDEST_SHORT_HELP} columns: {line}"
            );
        }
        let (_, examples) = help
            .split_once("\nExamples:\n")
            .unwrap_or_else(|| panic!("{name} -h has no examples:\n{help}"));
        let shown = examples.lines().filter(|line| line.contains(tool)).count();
        assert!(
            shown >= 2,
            "{name} -h has {shown} examples, expected two:\n{examples}"
        );
    });
}

/// The paragraphs that `--help` has on each argument and option.
fn told(help: &str) -> Vec<(&str, Vec<String>)> {
    let mut entries: Vec<(&str, Vec<String>)> = Vec::new();
    let mut section = "";
    for line in help.lines() {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        if indent == 0 && line.ends_with(':') {
            section = line;
        }
        if !["Arguments:", "Options:"].contains(&section) {
            continue;
        }
        let begins = ['-', '<', '['].iter().any(|sign| words.starts_with(*sign));
        if begins && (2..=6).contains(&indent) {
            let (name, text) = words.split_once("  ").unwrap_or((words, ""));
            entries.push((name, vec![text.trim().to_owned()]));
        } else if let Some((_, paragraphs)) = entries.last_mut() {
            match paragraphs.last_mut() {
                Some(last) if !words.is_empty() => {
                    last.push(' ');
                    last.push_str(words);
                }
                _ => paragraphs.push(String::new()),
            }
        }
    }
    entries
}

#[test]
fn every_option_in_the_manual_has_a_sentence_and_then_one_that_says_what_it_is_good_for() {
    // clap's own, whose names say it.
    const OBVIOUS: [&str; 2] = ["-h, --help", "-V, --version"];
    each_command(|tool, words, name| {
        let output = run(tool, &with(words, &["--help"]));
        assert_eq!(output.status.code(), Some(0), "{name}");
        let mut reasons = Vec::new();
        let entries = told(text(&output.stdout));
        assert!(entries.len() >= 4, "{name}: {entries:?}");
        for (option, paragraphs) in entries {
            let paragraphs: Vec<&str> = paragraphs.iter().map(|text| text.trim()).collect();
            let what = paragraphs[0];
            assert!(
                what.split(' ').count() >= 2,
                "{name} {option}: nothing is said"
            );
            if OBVIOUS.contains(&option) {
                continue;
            }
            let reason = paragraphs[1..]
                .iter()
                .find(|text| text.ends_with('.') && text.split(' ').count() >= 6);
            let reason = reason.unwrap_or_else(|| {
                panic!("{name} {option}: `{what}`, and no sentence on why one would want it")
            });
            assert!(
                !reasons.contains(&(*reason).to_owned()),
                "{name} {option}: another option has the same reason: {reason}"
            );
            reasons.push((*reason).to_owned());
        }
    });
}

#[test]
fn every_tool_has_the_common_options() {
    for tool in bins::TOOLS {
        let help = run(tool, &["--help"]);
        for option in ["--color", "--quiet", "--verbose"] {
            assert!(text(&help.stdout).contains(option), "{tool} lacks {option}");
        }
    }
}

#[test]
fn no_command_takes_a_password_as_an_argument() {
    each_command(|tool, words, name| {
        let help = run(tool, &with(words, &["--help"]));
        for word in [
            "--password ",
            "--password=",
            "--pass ",
            "--secret ",
            "--bind-password ",
        ] {
            assert!(!text(&help.stdout).contains(word), "{name} has {word}");
        }
    });
}

#[test]
fn an_unknown_option_is_a_usage_error_that_names_it() {
    each_command(|tool, words, name| {
        let output = run(tool, &with(words, &["--no-such-option"]));
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(output.stdout.is_empty(), "{name}");
        let stderr = text(&output.stderr);
        let start = format!("{tool}: --no-such-option: ");
        assert!(stderr.starts_with(&start), "{name}: {stderr}");
        assert_error_form(tool, name, stderr);
    });
}

#[test]
fn an_unknown_command_is_a_usage_error_that_names_it() {
    for tool in bins::TOOLS {
        let output = run(tool, &["no-such-command"]);
        assert_eq!(output.status.code(), Some(2), "{tool}");
        let stderr = text(&output.stderr);
        assert!(
            stderr.starts_with(&format!("{tool}: no-such-command: ")),
            "{stderr}"
        );
        assert_error_form(tool, tool, stderr);
    }
}

#[test]
fn no_command_at_all_is_a_usage_error() {
    for tool in bins::TOOLS {
        let output = run(tool, &[]);
        assert_eq!(output.status.code(), Some(2), "{tool}");
        assert!(output.stdout.is_empty(), "{tool}");
        assert_error_form(tool, tool, text(&output.stderr));
    }
}

#[test]
fn a_failure_under_json_is_one_json_document() {
    each_command(|tool, words, name| {
        let output = run(tool, &with(words, &["--json", "--no-such-option"]));
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert_json_error(name, &output.stdout);
        assert_no_debug_print(name, text(&output.stderr));
    });
}

#[test]
fn a_failure_under_nagios_is_one_line_and_unknown() {
    let mut checked = 0;
    each_command(|tool, words, name| {
        let help = run(tool, &with(words, &["--help"]));
        if !text(&help.stdout).contains("--nagios") {
            return;
        }
        checked += 1;
        let output = run(tool, &with(words, &["--nagios", "--no-such-option"]));
        assert_eq!(output.status.code(), Some(3), "{name}");
        let stdout = text(&output.stdout);
        assert_eq!(stdout.lines().count(), 1, "{name}: {stdout}");
        assert!(stdout.starts_with("UNKNOWN: "), "{name}: {stdout}");
    });
    assert!(checked > 0, "no command has --nagios");
}

#[test]
fn a_closed_pipe_ends_the_output_and_keeps_the_exit_status() {
    each_command(|tool, words, name| {
        let mut child = Command::new(bins::tool(tool))
            .args(with(words, &["--help"]))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}");
        assert!(output.stderr.is_empty(), "{name}: {}", text(&output.stderr));
    });
}

#[test]
fn help_is_not_coloured_in_a_pipe() {
    each_command(|tool, words, name| {
        let output = run(tool, &with(words, &["--help"]));
        assert!(
            !output.stdout.contains(&0x1b),
            "{name}: escape codes in a pipe"
        );
    });
}

/// A command line whose input is wrong, and the subject its error must name.
const BAD_INPUT: &[(&str, &[&str], &str)] = &[
    (
        "rabbit-graph",
        &["draw", "/nonexistent/definitions.json"],
        "/nonexistent/definitions.json",
    ),
    (
        "certcheck",
        &["check", "-f", "/nonexistent/list", "--json"],
        "/nonexistent/list",
    ),
    ("certcheck", &["check", "host:notaport"], "host:notaport"),
    (
        "certcheck",
        &["check", "--ca-file", "/dev/null", "localhost"],
        "/dev/null",
    ),
    (
        "pxe",
        &["check", "-c", "/nonexistent/pxe.toml"],
        "/nonexistent/pxe.toml",
    ),
    (
        "pxe",
        &["serve", "-c", "/nonexistent/pxe.toml"],
        "/nonexistent/pxe.toml",
    ),
    (
        "ad-pac",
        &[
            "show",
            "--server",
            "127.0.0.1:1",
            "--bind-user",
            "u@example.test",
            "--ca-file",
            "/nonexistent/ca.pem",
            "nfs01",
        ],
        "/nonexistent/ca.pem",
    ),
];

#[test]
fn bad_input_is_refused_before_anything_is_attempted() {
    for (tool, args, subject) in BAD_INPUT {
        let name = format!("{tool} {}", args.join(" "));
        let output = run(tool, args);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {stderr}");
        assert!(
            stderr.starts_with(&format!("{tool}: {subject}")),
            "{name}: {stderr}"
        );
        assert_no_debug_print(&name, stderr);
        if args.contains(&"--json") {
            assert_json_error(&name, &output.stdout);
        }
    }
}

/// A command line whose peer is not there, with the exit status it must have.
const ABSENT_PEER: &[(&str, &[&str], i32)] = &[
    ("rabbit-graph", &["fetch", "http://guest@127.0.0.1:1"], 4),
    ("certcheck", &["check", "127.0.0.1:1"], 1),
    (
        "ad-pac",
        &[
            "show",
            "--server",
            "127.0.0.1:1",
            "--bind-user",
            "u@example.test",
            "nfs01",
        ],
        4,
    ),
];

#[test]
fn an_absent_peer_is_named() {
    for (tool, args, code) in ABSENT_PEER {
        let name = format!("{tool} {}", args.join(" "));
        let output = run(tool, args);
        let all = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(*code), "{name}: {all}");
        assert!(
            all.contains("127.0.0.1"),
            "{name} does not name the peer: {all}"
        );
        assert_no_debug_print(&name, &all);
    }
}
