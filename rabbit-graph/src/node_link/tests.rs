use proptest::prelude::*;

use super::*;
use crate::scene::sample::pictures;

proptest! {
    #[test]
    fn every_name_and_every_edge_can_be_read_back(picture in pictures()) {
        let text = document(&picture).to_string();
        let read: Json = serde_json::from_str(&text).unwrap();
        let nodes = read["nodes"].as_array().unwrap();
        prop_assert_eq!(nodes.len(), picture.nodes.len());
        for (written, node) in nodes.iter().zip(&picture.nodes) {
            prop_assert_eq!(written["name"].as_str().unwrap(), &*node.name);
            prop_assert_eq!(written["id"].as_str().unwrap(), &*node.id);
        }
        let links = read["links"].as_array().unwrap();
        prop_assert_eq!(links.len(), picture.edges.len());
        for (written, edge) in links.iter().zip(&picture.edges) {
            prop_assert_eq!(
                written["source"].as_str().unwrap(),
                &*picture.nodes[edge.source.get()].id
            );
            let keys = written["keys"].as_array().unwrap();
            prop_assert_eq!(keys.len(), edge.keys.len());
            for (written, key) in keys.iter().zip(&edge.keys) {
                prop_assert_eq!(written["routing_key"].as_str().unwrap(), &*key.routing_key);
            }
        }
    }
}

#[test]
fn numbers_beyond_json_are_kept_as_text() {
    assert_eq!(plain(&Value::Integer(-5)), json!(-5));
    assert_eq!(plain(&Value::Integer(u64::MAX.into())), json!(u64::MAX));
    assert_eq!(
        plain(&Value::Integer(i128::MAX)),
        json!(i128::MAX.to_string())
    );
    assert_eq!(plain(&Value::Float(f64::NAN)), Json::Null);
}
