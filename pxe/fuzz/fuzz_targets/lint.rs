//! The configuration of another DHCP server: the first byte says which. Every
//! finding has its place, and what is mended can be read again.
#![no_main]

use pxe::lint::read::Files;
use pxe::lint::{TARGETS, check, fix};

/// An included file is the text itself, so that circles are tried too.
struct Same(String);

impl Files for Same {
    fn read(&mut self, _: &str) -> Result<String, String> {
        Ok(self.0.clone())
    }

    fn list(&mut self, _: &str) -> Result<Vec<String>, String> {
        Ok(vec!["a.conf".to_owned(), "b".to_owned()])
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((which, text)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let target = &TARGETS[usize::from(*which) % TARGETS.len()];
    // Each file may name 256 others, which is no more than work.
    if text.len() > 4096 {
        return;
    }
    let mut files = Same(text.to_owned());
    match target.read("file", text.to_owned(), &mut files) {
        Ok(reading) => {
            for finding in check(target, &reading) {
                assert!(finding.line > 0 && finding.column > 0, "{finding:?}");
                assert!(!finding.message.is_empty());
            }
            if let Ok(fixed) = fix::fix(target, "file", text, &mut files, &|_| true) {
                for file in fixed {
                    assert!(file.patch().starts_with("--- "), "{}", file.name);
                }
            }
        }
        Err(error) => {
            assert!(error.line > 0 && error.column > 0, "{error:?}");
            assert!(!error.expected.is_empty());
        }
    }
});
