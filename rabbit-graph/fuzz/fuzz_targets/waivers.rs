//! Waiver files.
#![no_main]

use rabbit_graph::lint::waivers::{apply, read};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(waivers) = read("fuzz", text) {
        let (stale, waived) = apply(Vec::new(), &waivers);
        assert_eq!((stale.len(), waived), (waivers.len(), 0));
    }
});
