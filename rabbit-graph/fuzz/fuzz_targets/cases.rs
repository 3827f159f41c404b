//! Messages for `route --cases`: the first line is the file of cases, the
//! rest are definitions.
#![no_main]

use rabbit_graph::definitions::read;
use rabbit_graph::route::Router;
use rabbit_graph::route::cases::{Case, answer};
use rabbit_graph::topology::Topology;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (first, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    let Ok(cases) = serde_json::from_slice::<Vec<Case>>(first) else {
        return;
    };
    let Ok(definitions) = read("fuzz", rest) else {
        return;
    };
    let topology = Topology::new(definitions);
    let mut router = Router::new(&topology);
    for case in cases {
        let answer = answer(&mut router, case);
        let lost = answer.queues.is_empty() && answer.one_of.is_empty();
        assert!(answer.error.is_some() || answer.returned == lost);
    }
});
