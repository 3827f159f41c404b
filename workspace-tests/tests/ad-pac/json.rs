//! Every field of every `--json`: held to golden files, and every one of them
//! documented in the README of `ad-pac`.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::collections::BTreeSet;

use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::directory::Certificate;
use workspace_tests::scenarios::ad_pac::in_process::InProcess;
use workspace_tests::scenarios::ad_pac::{ADMINISTRATOR, DELEGATE, Domain as _, Ran, ad_pac};

/// What a command prints, with the port and the folder of this run put aside,
/// one field a line. `UPDATE_GOLDEN=1` writes the file.
fn golden(name: &str, domain: &InProcess, ran: &Ran, code: i32) -> Vec<Value> {
    assert_eq!(ran.code, code, "{ran:#?}");
    let documents: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{ran:#?}")))
        .collect();
    let seen: String = documents
        .iter()
        .map(|document| serde_json::to_string_pretty(document).unwrap() + "\n")
        .collect();
    let folder = domain.directory().ca_file().parent().unwrap();
    let seen = seen
        .replace(&domain.server(), "localhost:PORT")
        .replace(folder.to_str().unwrap(), "FOLDER");
    let file = bins::workspace().join(format!("workspace-tests/tests/ad-pac/golden/{name}.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &seen).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        seen == expected,
        "{} differs (UPDATE_GOLDEN=1 writes it)\nseen:\n{seen}\nexpected:\n{expected}",
        file.display()
    );
    documents
}

fn fields(document: &Value, found: &mut BTreeSet<String>) {
    match document {
        Value::Object(map) => {
            for (name, value) in map {
                found.insert(name.clone());
                fields(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

/// Between backquotes, in the chapter on JSON.
fn documented() -> BTreeSet<String> {
    let readme = std::fs::read_to_string(bins::workspace().join("ad-pac/README.md")).unwrap();
    let chapter = readme
        .split("\n## ")
        .find(|chapter| chapter.starts_with("JSON\n"))
        .expect("a chapter on JSON");
    chapter
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|word| word.trim_end_matches("[]").to_owned())
        .collect()
}

#[test]
fn every_field_of_every_command_is_as_documented() {
    let domain = InProcess::start(Certificate::Good).unwrap();
    let run = |args: &[&str]| ad_pac(&domain, DELEGATE, args).unwrap();
    let folder = domain.directory().ca_file().parent().unwrap();
    let journal = folder.join("journal.jsonl");
    let path = journal.to_str().unwrap();
    let undo = folder.join("undo.jsonl");
    let mut found = BTreeSet::new();
    let mut hold = |name: &str, code: i32, ran: &Ran| {
        for document in golden(name, &domain, ran, code) {
            fields(&document, &mut found);
        }
    };
    hold("show", 0, &run(&["show", "nfs09", "nfs11", "--json"]));
    let args = ["set", "nfs11", "nfs09", "wks21", "dc1", "nosuch"];
    let options = ["--yes", "--json", "--journal", path];
    let dry = [&args[..], &["--dry-run", "--json"]].concat();
    hold("set-dry-run", 3, &run(&dry));
    hold("set", 3, &run(&[&args[..], &options].concat()));
    hold("clear", 0, &run(&["clear", "nfs01", "--json"]));
    hold("audit", 1, &run(&["audit", "--json"]));
    let args = ["undo", path, "--json", "--journal", undo.to_str().unwrap()];
    hold("undo", 0, &run(&args));
    let args = ["forecast", "alice", "bob", "--json", "--for", "nfs01"];
    hold("forecast", 1, &run(&args));
    hold("error-unknown", 2, &run(&["show", "nosuch", "--json"]));
    let refused = ad_pac(&domain, ADMINISTRATOR, &["set", "dc1", "--json"]).unwrap();
    hold("error-refused", 1, &refused);

    // The times in a journal are those of the run; its fields are documented.
    for line in std::fs::read_to_string(&journal).unwrap().lines() {
        fields(&serde_json::from_str(line).unwrap(), &mut found);
    }
    let documented = documented();
    let missing: Vec<_> = found.difference(&documented).collect();
    assert!(missing.is_empty(), "not in the README: {missing:?}");
}
