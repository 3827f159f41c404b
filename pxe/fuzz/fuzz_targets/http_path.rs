//! The path of an HTTP request, and a range: nothing leads up, nothing lies
//! beyond the file.
#![no_main]

use pxe::fuzzed::{Wanted, decoded, wanted};
use pxe::tftp::path::RootPath;

libfuzzer_sys::fuzz_target!(|input: (&str, &[u8], u64)| {
    let (path, range, size) = input;
    if let Some(path) = decoded(path).and_then(|name| RootPath::from_wire(&name).ok()) {
        assert!(!path.components().iter().any(|part| part == ".."));
    }
    if let Wanted::Part { first, last } = wanted(Some(range), size) {
        assert!(first <= last && last < size);
    }
});
