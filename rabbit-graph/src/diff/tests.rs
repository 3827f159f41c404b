use super::*;

fn topology(pattern: &str, queues: &[&str]) -> Topology {
    let queues: Vec<String> = queues
        .iter()
        .map(|name| format!(r#"{{"vhost": "/", "name": "{name}"}}"#))
        .collect();
    let text = format!(
        r#"{{"vhosts": [{{"name": "/"}}], "queues": [{}],
            "exchanges": [{{"vhost": "/", "name": "dead", "type": "fanout"}}],
            "policies": [{{"vhost": "/", "name": "p", "pattern": "{pattern}", "apply-to": "queues",
              "definition": {{"dead-letter-exchange": "dead"}}}}]}}"#,
        queues.join(",")
    );
    Topology::new(crate::definitions::read("t", text.as_bytes()).unwrap())
}

#[test]
fn equal_topologies_do_not_differ() {
    let one = topology("^a", &["a", "b"]);
    assert_eq!(between(&one, &topology("^a", &["b", "a"])), []);
    let picture = picture(&one, &one);
    assert!(picture.nodes.iter().all(|node| node.mark.is_none()));
    assert!(picture.edges.iter().all(|edge| edge.mark.is_none()));
}

#[test]
fn a_changed_policy_shows_the_dead_letter_way_that_moves() {
    let (old, new) = (
        topology("^a", &["a", "b"]),
        topology("^b", &["a", "b", "c"]),
    );
    let found: Vec<_> = (between(&old, &new).iter())
        .map(|it| (it.effect, it.object.clone(), it.mark))
        .collect();
    for expected in [
        (false, "policy p".to_owned(), Mark::Changed),
        (false, "queue c".to_owned(), Mark::Added),
        (
            true,
            "dead letters: queue a -> exchange dead".to_owned(),
            Mark::Removed,
        ),
        (
            true,
            "dead letters: queue b -> exchange dead".to_owned(),
            Mark::Added,
        ),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    let picture = picture(&old, &new);
    let marks: Vec<_> = picture.edges.iter().filter_map(|edge| edge.mark).collect();
    assert_eq!(marks, [Mark::Removed, Mark::Added]);
    let added = picture
        .nodes
        .iter()
        .find(|node| &*node.name == "c")
        .unwrap();
    assert_eq!(added.mark, Some(Mark::Added));
}
