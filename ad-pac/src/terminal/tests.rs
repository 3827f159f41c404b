use std::io::{self, Write};
use std::process::ExitCode;

use super::*;

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }
}

#[test]
fn a_closed_pipe_ends_the_output_without_an_error() {
    let mut out = Output::to(Closed);
    assert!(out.write_all(b"gone").is_ok());
    assert!(out.flush().is_ok());
    assert!(out.is_closed());
}

#[test]
fn a_full_disk_is_an_error() {
    let mut out = Output::to(Full);
    let error = out.write_all(b"lost").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(!out.is_closed());
}

#[test]
fn a_panic_becomes_exit_status_70() {
    let code = guarded(FailureStyle::Text, || panic!("on purpose"));
    assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(70)));
}

#[test]
fn an_error_lists_its_causes_once_and_its_hints_one_per_line() {
    let cause = io::Error::other("the cause");
    let error = Error::new(Kind::Input, "list:3", "cannot read")
        .because(cause)
        .hint("fix line 3");
    assert_eq!(
        error_text(&error),
        format!("{TOOL}: list:3: cannot read: the cause\nhint: fix line 3\n")
    );
    assert_eq!(
        error.to_json(),
        serde_json::json!({"error": {
            "kind": "input",
            "message": "cannot read: the cause",
            "subject": "list:3",
            "hints": ["fix line 3"],
        }})
    );
}

#[test]
fn arguments_after_a_double_dash_do_not_choose_the_failure_style() {
    let args = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    assert_eq!(
        FailureStyle::of(&args(&["x", "--json"])),
        FailureStyle::Json
    );
    assert_eq!(
        FailureStyle::of(&args(&["x", "--", "--json"])),
        FailureStyle::Text
    );
    assert_eq!(
        FailureStyle::of(&args(&["x", "--json", "--nagios"])),
        FailureStyle::Nagios
    );
}
