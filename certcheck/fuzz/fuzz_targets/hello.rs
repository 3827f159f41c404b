//! The first bytes of a client under test: more of them never turns a
//! recognised opening into another one.
#![no_main]

use certcheck::fuzzed::{ClientHello, Opening, opening};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = ClientHello::parse(bytes);
    let whole = opening(bytes);
    let part = opening(&bytes[..bytes.len() / 2]);
    assert!(part == Opening::Incomplete || part == whole);
});
