//! A file of leases that a crash or a disk has changed.
#![no_main]

use pxe::fuzzed::replay;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    match replay(bytes) {
        Ok((changes, good)) => {
            assert!(good <= bytes.len());
            // What was whole is whole without the rest.
            let (again, end) = replay(&bytes[..good]).expect("whole batches");
            assert_eq!((again, end), (changes, good));
        }
        Err(offset) => assert!(offset < bytes.len()),
    }
});
