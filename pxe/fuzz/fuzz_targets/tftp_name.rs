//! The name in a TFTP request: what is left of it is a path below the root,
//! and means the same when it is read again.
#![no_main]

use pxe::tftp::path::RootPath;

libfuzzer_sys::fuzz_target!(|name: &[u8]| {
    if let Ok(path) = RootPath::from_wire(name) {
        for part in path.components() {
            assert!(!part.is_empty() && part.len() <= 255);
            assert!(part != "." && part != "..");
            assert!(!part.contains(['/', '\\', '\0']));
        }
        let again = RootPath::from_wire(path.to_string().as_bytes());
        assert_eq!(again.as_ref(), Ok(&path));
    }
});
