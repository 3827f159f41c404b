//! Definitions from anywhere: read, explained where they are wrong, resolved,
//! cleaned, and cleaned again.
#![no_main]

use rabbit_graph::definitions::{clean, read};
use rabbit_graph::topology::Topology;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let definitions = match read("fuzz", bytes) {
        Ok(definitions) => definitions,
        Err(error) => {
            assert!(!error.message().is_empty());
            return;
        }
    };
    let _ = Topology::new(definitions);
    // What is skipped while reading, such as a number too large for any type
    // in a section that nobody knows, can keep a file from being cleaned; what
    // is clean once is clean for good.
    if let Ok(cleaned) = clean("fuzz", bytes) {
        let again = clean("fuzz", cleaned.as_bytes()).expect("it is an export");
        assert_eq!(cleaned, again);
    }
});
