use super::*;

fn policy(
    name: &str,
    pattern: &str,
    apply_to: &str,
    priority: i64,
    keys: &[(&str, i128)],
) -> Policy {
    Policy {
        vhost: VhostId(0),
        name: name.into(),
        pattern: pattern.into(),
        apply_to: apply_to.into(),
        definition: (keys.iter())
            .map(|(key, value)| ((*key).into(), Value::Integer(*value)))
            .collect(),
        priority,
    }
}

fn winner(
    policies: &[Policy],
    subject: Subject<'_>,
    name: &str,
    version: Version,
) -> Option<String> {
    let ranked = Ranked::new(policies, VhostId(0), version);
    ranked
        .winner(subject, name)
        .map(|id| policies[id.get()].name.to_string())
}

const V310: Version = Version::new(3, 10);
const V313: Version = Version::new(3, 13);
const CLASSIC: Subject<'_> = Subject::Queue(&QueueType::Classic);
const QUORUM: Subject<'_> = Subject::Queue(&QueueType::Quorum);
const STREAM: Subject<'_> = Subject::Queue(&QueueType::Stream);

#[test]
fn the_highest_priority_wins_and_of_equals_the_later_name() {
    let policies = [
        policy("a", ".*", "all", 1, &[("max-length", 1)]),
        policy("b", ".*", "all", 5, &[("max-length", 2)]),
        policy("c", ".*", "all", 5, &[("max-length", 3)]),
        policy("d", "^x", "all", 9, &[("max-length", 4)]),
    ];
    assert_eq!(winner(&policies, CLASSIC, "q", V313).as_deref(), Some("c"));
    assert_eq!(winner(&policies, CLASSIC, "x", V313).as_deref(), Some("d"));
}

#[test]
fn apply_to_tells_queues_from_exchanges_and_since_3_12_their_types() {
    let policies = [
        policy("e", ".*", "exchanges", 0, &[]),
        policy("q", ".*", "queues", 1, &[]),
        policy("quorum", ".*", "quorum_queues", 2, &[]),
        policy("streams", ".*", "streams", 2, &[]),
    ];
    assert_eq!(
        winner(&policies, Subject::Exchange, "n", V313).as_deref(),
        Some("e")
    );
    assert_eq!(winner(&policies, CLASSIC, "n", V313).as_deref(), Some("q"));
    assert_eq!(
        winner(&policies, QUORUM, "n", V313).as_deref(),
        Some("quorum")
    );
    assert_eq!(
        winner(&policies, STREAM, "n", V313).as_deref(),
        Some("streams")
    );
    assert_eq!(winner(&policies, QUORUM, "n", V310).as_deref(), Some("q"));
}

#[test]
fn one_key_that_a_type_lacks_keeps_the_whole_policy_away() {
    let policies = [
        policy("low", ".*", "queues", 0, &[("max-length-bytes", 1)]),
        policy(
            "ttl",
            ".*",
            "queues",
            1,
            &[("max-length-bytes", 1), ("message-ttl", 1)],
        ),
        policy("limit", ".*", "queues", 2, &[("delivery-limit", 3)]),
    ];
    assert_eq!(winner(&policies, STREAM, "n", V313).as_deref(), Some("low"));
    assert_eq!(
        winner(&policies, CLASSIC, "n", V313).as_deref(),
        Some("ttl")
    );
    assert_eq!(
        winner(&policies, QUORUM, "n", V313).as_deref(),
        Some("limit")
    );
    assert_eq!(
        unsupported_key(&policies[1], &QueueType::Stream, V313),
        Some("message-ttl")
    );
}

#[test]
fn operator_limits_are_merged_by_the_stricter_value() {
    let own = policy("p", "", "all", 0, &[("max-length", 10), ("message-ttl", 5)]);
    let mut operator = policy(
        "o",
        "",
        "all",
        0,
        &[("max-length", 3), ("message-ttl", 9), ("expires", 1)],
    );
    let merged = |operator: &Policy| -> Vec<(String, String, Setting)> {
        effective_definition(Some(&own), Some(operator))
            .into_iter()
            .map(|(key, value, by)| (key.to_owned(), value.to_string(), by))
            .collect()
    };
    assert_eq!(
        merged(&operator),
        [
            ("expires".into(), "1".into(), Setting::OperatorPolicy),
            ("max-length".into(), "3".into(), Setting::OperatorPolicy),
            ("message-ttl".into(), "5".into(), Setting::Policy),
        ]
    );
    operator.definition = Table::default();
    assert_eq!(merged(&operator).len(), 2);
}

#[test]
fn long_patterns_work_until_brokers_refuse_them() {
    let long = format!("^({})", vec!["a"; 600].join("|"));
    let policies = [policy("long", &long, "queues", 0, &[("max-length", 1)])];
    assert_eq!(
        winner(&policies, CLASSIC, "a", V313).as_deref(),
        Some("long")
    );
    assert_eq!(winner(&policies, CLASSIC, "a", Version::new(4, 3)), None);
}
