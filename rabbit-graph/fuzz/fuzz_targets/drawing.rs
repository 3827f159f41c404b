//! What is drawn of definitions from anywhere: the text formats, the
//! findings, and the difference to nothing.
#![no_main]

use rabbit_graph::definitions::{Definitions, read};
use rabbit_graph::filter::Selection;
use rabbit_graph::picture::style::Theme;
use rabbit_graph::picture::{Show, build};
use rabbit_graph::topology::Topology;
use rabbit_graph::{diff, dot, graphml, lint, mermaid, node_link};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(definitions) = read("fuzz", bytes) else {
        return;
    };
    let topology = Topology::new(definitions);
    let mut picture = build(&topology, &Selection::all(&topology), Show::default());
    let mut text = Vec::new();
    dot::write(&picture, dot::Options::default(), &mut text).expect("a buffer takes everything");
    let _ = graphml::write(&picture);
    let _ = node_link::document(&picture);
    picture.collapse();
    picture.group_by_prefix(".");
    let _ = mermaid::write(&picture, Theme::Light);
    let _ = lint::check(&topology, None);
    let _ = diff::between(&Topology::new(Definitions::default()), &topology);
    assert!(diff::between(&topology, &topology).is_empty());
});
