//! What a proxy answers to CONNECT, in pieces of any size.
#![no_main]

use certcheck::probe::tunnel::Head;

libfuzzer_sys::fuzz_target!(|input: (u8, &[u8])| {
    let (size, bytes) = input;
    let mut head = Head::default();
    let mut at = 0;
    for chunk in bytes.chunks(usize::from(size).max(1)) {
        match head.receive(chunk) {
            // Not one byte of the target's is taken.
            Ok((taken, true)) => {
                assert!(bytes[..at + taken].ends_with(b"\r\n\r\n"));
                return;
            }
            Ok((taken, false)) => assert_eq!(taken, chunk.len()),
            Err(_) => return,
        }
        at += chunk.len();
    }
});
