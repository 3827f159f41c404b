//! Keytab files.
#![no_main]

use ad_pac::kerberos::Keytab;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(keytab) = Keytab::parse(bytes) {
        // Every record has a head; none is read twice.
        assert!(keytab.entries.len() * 4 <= bytes.len());
    }
});
