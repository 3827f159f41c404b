//! Credential cache files: what is kept can be read again and loses nothing.
#![no_main]

use ad_pac::kerberos::ccache::ticket_granting;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(first) = ticket_granting(bytes) {
        let again = ticket_granting(&first.file).expect("what was kept is a cache");
        assert_eq!((again.kept, again.left_out), (first.kept, 0));
        assert_eq!(again.file, first.file);
    }
});
