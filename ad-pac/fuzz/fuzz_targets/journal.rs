//! The journal that `undo` reads.
#![no_main]

use ad_pac::fuzzed::journal;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(records) = journal(bytes, "journal.jsonl") {
        // What was read is written as it is read again.
        let lines: String = records
            .iter()
            .map(|record| serde_json::to_string(record).expect("it is JSON") + "\n")
            .collect();
        let again = journal(lines.as_bytes(), "journal.jsonl").expect("it is a journal");
        assert_eq!(again, records);
    }
});
