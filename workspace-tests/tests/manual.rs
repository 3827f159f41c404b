//! Manual pages and completions, judged by what reads them: groff and the
//! shells.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::fs;
use std::process::{Command, Output, Stdio};

use workspace_tests::bins::{self, TOOLS};
use workspace_tests::commands::commands;

fn run(tool: &str, args: &[&str]) -> String {
    let output = Command::new(bins::tool(tool))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{tool} {args:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn page(tool: &str, words: &[String]) -> String {
    let words = words.iter().map(String::as_str);
    let args: Vec<&str> = std::iter::once("manual").chain(words).collect();
    run(tool, &args)
}

/// The page as a reader sees it.
fn formatted(roff: &str) -> Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), roff).unwrap();
    // Long lines, so that nothing is broken in two.
    Command::new("groff")
        .args(["-ww", "-man", "-Tutf8", "-P-cbou", "-rLL=500n"])
        .arg(file.path())
        .output()
        .unwrap_or_else(|error| {
            panic!("groff cannot be started: {error}; its package is groff-base")
        })
}

#[test]
fn every_command_has_a_page_which_names_every_option_of_its_help() {
    for tool in TOOLS {
        for words in commands(tool) {
            let name = format!("{tool} {}", words.join(" "));
            let shown = formatted(&page(tool, &words));
            assert!(
                shown.stderr.is_empty(),
                "{name}: {}",
                String::from_utf8_lossy(&shown.stderr)
            );
            let shown = String::from_utf8(shown.stdout).unwrap();
            let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
            args.push("--help");
            let help = run(tool, &args);
            let options: Vec<&str> = help
                .lines()
                .map(str::trim_start)
                .filter(|line| line.starts_with('-'))
                .flat_map(str::split_whitespace)
                .filter(|word| word.starts_with("--"))
                .map(|word| word.trim_end_matches(['.', ',', '`']))
                .collect();
            assert!(options.contains(&"--help"), "{name}: {options:?}");
            for option in options {
                assert!(
                    shown.contains(option),
                    "{name}: {option} is not in:\n{shown}"
                );
            }
            for section in ["NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS", "EXAMPLES"] {
                assert!(
                    shown.lines().any(|line| line == section),
                    "{name} has no {section}:\n{shown}"
                );
            }
            let (_, examples) = help.split_once("\nExamples:\n").unwrap();
            for line in examples.lines().filter(|line| !line.is_empty()) {
                assert!(
                    shown.contains(line.trim()),
                    "{name}: `{line}` is not in:\n{shown}"
                );
            }
        }
    }
}

#[test]
fn the_names_of_the_pages_are_the_commands_that_the_help_lists() {
    for tool in TOOLS {
        let names = run(tool, &["manual", "--names"]);
        let mut names: Vec<&str> = names.lines().collect();
        let listed = commands(tool);
        let mut listed: Vec<String> = listed.iter().map(|words| words.join(" ")).collect();
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(names, listed, "{tool}");
    }
}

#[test]
fn a_page_of_a_command_that_does_not_exist_is_a_usage_error() {
    for tool in TOOLS {
        let output = Command::new(bins::tool(tool))
            .args(["manual", "no-such-command"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{tool}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.starts_with(&format!("{tool}: no-such-command: ")),
            "{stderr}"
        );
    }
}

#[test]
fn every_shell_takes_its_completions() {
    let folder = tempfile::tempdir().unwrap();
    for tool in TOOLS {
        for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
            let file = folder.path().join(format!("{tool}.{shell}"));
            fs::write(&file, run(tool, &["completions", shell])).unwrap();
            let output = Command::new(shell).arg(check).arg(&file).output();
            let output = output.unwrap_or_else(|error| {
                panic!("{shell} cannot be started: {error}; packages.txt names its package")
            });
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{tool}: {shell}: {complaint}");
            assert!(complaint.is_empty(), "{tool}: {shell}: {complaint}");
        }
    }
}

/// What bash offers after these words, the last of which is being typed.
fn offered(tool: &str, words: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(tool);
    fs::write(&file, run(tool, &["completions", "bash"])).unwrap();
    let script = format!(
        "source {file}\nfunction=$(complete -p {tool} | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n\
         COMP_WORDS=({words}) COMP_CWORD={last}\n\
         $function {tool} \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{before}]}}\"\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        file = file.display(),
        words = words.join(" "),
        last = words.len() - 1,
        before = words.len() - 2,
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_and_values() {
    assert_eq!(offered("pxe", &["pxe", "che"]), ["check"]);
    assert_eq!(
        offered("certcheck", &["certcheck", "files", "--js"]),
        ["--json"]
    );
    assert_eq!(
        offered("ad-pac", &["ad-pac", "audit", "--expect", "cl"]),
        ["clear"]
    );
    assert_eq!(offered("ad-pac", &["ad-pac", "for"]), ["forecast"]);
}
