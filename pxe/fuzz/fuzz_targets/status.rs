//! What is asked of the status, over the local socket and by HTTP, and what a
//! daemon of another version may answer to `pxe watch`.
#![no_main]

use pxe::fuzzed::{Ask, Watched, asked};

libfuzzer_sys::fuzz_target!(|input: (&str, &str, &str, u8, u8)| {
    let (line, query, news, width, height) = input;
    if let Ok(ask) = line.parse::<Ask>() {
        assert_eq!(ask.to_string().parse::<Ask>(), Ok(ask));
    }
    let _ = asked("/status.json", Some(query));
    if let Ok(news) = serde_json::from_str(news) {
        let mut watched = Watched::default();
        for line in watched.hear(&news) {
            assert!(!line.contains(char::is_control));
        }
        for line in watched.screen(width.into(), height.into(), false) {
            assert!(line.chars().count() <= usize::from(width).max(1));
            assert!(!line.contains(char::is_control));
        }
    }
});
