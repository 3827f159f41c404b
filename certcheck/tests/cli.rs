//! The command as a user runs it.

use std::process::Command;

#[test]
fn the_version_is_printed_on_stdout() {
    let output = Command::new(env!("CARGO_BIN_EXE_certcheck"))
        .arg("--version")
        .output()
        .expect("it starts");
    assert!(output.status.success());
    assert_eq!(
        output.stdout,
        concat!("certcheck ", env!("CARGO_PKG_VERSION"), "\n").as_bytes()
    );
    assert!(output.stderr.is_empty());
}
