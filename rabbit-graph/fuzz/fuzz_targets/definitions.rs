//! Definitions from anywhere: read, explained where they are wrong, resolved,
//! cleaned; and what was cleaned is read again.
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
    // Everything that can be read can be kept in a repository, and is then
    // what it will be for good.
    let cleaned = clean("fuzz", bytes).expect("what was read is an export");
    let again = clean("fuzz", cleaned.as_bytes()).expect("it is JSON");
    assert_eq!(cleaned, again);
});
