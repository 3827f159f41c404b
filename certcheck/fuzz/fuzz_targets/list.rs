//! Lists of targets, as lines and as TOML.
#![no_main]

use certcheck::target::Options;
use certcheck::target::list::{parse_lines, parse_toml};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = parse_lines(text, &Options::default());
    let _ = parse_toml(text, &Options::default());
});
