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

fn chosen(bindings: &[(&str, &str, &str)]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut exchanges = BTreeSet::new();
    let mut queues = BTreeSet::new();
    let mut list = Vec::new();
    for (at, (source, destination, kind)) in bindings.iter().enumerate() {
        exchanges.insert((*source).to_owned());
        if *kind == "queue" {
            queues.insert((*destination).to_owned());
        }
        list.push(
            serde_json::json!({"vhost": "/", "source": source, "destination": destination,
            "destination_type": kind, "routing_key": format!("{}", at + 1)}),
        );
    }
    let exchanges: Vec<_> = (exchanges.iter())
        .map(|name| {
            let kind = if name.starts_with("any") {
                "x-random"
            } else {
                "fanout"
            };
            serde_json::json!({"vhost": "/", "name": name, "type": kind})
        })
        .collect();
    let queues: Vec<_> = (queues.iter())
        .map(|name| serde_json::json!({"vhost": "/", "name": name}))
        .collect();
    let topology = topology(
        &serde_json::json!({"exchanges": exchanges, "queues": queues, "bindings": list})
            .to_string(),
    );
    let message = Message {
        keys: vec![String::new()],
        headers: Table::default(),
    };
    let outcome = Router::new(&topology)
        .publish(VhostId(0), "any", &message)
        .unwrap();
    let names = |queues: &BTreeSet<QueueId>| -> Vec<String> {
        (queues.iter())
            .map(|queue| topology.queue(*queue).name.to_string())
            .collect()
    };
    (
        names(&outcome.queues),
        outcome.one_of.iter().map(names).collect(),
    )
}

#[test]
fn of_each_group_exactly_one_queue_gets_it_also_behind_further_exchanges() {
    let groups = |groups: &[&[&str]]| -> Vec<Vec<String>> {
        (groups.iter())
            .map(|group| group.iter().map(|name| (*name).to_owned()).collect())
            .collect()
    };
    // A choice within a choice.
    let nested = chosen(&[
        ("any", "any2", "exchange"),
        ("any", "c", "queue"),
        ("any2", "a", "queue"),
        ("any2", "b", "queue"),
    ]);
    assert_eq!(nested, (vec![], groups(&[&["a", "b", "c"]])));
    // A choice that leads to two queues at once.
    let two = chosen(&[
        ("any", "all", "exchange"),
        ("any", "c", "queue"),
        ("all", "a", "queue"),
        ("all", "b", "queue"),
    ]);
    assert_eq!(two, (vec![], groups(&[&["a", "c"], &["b", "c"]])));
    // A queue that every choice leads to.
    let certain = chosen(&[
        ("any", "all", "exchange"),
        ("any", "c", "queue"),
        ("all", "a", "queue"),
        ("all", "c", "queue"),
    ]);
    assert_eq!(certain, (vec!["c".to_owned()], groups(&[&["a"]])));
    // The same queue twice is no choice.
    let same = chosen(&[("any", "a", "queue"), ("any", "a", "queue")]);
    assert_eq!(same, (vec!["a".to_owned()], vec![]));
}

#[test]
fn the_first_death_marks_the_headers() {
    let topology = topology(
        r#"{"rabbitmq_version": "3.10.8",
        "exchanges": [{"vhost": "/", "name": "in", "type": "fanout"},
            {"vhost": "/", "name": "dead", "type": "headers"}],
        "queues": [{"vhost": "/", "name": "q", "arguments": {"x-dead-letter-exchange": "dead"}},
            {"vhost": "/", "name": "from-in"}, {"vhost": "/", "name": "from-q"}, {"vhost": "/", "name": "other"}],
        "bindings": [
            {"vhost": "/", "source": "in", "destination": "q", "destination_type": "queue", "routing_key": ""},
            {"vhost": "/", "source": "dead", "destination": "from-in", "destination_type": "queue", "routing_key": "",
             "arguments": {"x-match": "all-with-x", "x-first-death-exchange": "in", "x-first-death-reason": "rejected"}},
            {"vhost": "/", "source": "dead", "destination": "from-q", "destination_type": "queue", "routing_key": "",
             "arguments": {"x-match": "any-with-x", "x-first-death-queue": "q"}},
            {"vhost": "/", "source": "dead", "destination": "other", "destination_type": "queue", "routing_key": "",
             "arguments": {"x-match": "any-with-x", "x-first-death-queue": "other"}}]}"#,
    );
    let mut router = Router::new(&topology);
    let message = Message::default();
    let landed = router.publish(VhostId(0), "in", &message).unwrap();
    let dead = router.reject(&landed, &message).unwrap();
    let names: Vec<_> = (dead.hops[0].outcome.queues.iter())
        .map(|queue| &*topology.queue(*queue).name)
        .collect();
    assert_eq!(names, ["from-in", "from-q"]);
}
