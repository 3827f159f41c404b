//! LDAP messages: what passes the guard is read to its last byte by the
//! parser behind it, and never deeper than its stack.
#![no_main]

use ad_pac::ldap::frame;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(Some(length)) = frame::message(bytes) {
        let (rest, _) = ldap3::asn1::parse_tag(&bytes[..length]).expect("it is BER");
        assert!(rest.is_empty());
    }
});
