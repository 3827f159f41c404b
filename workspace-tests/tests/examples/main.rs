//! Every example there is, in help, manuals, READMEs and the guide, given to
//! the tools as it stands.
//!
//! The files that it names are there and the network is a cable with nobody at
//! its other end. So an example gets as far as the peer that it speaks of, or
//! to its end, and never ends as a usage error. What the peer would answer is
//! shown where a page is run word for word: `guide`, and the tests of READMEs.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use scene::Scene;
use workspace_tests::bins::{self, TOOLS, workspace};
use workspace_tests::commands::commands;
use workspace_tests::examples::{blocks, session};
use workspace_tests::netns::Lan;

/// At once; each is a process that mostly waits for somebody who never answers.
const WORKERS: usize = 6;

/// An example, and the places where it stands.
type Examples = BTreeMap<String, BTreeSet<String>>;

/// Whether a line starts a tool, at its beginning or in a pipe.
fn names_a_tool(line: &str) -> bool {
    let first = |command: &str| command.split_whitespace().next().map(str::to_owned);
    let mut starts = line.split(['|', ';', '&', '(']).filter_map(first);
    starts.any(|word| TOOLS.contains(&word.as_str()))
}

fn of_the_help(found: &mut Examples) {
    for tool in TOOLS {
        for words in commands(tool) {
            let output = Command::new(bins::tool(tool))
                .args(&words)
                .arg("--help")
                .output()
                .unwrap();
            let help = String::from_utf8(output.stdout).unwrap();
            let place = format!("{tool} {} --help", words.join(" "));
            let (_, examples) = help.split_once("\nExamples:\n").unwrap();
            let examples: Vec<&str> = examples.lines().filter(|line| !line.is_empty()).collect();
            assert!(examples.len() >= 2, "{place}");
            for example in examples {
                let example = example.trim().to_owned();
                assert!(names_a_tool(&example), "{place}: {example}");
                found.entry(example).or_default().insert(place.clone());
            }
        }
    }
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![workspace().join("README.md")];
    pages.extend(TOOLS.map(|tool| workspace().join(tool).join("README.md")));
    let guide = fs::read_dir(workspace().join("docs")).unwrap();
    pages.extend(
        guide
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "md")),
    );
    pages
}

/// What a block has for a shell. A kind that is not known here fails: it may
/// hold examples that would never be run.
fn lines_for_a_shell(kind: &str, text: &str, place: &str) -> Vec<String> {
    let lines = || text.lines().map(str::to_owned);
    match kind {
        "console" => session(text).into_iter().map(|one| one.command).collect(),
        "sh" => lines().collect(),
        "yaml" => lines()
            .map(|line| line.trim_start_matches("- run: ").to_owned())
            .collect(),
        // Five fields say when.
        "cron" => lines()
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().skip(5).collect();
                words.join(" ")
            })
            .collect(),
        "toml" | "python" => Vec::new(),
        // What is shown there is no session, or it would be called one.
        "text" => {
            let typed = lines().filter(|line| line.contains("$ "));
            let ours: Vec<String> = typed.filter(|line| names_a_tool(line)).collect();
            assert!(ours.is_empty(), "{place}: make it a console: {ours:?}");
            Vec::new()
        }
        other => panic!("{place}: blocks of the kind `{other}` are not known here"),
    }
}

fn of_the_pages(found: &mut Examples) {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let place = page.strip_prefix(workspace()).unwrap();
        let place = place.display().to_string();
        for block in blocks(&text) {
            for line in lines_for_a_shell(&block.kind, &block.text, &place) {
                let line = line.split(" #").next().unwrap().trim().to_owned();
                if names_a_tool(&line) {
                    found.entry(line).or_default().insert(place.clone());
                }
            }
        }
    }
}

/// How an example failed, if it did.
fn judge(example: &str, scene: &Scene) -> Option<String> {
    // As a plugin, a tool says UNKNOWN of a wrong option and of an absent peer.
    const PLUGIN: &str = " --nagios";
    if example.contains(PLUGIN) {
        let ran = scene.run(example);
        if ran.statuses.len() != 1 || ran.said.contains(PLUGIN.trim()) {
            return Some(ran.said);
        }
        return judge(&example.replace(PLUGIN, ""), &Scene::new());
    }
    let ran = scene.run(example);
    if ran.statuses.is_empty() {
        return Some(format!("no tool was started\n{}", ran.said));
    }
    // 124 is `timeout`: still at work when it was stopped, as a server is.
    let understood = |status: &i32| [0, 1, 3, 4, 124].contains(status);
    let wrong = ran.statuses.iter().find(|status| !understood(status));
    wrong.map(|status| format!("exit status {status}\n{}", ran.said))
}

#[test]
fn every_example_is_taken_by_its_tool() {
    let mut examples = Examples::new();
    of_the_help(&mut examples);
    of_the_pages(&mut examples);
    assert!(examples.len() > 120, "{}", examples.len());

    let lan = Lan::new().unwrap();
    let host = lan.host("examples", "10.0.0.5/24").unwrap();
    // Nobody answers, and that is known at once.
    host.ip("route add unreachable default").unwrap();
    let queue = Mutex::new(examples.iter());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                host.within(|| {
                    loop {
                        let Some((example, places)) = queue.lock().unwrap().next() else {
                            return;
                        };
                        if let Some(failure) = judge(example, &Scene::new()) {
                            let failure = format!("{places:?}\n$ {example}\n{failure}");
                            failures.lock().unwrap().push(failure);
                        }
                    }
                })
                .unwrap();
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{} of {} examples:\n{}",
        failures.len(),
        examples.len(),
        failures.join("\n")
    );
}

/// The test itself: what it is there to find.
#[test]
fn an_example_with_a_wrong_option_or_an_absent_file_is_found() {
    for wrong in [
        "pxe check -c pxe.toml --nonsense",
        "pxe check -c absent.toml",
        "certcheck check -f absent.toml",
        "rabbit-graph diff old.json absent.json -o changes.svg",
        "ad-pac set nfs01 --ldaps --starttls",
        "pxe decode --nagios boot.pcap",
        "certcheck check --nagios -f absent.toml",
        "cat pxe.toml",
    ] {
        assert!(judge(wrong, &Scene::new()).is_some(), "{wrong}");
    }
    assert_eq!(judge("pxe check -c pxe.toml", &Scene::new()), None);
}
