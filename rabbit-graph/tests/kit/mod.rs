//! Running the tool, and comparing what it says with what it said.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file below `tests`.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rabbit-graph"))
        .args(arguments)
        .output()
        .unwrap()
}

pub(crate) fn drawn(file: &Path, more: &[&str]) -> Vec<u8> {
    let mut arguments = vec!["draw", file.to_str().unwrap()];
    arguments.extend(more);
    let output = run(&arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    output.stdout
}

/// Compares with a file below `tests/golden`; with UPDATE_GOLDEN set it is
/// written instead, to be looked at before it is committed.
pub(crate) fn golden(name: &str, found: &[u8]) {
    let path = data("golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{name} has changed; if it is as it should be, run the tests with UPDATE_GOLDEN=1. It is now:\n{}",
        std::str::from_utf8(found).unwrap_or("not text")
    );
}

/// Writes a file of a test and gives its path.
pub(crate) fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Exit status, standard output, standard error.
pub(crate) fn said(arguments: &[&str]) -> (i32, String, String) {
    let output = run(arguments);
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}
