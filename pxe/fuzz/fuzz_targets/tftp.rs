//! A TFTP packet of anybody: no part reaches beyond it, and a request that is
//! granted keeps to the limits.
#![no_main]

use pxe::tftp::negotiate::{Limits, agree};
use pxe::wire::tftp::{NAME_MAX, Packet, parse};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(Packet::Request(request)) = parse(bytes) {
        assert!(!request.name.is_empty() && request.name.len() <= NAME_MAX);
        let limits = Limits::default();
        let agreement = agree(&request, 1 << 40, limits);
        assert!((8..=limits.block).contains(&agreement.block));
        assert!((1..=limits.window).contains(&agreement.window));
        // Each option is acknowledged once, and there are four.
        assert!(agreement.acknowledged.len() <= 4);
    }
});
