use super::*;
use crate::definitions::Value;

fn topology(text: &str) -> Topology {
    Topology::new(crate::definitions::read("t", text.as_bytes()).unwrap())
}

fn lands(topology: &Topology, exchange: &str, keys: &[&str]) -> Result<Vec<String>, Refusal> {
    let message = Message {
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        headers: Table::default(),
    };
    let outcome = Router::new(topology).publish(VhostId(0), exchange, &message)?;
    Ok(outcome
        .queues
        .iter()
        .map(|queue| topology.queue(*queue).name.to_string())
        .collect())
}

fn pattern_matches(pattern: &str, key: &str) -> bool {
    let mut trie = topic::Trie::default();
    trie.insert(pattern, 1);
    let mut found = Vec::new();
    trie.matches(key, &mut found);
    !found.is_empty()
}

#[test]
fn topic_patterns_match_as_in_the_broker() {
    for (pattern, key, expected) in [
        ("a.b", "a.b", true),
        ("*", "a", true),
        ("*", "", false),
        ("*", "a.b", false),
        ("#", "", true),
        ("#", "a.b.c", true),
        ("", "", true),
        ("", "a", false),
        ("a.#", "a", true),
        ("a.#.b", "a.b", true),
        ("a.#.b", "a.x.y.b", true),
        ("#.b", "a.c", false),
        ("a.*.b", "a..b", true),
        ("#.#", "a", true),
        ("*.#", "", false),
        ("#.*", "a", true),
        ("a.", "a.", true),
        ("a.*", "a.", true),
    ] {
        assert_eq!(
            pattern_matches(pattern, key),
            expected,
            "{pattern:?} on {key:?}"
        );
    }
}

#[test]
fn many_hashes_stay_cheap() {
    assert!(!pattern_matches(
        &vec!["#"; 40].join(".").replace("#.#.#", "#.x.#"),
        &"a.".repeat(120)
    ));
}

const TOPOLOGY: &str = r#"{"rabbitmq_version": "3.10.8",
  "exchanges": [
    {"vhost": "/", "name": "in", "type": "topic", "arguments": {"alternate-exchange": "ae"}},
    {"vhost": "/", "name": "ae", "type": "fanout"},
    {"vhost": "/", "name": "loop", "type": "fanout"},
    {"vhost": "/", "name": "hidden", "type": "direct", "internal": true},
    {"vhost": "/", "name": "hash", "type": "x-consistent-hash"},
    {"vhost": "/", "name": "strange", "type": "x-foo"},
    {"vhost": "/", "name": "dead", "type": "direct"}],
  "queues": [{"vhost": "/", "name": "q1", "arguments": {"x-dead-letter-exchange": "dead"}},
    {"vhost": "/", "name": "q2", "arguments": {"x-dead-letter-exchange": "dead", "x-dead-letter-routing-key": "back"}},
    {"vhost": "/", "name": "lost"}, {"vhost": "/", "name": "h1"}, {"vhost": "/", "name": "h2"}],
  "bindings": [
    {"vhost": "/", "source": "in", "destination": "q1", "destination_type": "queue", "routing_key": "a.#"},
    {"vhost": "/", "source": "in", "destination": "loop", "destination_type": "exchange", "routing_key": "loop"},
    {"vhost": "/", "source": "loop", "destination": "in", "destination_type": "exchange", "routing_key": ""},
    {"vhost": "/", "source": "in", "destination": "hash", "destination_type": "exchange", "routing_key": "hash"},
    {"vhost": "/", "source": "ae", "destination": "lost", "destination_type": "queue", "routing_key": ""},
    {"vhost": "/", "source": "hash", "destination": "h1", "destination_type": "queue", "routing_key": "1"},
    {"vhost": "/", "source": "hash", "destination": "h2", "destination_type": "queue", "routing_key": "2"},
    {"vhost": "/", "source": "dead", "destination": "q2", "destination_type": "queue", "routing_key": "a.b"},
    {"vhost": "/", "source": "dead", "destination": "q1", "destination_type": "queue", "routing_key": "back"}]}"#;

