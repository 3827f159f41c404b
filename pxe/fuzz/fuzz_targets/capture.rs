//! Any file is a capture, is refused, or is damaged at a place within it; the
//! story of its packets has as many verdicts as boots.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pxe::capture::{self, Unreadable};
use pxe::decode::Story;

fuzz_target!(|bytes: &[u8]| {
    let mut story = Story::default();
    let mut last = 0;
    let result = capture::read(bytes, |packet| {
        assert!(packet.number > last);
        last = packet.number;
        story.take(&packet);
    });
    match result {
        Ok(summary) => assert!(summary.packets >= last),
        Err(Unreadable::Damaged { offset, .. }) => assert!(offset <= bytes.len()),
        Err(Unreadable::Foreign) => assert_eq!(last, 0),
        Err(Unreadable::Io(error)) => panic!("{error}"),
    }
    for (boot, verdict) in story.finish().boots {
        if let Some(reason) = verdict.reason() {
            assert!(!reason.text().is_empty() && !reason.hint().is_empty());
        }
        assert!(boot.last >= boot.at);
    }
});
