//! SIDs, GUIDs, flags, times and SPNs: what is read is written so that it is
//! read again as the same.
#![no_main]

use ad_pac::account::{Guid, Sid, UserAccountControl, spn::Spn, stamp};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(sid) = Sid::from_bytes(bytes) {
        assert_eq!(Sid::parse(&sid.to_string()).as_ref(), Ok(&sid));
    }
    if let Ok(guid) = Guid::from_bytes(bytes) {
        assert_eq!(Guid::parse(&guid.to_string()), Ok(guid));
    }
    let text = String::from_utf8_lossy(bytes);
    if let Ok(sid) = Sid::parse(&text) {
        assert_eq!(Sid::parse(&sid.to_string()), Ok(sid));
    }
    let _ = Guid::parse(&text);
    if let Ok(flags) = UserAccountControl::parse(&text) {
        assert_eq!(UserAccountControl::parse(&flags.to_ldap()), Ok(flags));
    }
    if let Some(spn) = Spn::parse(&text) {
        assert_eq!(Spn::parse(&spn.to_string()), Some(spn));
    }
    let _ = stamp::iso(&text);
});
