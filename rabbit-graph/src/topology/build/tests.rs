use super::super::*;
use crate::definitions::read;

pub(crate) fn topology(text: &str) -> Topology {
    match read("test.json", text.as_bytes()) {
        Ok(definitions) => Topology::new(definitions),
        Err(error) => panic!("{error}"),
    }
}

/// The links of a topology in words.
fn links(topology: &Topology) -> Vec<String> {
    let graph = &topology.graph;
    let mut links: Vec<String> = (graph.edge_indices())
        .map(|edge| {
            let (source, target) = graph.edge_endpoints(edge).unwrap();
            let name = |node| topology.name_of(graph[node]);
            let kind = match graph[edge] {
                Link::Binding(_) => "binding",
                Link::Alternate => "alternate",
                Link::DeadLetter => "dead letter",
                Link::Shovel(_) => "shovel",
                Link::Federation(_) => "federation",
            };
            format!("{} -{kind}-> {}", name(source), name(target))
        })
        .collect();
    links.sort();
    links
}

#[test]
fn every_virtual_host_has_its_implicit_exchanges() {
    let found = topology(r#"{"vhosts": [{"name": "b"}, {"name": "a"}]}"#);
    assert_eq!(found.vhosts.len(), 2);
    assert_eq!(&*found.vhosts[0].name, "a");
    assert_eq!(found.exchanges.len(), 14);
    assert!(
        found
            .exchanges
            .iter()
            .all(|it| it.origin == Origin::Implicit)
    );
    let trace = found
        .find_exchange(VhostId(0), "amq.rabbitmq.trace")
        .unwrap();
    assert!(found.exchange(trace).internal);
}

#[test]
fn what_is_only_mentioned_is_there_as_missing() {
    let found = topology(
        r#"{"bindings": [{"vhost": "v", "source": "x", "destination": "q",
              "destination_type": "queue", "routing_key": "k"},
             {"vhost": "v", "source": "x", "destination": "y",
              "destination_type": "exchange", "routing_key": ""}],
            "queues": [{"vhost": "v", "name": "p", "arguments": {
              "x-dead-letter-exchange": "gone"}}]}"#,
    );
    let v = found.find_vhost("v").unwrap();
    assert!(!found.vhost(v).listed);
    for name in ["x", "y", "gone"] {
        let id = found.find_exchange(v, name).unwrap();
        assert_eq!(found.exchange(id).origin, Origin::Missing, "{name}");
    }
    let queue = found.find_queue(v, "q").unwrap();
    assert_eq!(found.queue(queue).origin, Origin::Missing);
    assert_eq!(
        links(&found),
        ["p -dead letter-> gone", "x -binding-> q", "x -binding-> y"]
    );
}

#[test]
fn virtual_hosts_do_not_share_objects() {
    let found = topology(
        r#"{"queues": [{"vhost": "a", "name": "q"}, {"vhost": "b", "name": "q"}],
            "exchanges": [{"vhost": "a", "name": "x", "type": "fanout"}],
            "bindings": [{"vhost": "b", "source": "x", "destination": "q",
              "destination_type": "queue", "routing_key": ""}]}"#,
    );
    let (a, b) = (
        found.find_vhost("a").unwrap(),
        found.find_vhost("b").unwrap(),
    );
    let of = |vhost| {
        found
            .exchange(found.find_exchange(vhost, "x").unwrap())
            .origin
    };
    assert_eq!(of(a), Origin::Defined);
    assert_eq!(of(b), Origin::Missing);
}

#[test]
fn an_argument_beats_a_policy_key_by_key() {
    let found = topology(
        r#"{"rabbitmq_version": "3.13.0",
            "policies": [{"vhost": "/", "name": "p", "pattern": "^q", "apply-to": "queues",
              "definition": {"dead-letter-exchange": "by-policy", "dead-letter-routing-key": "pk"}}],
            "queues": [
              {"vhost": "/", "name": "q1", "arguments": {"x-dead-letter-exchange": "by-argument"}},
              {"vhost": "/", "name": "q2", "arguments": {"x-dead-letter-routing-key": "ak"}},
              {"vhost": "/", "name": "other"}]}"#,
    );
    let dead_letter = |name: &str| {
        let queue = found.queue(found.find_queue(VhostId(0), name).unwrap());
        queue.dead_letter.as_ref().map(|it| {
            let key = it.key.as_ref().map(|(key, by)| (&**key, *by));
            (&*found.exchange(it.exchange).name, it.by, key)
        })
    };
    assert_eq!(
        dead_letter("q1"),
        Some((
            "by-argument",
            Setting::Argument,
            Some(("pk", Setting::Policy))
        ))
    );
    assert_eq!(
        dead_letter("q2"),
        Some((
            "by-policy",
            Setting::Policy,
            Some(("ak", Setting::Argument))
        ))
    );
    assert_eq!(dead_letter("other"), None);
}

