//! Topologies and messages that a generator of numbers makes up.

use serde_json::{Value, json};
use workspace_tests::random::Random;

const EXCHANGES: [&str; 7] = ["xd", "xf", "xt", "xh", "xi", "xa", "xd.dead"];
pub(crate) const QUEUES: [&str; 7] = ["q.a", "q.b", "q.c", "q.dead", "r.a", "r.b", "a.b"];
const KEYS: [&str; 10] = [
    "a", "b", "a.b", "a.b.c", "", "a..b", ".", "q.a", "b.a", "absent",
];
const PATTERNS: [&str; 11] = [
    "a", "*", "#", "a.*", "a.#", "#.b", "*.b", "", "a.#.b", "*.*", "a..b",
];

fn header_value(random: &mut Random) -> Value {
    random
        .pick(&[
            json!(1),
            json!(1.0),
            json!("1"),
            json!(true),
            json!("a"),
            json!(2.5),
            json!(-3),
        ])
        .clone()
}

pub(crate) fn topology(random: &mut Random, vhost: &str) -> Value {
    let types = [
        "direct", "fanout", "topic", "headers", "topic", "fanout", "direct",
    ];
    let mut exchanges = Vec::new();
    for (name, kind) in EXCHANGES.iter().zip(types) {
        let mut arguments = json!({});
        if random.one_in(3) {
            arguments["alternate-exchange"] =
                json!(random.pick(&["xf", "xa", "xd", "absent", "xt", "xi"]));
        }
        exchanges.push(
            json!({"vhost": vhost, "name": name, "type": kind, "durable": true,
            "auto_delete": false, "internal": *name == "xi", "arguments": arguments}),
        );
    }
    let mut queues = Vec::new();
    for name in QUEUES {
        let mut arguments = json!({});
        if random.one_in(3) {
            arguments["x-dead-letter-exchange"] =
                json!(random.pick(&["xd.dead", "xt", "", "absent", "xi", "xh"]));
            if random.one_in(2) {
                arguments["x-dead-letter-routing-key"] = json!(random.pick(&KEYS[..5]));
            }
        }
        queues.push(json!({"vhost": vhost, "name": name, "durable": true, "auto_delete": false, "arguments": arguments}));
    }
    let mut bindings = Vec::new();
    let mut bind = |random: &mut Random, source: &str| {
        let to_exchange = random.one_in(4);
        let destination = if to_exchange {
            *random.pick(&EXCHANGES)
        } else {
            *random.pick(&QUEUES)
        };
        let mut arguments = json!({});
        let key = match source {
            "xt" | "xi" => *random.pick(&PATTERNS),
            _ => *random.pick(&KEYS),
        };
        if source == "xh" {
            for name in ["h1", "h2", "x-h3"] {
                if random.one_in(2) {
                    arguments[name] = header_value(random);
                }
            }
            if !random.one_in(4) {
                arguments["x-match"] =
                    json!(random.pick(&["all", "any", "all-with-x", "any-with-x"]));
            }
        }
        bindings.push(
            json!({"vhost": vhost, "source": source, "destination": destination,
            "destination_type": if to_exchange { "exchange" } else { "queue" },
            "routing_key": key, "arguments": arguments}),
        );
    };
    for source in EXCHANGES
        .iter()
        .chain(&["xt", "xh", "xh", "xd", "amq.topic"])
    {
        for _ in 0..2 + random.below(4) {
            bind(random, source);
        }
    }
    let mut policies = Vec::new();
    for at in 0..random.below(5) {
        let queues_only = random.one_in(2);
        let mut definition = json!({});
        if queues_only {
            definition["dead-letter-exchange"] = json!(random.pick(&["xd.dead", "xf", "xt", ""]));
            if random.one_in(2) {
                definition["dead-letter-routing-key"] = json!(random.pick(&KEYS[..5]));
            }
        } else {
            definition["alternate-exchange"] = json!(random.pick(&["xf", "xa", "xt"]));
        }
        // Never the same twice: the broker leaves a tie to the order in which
        // its store gives the policies back, and no export tells that order.
        let priority = 10 * random.below(4) + at;
        policies.push(json!({"vhost": vhost, "name": format!("p{at}"), "priority": priority,
            "pattern": random.pick(&["a", "^q[.]", "^(?!q)", "(a).*\\1", "^x", "^r", ".*", "b$", "^xt$"]),
            "apply-to": if queues_only { "queues" } else if random.one_in(2) { "exchanges" } else { "all" },
            "definition": definition}));
    }
    let mut parameters = Vec::new();
    if random.one_in(2) {
        parameters.push(json!({"vhost": vhost, "component": "operator_policy", "name": "op",
            "value": {"pattern": random.pick(&["^q", "a", ".*"]), "apply-to": "queues", "priority": 1,
                      "definition": {"max-length": 100000}}}));
    }
    json!({"vhosts": [{"name": vhost}], "exchanges": exchanges, "queues": queues,
        "bindings": bindings, "policies": policies, "parameters": parameters,
        "permissions": [{"user": "guest", "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}]})
}

pub(crate) fn case(random: &mut Random, vhost: &str, id: usize) -> Value {
    let exchange = match random.below(10) {
        0 => "",
        1 => "amq.topic",
        2 if random.one_in(4) => "nowhere",
        3 | 4 => "xh",
        _ => random.pick(&EXCHANGES),
    };
    let mut headers = json!({});
    if exchange == "xh" || random.one_in(4) {
        for name in ["h1", "h2", "x-h3"] {
            if random.one_in(2) {
                headers[name] = header_value(random);
            }
        }
    }
    let keys = |random: &mut Random| -> Vec<&str> {
        if random.one_in(6) {
            vec![*random.pick(&KEYS)]
        } else {
            Vec::new()
        }
    };
    let (cc, bcc) = (keys(random), keys(random));
    json!({"id": id, "vhost": vhost, "exchange": exchange, "routing_key": random.pick(&KEYS),
        "headers": headers, "cc": cc, "bcc": bcc, "dead_letter": id.is_multiple_of(4)})
}
