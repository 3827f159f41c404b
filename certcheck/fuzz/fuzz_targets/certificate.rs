//! A certificate of a peer's: decoded, and safe to print.
#![no_main]

use certcheck::chain::Certificate;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(certificate) = Certificate::decode(bytes) {
        let names = certificate.names(usize::MAX);
        for text in [&certificate.subject, &certificate.issuer, &names] {
            assert!(!text.chars().any(char::is_control));
        }
    }
});