#[test]
fn a_key_through_the_default_exchange_leads_to_the_queue_of_that_name() {
    let found = topology(
        r#"{"queues": [{"vhost": "/", "name": "work", "arguments": {
              "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "retry"}},
             {"vhost": "/", "name": "retry", "arguments": {"x-dead-letter-exchange": ""}}]}"#,
    );
    assert_eq!(
        links(&found),
        ["retry -dead letter-> ", "work -dead letter-> retry"]
    );
}

#[test]
fn repeated_and_conflicting_objects_are_noted_and_the_order_does_not_matter() {
    let objects = [
        r#"{"vhost": "/", "name": "q", "durable": true}"#,
        r#"{"vhost": "/", "name": "q", "durable": false}"#,
        r#"{"vhost": "/", "name": "r"}"#,
        r#"{"vhost": "/", "name": "r"}"#,
    ];
    let build = |order: [usize; 4]| {
        let list = order.map(|at| objects[at]).join(",");
        topology(&format!("{{\"queues\": [{list}]}}"))
    };
    let (one, other) = (build([0, 1, 2, 3]), build([3, 2, 1, 0]));
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
    let found: Vec<_> = one
        .duplicates
        .iter()
        .map(|it| (&*it.name, it.conflicting))
        .collect();
    assert_eq!(found, [("q", true), ("r", false)]);
}

#[test]
fn shovels_and_federation_join_brokers_and_virtual_hosts() {
    let found = topology(
        r#"{"vhosts": [{"name": "a"}, {"name": "b"}],
            "queues": [{"vhost": "a", "name": "out"}],
            "exchanges": [{"vhost": "b", "name": "in", "type": "fanout"},
                          {"vhost": "b", "name": "fed", "type": "fanout"}],
            "policies": [{"vhost": "b", "name": "f", "pattern": "^fed$", "apply-to": "exchanges",
               "definition": {"federation-upstream-set": "s"}}],
            "parameters": [
              {"component": "shovel", "vhost": "a", "name": "s1", "value": {
                "src-uri": "amqp://", "src-queue": "out", "dest-uri": "amqp:///b", "dest-exchange": "in"}},
              {"component": "shovel", "vhost": "a", "name": "s2", "value": {
                "src-uri": ["amqps://u:p@far.example/v"], "src-queue": "there",
                "dest-uri": "amqp://", "dest-queue": "here"}},
              {"component": "federation-upstream", "vhost": "b", "name": "up", "value": {
                "uri": "amqp://up.example"}},
              {"component": "federation-upstream-set", "vhost": "b", "name": "s", "value": [
                {"upstream": "up"}]}]}"#,
    );
    assert_eq!(
        links(&found),
        [
            "amqp://up.example -federation-> fed",
            "amqps://far.example/v -shovel-> here",
            "out -shovel-> in",
        ]
    );
    assert!(found.shovels[1].password_in_uri && !found.shovels[0].password_in_uri);
}

#[test]
fn the_unnamed_virtual_host_is_the_one_of_a_single_vhost_export() {
    let found = topology(
        r#"{"rabbitmq_definition_format": "single_virtual_host", "original_vhost_name": "v",
            "queues": [{"name": "q"}]}"#,
    );
    assert!(
        found
            .find_queue(found.find_vhost("v").unwrap(), "q")
            .is_some()
    );
    assert_eq!(found.vhosts.len(), 1);
}

#[test]
fn a_queue_gets_its_type_from_field_argument_or_virtual_host() {
    let found = topology(
        r#"{"vhosts": [{"name": "/", "default_queue_type": "quorum"}],
            "queues": [{"vhost": "/", "name": "a", "type": "stream"},
                       {"vhost": "/", "name": "b", "arguments": {"x-queue-type": "classic"}},
                       {"vhost": "/", "name": "c"}, {"vhost": "/", "name": "d", "type": "breaker"}]}"#,
    );
    let kinds: Vec<_> = found.queues.iter().map(|queue| queue.kind.name()).collect();
    assert_eq!(kinds, ["stream", "classic", "quorum", "breaker"]);
}

#[test]
fn which_duplicates_differ_does_not_depend_on_their_order() {
    let copies = [
        r#"{"vhost": "/", "name": "q", "durable": true}"#,
        r#"{"vhost": "/", "name": "q", "durable": true}"#,
        r#"{"vhost": "/", "name": "q", "durable": false}"#,
    ];
    for order in [[0, 1, 2], [0, 2, 1], [2, 0, 1]] {
        let queues = order.map(|at| copies[at]).join(", ");
        let topology = topology(&format!(r#"{{"queues": [{queues}]}}"#));
        let told: Vec<_> = (topology.duplicates.iter())
            .map(|it| (it.section, &*it.name, it.conflicting))
            .collect();
        assert_eq!(told, [("queue", "q", true)], "{order:?}");
    }
}
