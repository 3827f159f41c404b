//! What a server says before TLS, in pieces of any size.
#![no_main]

use certcheck::fuzzed::{Dialogue, Step};
use certcheck::target::StartTls;

libfuzzer_sys::fuzz_target!(|input: (u8, u8, &[u8])| {
    let (protocol, size, bytes) = input;
    let (_, protocol) = StartTls::ALL[usize::from(protocol) % StartTls::ALL.len()];
    let (mut dialogue, _) = Dialogue::new(protocol, "example.org");
    for chunk in bytes.chunks(usize::from(size).max(1)) {
        match dialogue.receive(chunk) {
            // Nothing is asked twice: a dialogue has at most three requests.
            Ok(Step::Send(request)) => assert!(request.len() < 200),
            Ok(Step::Ready) => return,
            Err(refusal) => {
                assert!(!refusal.to_string().contains(|c: char| c.is_control()));
                return;
            }
        }
    }
});