#[test]
fn messages_take_bindings_alternates_and_the_default_exchange() {
    let topology = topology(TOPOLOGY);
    let to = |exchange: &str, keys: &[&str]| lands(&topology, exchange, keys);
    assert_eq!(to("in", &["a.b"]), Ok(vec!["q1".into()]));
    assert_eq!(to("in", &["none"]), Ok(vec!["lost".into()]));
    assert_eq!(to("in", &["none", "a"]), Ok(vec!["q1".into()]));
    assert_eq!(to("", &["q2", "absent"]), Ok(vec!["q2".into()]));
    // A matched exchange that leads nowhere does not wake the alternate.
    assert_eq!(to("in", &["loop"]), Ok(vec![]));
    assert_eq!(to("absent", &["x"]), Err(Refusal::NotFound));
    assert_eq!(to("hidden", &["x"]), Err(Refusal::Internal));
    assert_eq!(
        to("strange", &["x"]),
        Err(Refusal::UnknownType("x-foo".into()))
    );
}

#[test]
fn a_choosing_exchange_gives_one_of_its_queues() {
    let topology = topology(TOPOLOGY);
    let message = Message {
        keys: vec!["hash".into()],
        headers: Table::default(),
    };
    let mut router = Router::new(&topology);
    let outcome = router.publish(VhostId(0), "in", &message).unwrap();
    assert!(outcome.queues.is_empty());
    assert_eq!(outcome.one_of.len(), 1);
    assert_eq!(outcome.one_of[0].len(), 2);
    assert!(router.reject(&outcome, &message).unwrap().one_of);
}

#[test]
fn rejected_messages_are_followed_once_through_every_queue() {
    let topology = topology(TOPOLOGY);
    let message = Message {
        keys: vec!["a.b".into()],
        headers: Table::default(),
    };
    let mut router = Router::new(&topology);
    let outcome = router.publish(VhostId(0), "in", &message).unwrap();
    let hops: Vec<_> = (router.reject(&outcome, &message).unwrap().hops.iter())
        .map(|hop| {
            (
                topology.queue(hop.queue).name.to_string(),
                hop.keys.clone(),
                hop.outcome.queues.len(),
            )
        })
        .collect();
    assert_eq!(
        hops,
        [
            ("q1".to_owned(), vec!["a.b".to_owned()], 1),
            ("q2".to_owned(), vec!["back".to_owned()], 1),
        ]
    );
}

#[test]
fn headers_are_compared_with_their_types_in_all_four_modes() {
    use headers::Numbers;
    let table = |entries: &[(&str, Value)]| -> Table {
        entries
            .iter()
            .map(|(name, value)| ((*name).into(), value.clone()))
            .collect()
    };
    let text = |text: &str| Value::String(text.into());
    let one = Value::Integer(1);
    let matches = |asked: &[(&str, Value)], given: &[(&str, Value)]| {
        headers::matches(&table(asked), &table(given), Numbers::ByType, true)
    };
    assert!(matches(&[], &[]), "all of nothing");
    assert!(
        !matches(&[("x-match", text("any"))], &[("a", one.clone())]),
        "any of nothing"
    );
    assert!(matches(
        &[("a", one.clone())],
        &[("a", one.clone()), ("b", one.clone())]
    ));
    assert!(!matches(&[("a", one.clone())], &[("a", text("1"))]));
    assert!(!matches(&[("a", one.clone())], &[("a", Value::Bool(true))]));
    assert!(!matches(&[("a", one.clone())], &[("a", Value::Float(1.0))]));
    assert!(headers::matches(
        &table(&[("a", one.clone())]),
        &table(&[("a", Value::Float(1.0))]),
        Numbers::ByValue,
        true
    ));
    assert!(matches(&[("a", Value::Null)], &[("a", text("anything"))]));
    let any = |mode: &str| {
        [
            ("a", one.clone()),
            ("x-b", one.clone()),
            ("x-match", text(mode)),
        ]
    };
    assert!(matches(&any("any"), &[("a", one.clone())]));
    assert!(!matches(&any("any"), &[("x-b", one.clone())]));
    assert!(matches(&any("any-with-x"), &[("x-b", one.clone())]));
    assert!(matches(&any("all"), &[("a", one.clone())]));
    assert!(!matches(&any("all-with-x"), &[("a", one.clone())]));
    assert!(matches(
        &any("all-with-x"),
        &[("a", one.clone()), ("x-b", one.clone())]
    ));
}
