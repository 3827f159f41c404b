//! The examples of the crates, run as somebody who reads them would.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use workspace_tests::bins::{TOOLS, example, workspace};

#[test]
fn every_example_prints_what_is_kept_of_it() {
    let kept = workspace().join("workspace-tests/tests/examples");
    let mut names = BTreeSet::new();
    for tool in TOOLS {
        let before = names.len();
        for entry in fs::read_dir(workspace().join(tool).join("examples")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "rs") {
                names.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
            }
        }
        assert!(names.len() > before, "{tool} has no example");
    }
    for name in &names {
        let mut command = Command::new(example(name));
        let output = command.env_clear().current_dir(workspace()).output();
        let output = output.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let printed = String::from_utf8(output.stdout).unwrap();
        let file = kept.join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(&kept).unwrap();
            fs::write(&file, &printed).unwrap();
        }
        let wanted = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            printed == wanted,
            "{name} prints\n{printed}\nand {} has\n{wanted}",
            file.display()
        );
    }
    for entry in fs::read_dir(&kept).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(names.contains(name), "{} is of no example", path.display());
    }
}
