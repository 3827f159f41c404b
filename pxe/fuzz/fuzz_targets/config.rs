//! A configuration: every error names its place in the file.
#![no_main]

use pxe::config::Config;

libfuzzer_sys::fuzz_target!(|text: &str| {
    match Config::parse("pxe.toml", text) {
        Ok(mut config) => {
            config.resolve_networks(&[]);
        }
        Err(error) => {
            assert!(error.subject().starts_with("pxe.toml"), "{error}");
            assert!(!error.hints().is_empty(), "{error}");
        }
    }
});
