use super::*;
use crate::layout::{Cluster, Edge, Node};

fn two() -> Graph {
    Graph {
        nodes: vec![
            Node {
                size: Size::new(72.0, 36.0),
                cluster: Some(0),
            };
            2
        ],
        edges: vec![Edge {
            from: 0,
            to: 1,
            label: Some(Size::new(20.0, 10.0)),
            class: 0,
            returns: false,
        }],
        clusters: vec![Cluster {
            title: Size::new(40.0, 14.0),
            parent: None,
        }],
    }
}

#[test]
fn an_answer_is_turned_upside_down_and_moved_into_the_border() {
    let answer = serde_json::json!({
        "bb": "0,0,300,100",
        "objects": [
            {"name": "cluster_0", "bb": "10,10,290,90"},
            {"name": "n0", "pos": "50,40"},
            {"name": "n1", "pos": "250,60"},
        ],
        "edges": [{"id": "e0", "pos": "e,214,60 86,40 120,40 160,60 204,60", "lp": "150,50"}],
    });
    let layout = read(&two(), &answer).unwrap();
    assert_eq!(layout.size, Size::new(332.0, 132.0));
    assert_eq!(layout.nodes[0].center(), Point::new(66.0, 76.0));
    assert_eq!(layout.nodes[1].center(), Point::new(266.0, 56.0));
    assert_eq!(layout.edges[0].start, Point::new(102.0, 76.0));
    assert_eq!(layout.edges[0].end(), Point::new(230.0, 56.0));
    assert_eq!(
        layout.edges[0].label.unwrap().center(),
        Point::new(166.0, 66.0)
    );
    assert_eq!(layout.clusters[0].y, 26.0);
}

#[test]
fn an_answer_that_lacks_a_node_is_no_answer() {
    let answer = serde_json::json!({
        "bb": "0,0,300,100",
        "objects": [{"name": "n0", "pos": "50,40"}],
    });
    assert_eq!(read(&two(), &answer), None);
    assert_eq!(read(&two(), &serde_json::json!({"bb": "a"})), None);
}
