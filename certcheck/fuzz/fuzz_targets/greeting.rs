//! What a port says that does not speak TLS.
#![no_main]

use certcheck::diagnosis::{Failure, explain_failure};
use certcheck::probe::plain::classify;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(protocol) = classify(bytes) {
        let finding = explain_failure(&Failure::Plain(protocol));
        assert!(!finding.message.contains(char::is_control));
    }
});
