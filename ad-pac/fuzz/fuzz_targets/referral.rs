//! URLs in referrals and continuation references.
#![no_main]

use ad_pac::ldap::referral;

libfuzzer_sys::fuzz_target!(|urls: Vec<String>| {
    for url in &urls {
        if let Some(server) = referral::server(url) {
            assert!(!server.contains(char::is_control) && !server.contains('/'));
        }
    }
    assert!(referral::domains_below(&urls).len() <= urls.len());
});
