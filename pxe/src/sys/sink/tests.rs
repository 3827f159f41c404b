use std::path::Path;

use super::*;

fn sink_to(path: &Path) -> Sink {
    let (folder, name) = Folder::of(path).unwrap();
    let sink = Sink::default();
    sink.redirect(LogFile::open(folder, name).unwrap());
    sink
}

#[test]
fn lines_held_back_are_written_together_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let sink = sink_to(&path);
    let written = || std::fs::read_to_string(&path).unwrap();
    (&sink).write_all(b"one\n").unwrap();
    let held = sink.hold();
    (&sink).write_all(b"two\n").unwrap();
    (&sink.clone()).write_all(b"three\n").unwrap();
    assert_eq!(written(), "one\n");
    drop(held);
    assert_eq!(written(), "one\ntwo\nthree\n");
    (&sink).write_all(b"four\n").unwrap();
    assert_eq!(written(), "one\ntwo\nthree\nfour\n");
}

#[test]
fn a_bounded_number_of_bytes_is_held_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let sink = sink_to(&path);
    let _held = sink.hold();
    let line = [b'x'; 100];
    for _ in 0..100_000 {
        (&sink).write_all(&line).unwrap();
    }
    let lines = sink.lines();
    assert!(lines.held.len() <= MOST_HELD);
    assert!(lines.held.capacity() <= 4 * MOST_HELD);
    let written = std::fs::metadata(&path).unwrap().len();
    assert_eq!(written + lines.held.len() as u64, 10_000_000);
}

#[test]
fn a_panic_loses_no_line_that_was_held_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let sink = sink_to(&path);
    let panicked = std::panic::catch_unwind(|| {
        let _held = sink.hold();
        (&sink).write_all(b"the last word\n").unwrap();
        panic!("on purpose");
    });
    assert!(panicked.is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "the last word\n");
}
