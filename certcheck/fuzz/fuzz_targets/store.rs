//! Files of certificates: PEM, DER, PKCS#12.
#![no_main]

use certcheck::chain::Presented;
use certcheck::fuzzed::certificates_in;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    match certificates_in(bytes, Some("secret"), "file") {
        Ok(certificates) => {
            assert!(!certificates.is_empty());
            for der in certificates {
                assert!(!Presented::new(der).subject().contains(char::is_control));
            }
        }
        Err(error) => assert!(!error.message().contains("secret")),
    }
});
