//! Blocks of an upload in any order: what is taken is one after the other.
#![no_main]

use std::time::Duration;

use pxe::tftp::negotiate::Agreement;
use pxe::tftp::reception::Reception;

libfuzzer_sys::fuzz_target!(|input: (u8, Vec<(u16, u8)>)| {
    let (window, blocks) = input;
    let agreement = Agreement {
        block: 8,
        window: window.into(),
        timeout: None,
        acknowledged: Vec::new(),
    };
    let mut reception = Reception::start(&agreement, Duration::ZERO);
    let mut next = 1_u16;
    let mut finished = false;
    for (number, len) in blocks {
        let intake = reception.on_data(number, usize::from(len % 12), Duration::ZERO);
        if intake.take {
            assert!(!finished && number == next && len % 12 <= 8);
            next = next.wrapping_add(1);
            finished = intake.finished;
        }
        assert!(
            intake
                .acknowledge
                .is_none_or(|block| block == next.wrapping_sub(1))
        );
    }
});
