//! x509-limbo, a corpus of chains written by others, through `certcheck
//! verify`: the verdict differs from the corpus exactly where
//! `limbo/exceptions.txt` says so, each with its reason; and with `--strict`
//! exactly where `limbo/strict.txt` says so.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod limbo {
    pub(crate) mod corpus;
}

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use limbo::corpus::{self, Case};

/// With `--strict`, no more than this many bad chains may pass ...
const MOST_FALSE_ACCEPTS: usize = 10;
/// ... and no more than this many good ones may not.
const MOST_FALSE_REJECTS: usize = 12;

#[test]
fn the_verdict_differs_from_the_corpus_exactly_where_a_reason_is_given() {
    let Some(cases) = corpus::load("the_verdict_differs_from_the_corpus") else {
        return;
    };
    let answers = verify_all(&cases, false);
    compare(&cases, &answers, include_str!("limbo/exceptions.txt"));
}

#[test]
fn the_lints_leave_few_bad_chains_and_refuse_few_good_ones() {
    let Some(cases) = corpus::load("the_lints_leave_few_bad_chains") else {
        return;
    };
    let answers = verify_all(&cases, true);
    compare(&cases, &answers, include_str!("limbo/strict.txt"));
    // Pairs of cases that contradict each other cannot both be met.
    let contradictory: BTreeSet<&str> = cases
        .iter()
        .filter(|case| !case.conflicts_with.is_empty())
        .map(|case| case.id.as_str())
        .collect();
    let count = |wanted: bool| {
        cases
            .iter()
            .filter(|case| !contradictory.contains(case.id.as_str()))
            .filter(|case| case.valid == wanted)
            .filter(|case| {
                answers
                    .get(&case.id)
                    .is_some_and(|accepted| *accepted != wanted)
            })
            .count()
    };
    let (accepts, rejects) = (count(false), count(true));
    corpus::say(&format!(
        "x509-limbo with --strict: {accepts} false accepts, {rejects} false rejects of {}\n",
        answers.len()
    ));
    assert!(accepts <= MOST_FALSE_ACCEPTS, "{accepts} false accepts");
    assert!(rejects <= MOST_FALSE_REJECTS, "{rejects} false rejects");
}

/// Whether each case that can be posed was accepted.
fn verify_all(cases: &[Case], strict: bool) -> BTreeMap<String, bool> {
    let folder = tempfile::tempdir().unwrap();
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if case.unposable().is_none() {
                        let accepted = verify(case, strict, folder.path());
                        answers.lock().unwrap().insert(case.id.clone(), accepted);
                    }
                }
            });
        }
    });
    answers.into_inner().unwrap()
}

fn verify(case: &Case, strict: bool, folder: &Path) -> bool {
    let files = case.write(folder);
    let mut command = Command::new(env!("CARGO_BIN_EXE_certcheck"));
    command
        .args([
            "verify", "--warn", "0d", "--crit", "0d", "--name", &case.name,
        ])
        .arg("--chain")
        .arg(&files.chain)
        .arg("--ca-file")
        .arg(&files.roots)
        .args(["--at", &case.time]);
    if let Some(crls) = &files.crls {
        command.arg("--crl").arg(crls);
    }
    if strict {
        command.arg("--strict");
    }
    let output = command.output().unwrap();
    match output.status.code() {
        Some(0) => true,
        // 2: a root or list that cannot serve as one is refused as input.
        Some(1 | 2) => false,
        other => panic!(
            "{}: exit status {other:?}: {}",
            case.id,
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

/// Lines are `ID accepts|rejects REASON`.
fn compare(cases: &[Case], answers: &BTreeMap<String, bool>, exceptions: &str) {
    let mut expected: BTreeMap<&str, bool> = BTreeMap::new();
    for line in exceptions.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.splitn(3, ' ');
        let (id, what) = (words.next().unwrap(), words.next().unwrap());
        let reason = words.next().unwrap_or_default();
        assert!(!reason.is_empty(), "{id} is excepted without a reason");
        assert!(["accepts", "rejects"].contains(&what), "{line}");
        assert!(
            expected.insert(id, what == "accepts").is_none(),
            "{id} is excepted twice"
        );
    }
    let mut wrong = Vec::new();
    for case in cases {
        let id = case.id.as_str();
        let Some(accepted) = answers.get(id) else {
            continue;
        };
        match expected.remove(id) {
            None if *accepted == case.valid => {}
            None => wrong.push(format!(
                "{id} {}: not excepted",
                if *accepted { "accepts" } else { "rejects" }
            )),
            Some(_) if *accepted == case.valid => {
                wrong.push(format!("{id} is met by now: remove its exception"));
            }
            Some(excepted) => assert_eq!(excepted, *accepted, "{id}"),
        }
    }
    wrong.extend(expected.keys().map(|id| format!("{id} was not run")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
