use super::*;

fn topology() -> Topology {
    let text = br#"{"vhosts": [{"name": "a"}, {"name": "b"}],
        "exchanges": [{"vhost": "a", "name": "in", "type": "topic"},
                      {"vhost": "a", "name": "mid", "type": "fanout"}],
        "queues": [{"vhost": "a", "name": "q1"}, {"vhost": "a", "name": "q2"},
                   {"vhost": "a", "name": "idle"}, {"vhost": "b", "name": "q1"}],
        "bindings": [
          {"vhost": "a", "source": "in", "destination": "mid", "destination_type": "exchange"},
          {"vhost": "a", "source": "mid", "destination": "q1", "destination_type": "queue"},
          {"vhost": "a", "source": "mid", "destination": "q2", "destination_type": "queue"}]}"#;
    Topology::new(crate::definitions::read("t", text).unwrap())
}

fn names(filter: Filter) -> Vec<String> {
    let topology = topology();
    let selection = select(&topology, &filter).unwrap();
    (topology.graph.node_indices())
        .filter(|node| selection.contains(*node))
        .map(|node| {
            let node = topology.graph[node];
            let vhost = &topology.vhost(topology.vhost_of(node).unwrap()).name;
            format!("{vhost}/{}", topology.name_of(node))
        })
        .collect()
}

#[test]
fn unused_implicit_exchanges_are_left_out_unless_asked_for() {
    assert_eq!(names(Filter::default()).len(), 6);
    let all = Filter {
        builtin: true,
        ..Filter::default()
    };
    assert_eq!(names(all).len(), 6 + 14);
}

#[test]
fn a_focus_reaches_as_far_and_in_the_direction_asked_for() {
    let focus = |depth, direction| {
        names(Filter {
            focus: vec!["a/q1".into()],
            depth,
            direction,
            ..Filter::default()
        })
    };
    assert_eq!(focus(None, Reach::Both), ["a/in", "a/mid", "a/q1"]);
    assert_eq!(focus(Some(1), Reach::In), ["a/mid", "a/q1"]);
    assert_eq!(focus(None, Reach::Out), ["a/q1"]);
    let both = names(Filter {
        focus: vec!["q1".into()],
        depth: Some(0),
        ..Filter::default()
    });
    assert_eq!(both, ["a/q1", "b/q1"]);
}

#[test]
fn names_are_selected_by_pattern_virtual_host_and_use() {
    let filter = Filter {
        include: vec!["^q".into()],
        exclude: vec!["2$".into()],
        ..Filter::default()
    };
    assert_eq!(names(filter), ["a/q1", "b/q1"]);
    let filter = Filter {
        vhosts: vec!["b".into()],
        ..Filter::default()
    };
    assert_eq!(names(filter), ["b/q1"]);
    let filter = Filter {
        hide_unbound: true,
        ..Filter::default()
    };
    assert_eq!(names(filter), ["a/in", "a/mid", "a/q1", "a/q2"]);
}

#[test]
fn what_is_not_there_is_an_error_with_the_nearest_name() {
    let filter = Filter {
        focus: vec!["Mid".into()],
        ..Filter::default()
    };
    let error = select(&topology(), &filter).unwrap_err();
    assert!(error.hints()[0].contains("`mid`"), "{:?}", error.hints());
    let filter = Filter {
        vhosts: vec!["c".into()],
        ..Filter::default()
    };
    assert!(select(&topology(), &filter).is_err());
    let filter = Filter {
        include: vec!["(".into()],
        ..Filter::default()
    };
    assert_eq!(
        select(&topology(), &filter).unwrap_err().subject(),
        "--include"
    );
}
