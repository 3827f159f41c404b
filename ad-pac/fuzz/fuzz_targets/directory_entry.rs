//! Entries as a directory sends them: accounts, people and their groups.
#![no_main]

use ad_pac::forecast::person::{Identity, PERSON_ATTRIBUTES};
use ad_pac::fuzzed::account_as_json;
use ad_pac::ldap::Entry;
use ad_pac::ldap::entry::ACCOUNT_ATTRIBUTES;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The name, then attributes in turn, each with the values between two 0xfe.
    let mut parts = bytes.split(|byte| *byte == 0xff);
    let mut entry = Entry::new(String::from_utf8_lossy(parts.next().unwrap_or_default()));
    for (name, values) in ACCOUNT_ATTRIBUTES.iter().chain(PERSON_ATTRIBUTES).zip(parts) {
        entry.add(name, values.split(|byte| *byte == 0xfe).map(<[u8]>::to_vec));
    }
    let groups: Vec<Vec<u8>> = bytes.chunks(28).map(<[u8]>::to_vec).collect();
    if let Some(person) = Identity::read(&entry, &groups) {
        assert!(!person.dn.contains(char::is_control));
    }
    match entry.account() {
        Ok(account) => {
            let text = account_as_json(&account).to_string();
            assert!(!text.contains(char::is_control));
            assert!(account.flags.names().count() as u32 + account.flags.unnamed().count_ones() == account.flags.bits().count_ones());
        }
        Err(error) => assert!(!error.to_string().contains(char::is_control)),
    }
});
