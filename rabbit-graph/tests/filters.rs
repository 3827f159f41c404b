//! What the filters leave of a real topology.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod kit;

use kit::{data, drawn, run};

/// The objects of a drawing, as `kind/name`, remote brokers left out.
fn objects(more: &[&str]) -> Vec<String> {
    let mut arguments = vec!["-T", "json"];
    arguments.extend(more);
    let graph: serde_json::Value =
        serde_json::from_slice(&drawn(&data("data/shop.json"), &arguments)).unwrap();
    let ids = graph["nodes"].as_array().unwrap().iter();
    ids.filter_map(|node| {
        let mut parts = node["id"].as_str().unwrap().splitn(3, '/');
        let (kind, _, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some(format!("{kind}/{name}"))
    })
    .collect()
}

const PAYMENT_QUEUES: [&str; 4] = [
    "queue/payments.authorise",
    "queue/payments.capture",
    "queue/payments.reconcile",
    "queue/payments.refund",
];

#[test]
fn a_focus_keeps_what_lies_so_many_steps_away_in_a_direction() {
    let around = |direction: &str, depth: &str| {
        objects(&[
            "--focus",
            "payments",
            "--depth",
            depth,
            "--direction",
            direction,
        ])
    };
    let mut out = vec!["exchange/events", "exchange/payments", "exchange/unrouted"];
    out.extend(PAYMENT_QUEUES);
    assert_eq!(around("out", "1"), out);
    // The queue whose dead letters go to the exchange.
    assert_eq!(around("in", "1"), ["exchange/payments", "queue/retry.10m"]);
    let mut both = out;
    both.push("queue/retry.10m");
    assert_eq!(around("both", "1"), both);
    let farther = around("in", "2");
    assert_eq!(
        farther,
        ["exchange/payments", "exchange/retry", "queue/retry.10m"]
    );
}

#[test]
fn names_are_included_and_excluded_by_pattern() {
    assert_eq!(
        objects(&["--include", "^queue$|^payments[.]"]),
        PAYMENT_QUEUES
    );
    let without = objects(&["--exclude", "[.]"]);
    assert!(
        without.iter().all(|name| !name.contains('.')),
        "{without:?}"
    );
    assert!(without.contains(&"exchange/orders".to_owned()));
    let both = objects(&["--include", "^payments", "--exclude", "refund|^payments$"]);
    assert_eq!(both, PAYMENT_QUEUES[..3]);
}

#[test]
fn a_virtual_host_stands_alone() {
    assert_eq!(
        objects(&["--vhost", "analytics"]),
        [
            "exchange/clicks",
            "queue/clicks.raw",
            "queue/clicks.sessions"
        ]
    );
}

#[test]
fn queues_that_nothing_leads_to_can_be_hidden() {
    let unbound = |name: &String| name == "queue/legacy.import";
    assert!(objects(&[]).iter().any(unbound));
    assert!(!objects(&["--hide-unbound"]).iter().any(unbound));
}

#[test]
fn a_filter_that_names_nothing_is_an_error_that_says_what_there_is() {
    let shop = data("data/shop.json");
    let shop = shop.to_str().unwrap();
    for (option, value, said) in [
        ("--focus", "nowhere", "`nowhere`: no such exchange or queue"),
        ("--vhost", "nowhere", "`nowhere`: no such virtual host"),
        (
            "--include",
            "(",
            "--include: `(` is not a regular expression",
        ),
    ] {
        let output = run(&["draw", shop, "-T", "dot", option, value]);
        assert_eq!(output.status.code(), Some(2), "{option}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(said), "{error}");
    }
}
