//! Tokens, tickets and authorization data from a KDC.
#![no_main]

use ad_pac::forecast::Groups;
use ad_pac::kerberos::{Authorization, EncryptionType, Key, ServiceToken, Ticket};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(token) = ServiceToken::parse(bytes) {
        assert!(token.ticket.bytes < token.bytes);
    }
    let _ = Ticket::parse(bytes);
    if let Ok(found) = Authorization::parse(bytes) {
        assert!(found.elements.iter().all(|element| element.bytes < bytes.len()));
    }
    for number in [17, 18, 19, 20, 23] {
        let _ = EncryptionType(number).decrypt(&Key::new(&[0; 32]), 2, bytes);
        let _ = EncryptionType(number).decrypt(&Key::new(&[0; 16]), 2, bytes);
    }
    let groups = Groups::count(bytes, bytes.chunks(28));
    assert_eq!(groups.all(), bytes.chunks(28).len());
});
