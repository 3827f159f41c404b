use proptest::prelude::*;

use super::*;
use crate::scene::sample::{self, pictures};

proptest! {
    #[test]
    fn every_name_and_every_edge_can_be_read_back(picture in pictures()) {
        let text = write(&picture);
        let document = roxmltree::Document::parse(&text).unwrap();
        let mut found: Vec<String> = document
            .descendants()
            .filter(|node| node.has_tag_name(("http://graphml.graphdrawing.org/xmlns", "node")))
            .map(|node| node.attribute("id").unwrap().to_owned())
            .filter(|id| !id.starts_with("cluster/"))
            .map(|id| sample::parts(&id).pop().unwrap())
            .collect();
        let mut expected: Vec<String> =
            picture.nodes.iter().map(|node| node.name.to_string()).collect();
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
        let ends: Vec<(String, String)> = document
            .descendants()
            .filter(|node| node.tag_name().name() == "edge")
            .map(|edge| {
                let end = |name| sample::parts(edge.attribute(name).unwrap()).pop().unwrap();
                (end("source"), end("target"))
            })
            .collect();
        let name = |index: crate::picture::NodeIndex| picture.nodes[index.get()].name.to_string();
        let expected: Vec<_> = picture
            .edges
            .iter()
            .map(|edge| (name(edge.source), name(edge.target)))
            .collect();
        prop_assert_eq!(ends, expected);
    }
}

#[test]
fn every_key_that_data_uses_is_declared_once() {
    let mut ids: Vec<_> = KEYS.iter().map(|key| key.0).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
