//! An IPv4 packet of anybody: its payload lies in it.
#![no_main]

use pxe::fuzzed::beside;

libfuzzer_sys::fuzz_target!(|packet: &[u8]| {
    if let Some(datagram) = beside(packet) {
        assert!(datagram.start + datagram.len <= packet.len());
    }
});
