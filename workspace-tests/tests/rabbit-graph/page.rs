//! The HTML page in a real browser: searched, clicked, typed into, linked
//! to; and its routing rules against those of the command.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};
use workspace_tests::bins;
use workspace_tests::peers::browser::Browser;

fn tool(arguments: &[&str]) {
    let output = Command::new(bins::tool("rabbit-graph"))
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
}

fn definitions() -> PathBuf {
    bins::workspace().join("rabbit-graph/tests/data/shop.json")
}

fn page(folder: &Path) -> PathBuf {
    let page = folder.join("shop.html");
    tool(&[
        "draw",
        definitions().to_str().unwrap(),
        "-o",
        page.to_str().unwrap(),
        "--legend",
    ]);
    page
}

/// The ids of the nodes that are not dimmed or hidden, sorted.
fn in_focus(browser: &Browser) -> Vec<String> {
    let ids = browser
        .run(
            "return [...document.querySelectorAll('g.node[data-id]:not(.dimmed):not(.hidden)')]\
             .map((node) => node.dataset.id).sort()",
            json!([]),
        )
        .unwrap();
    serde_json::from_value(ids).unwrap()
}

fn node(id: &str) -> String {
    format!("g.node[data-id=\"{id}\"]")
}

/// What the script complains about would be lost otherwise.
fn ready(browser: &Browser) {
    assert_eq!(
        browser
            .run("return document.documentElement.dataset.ready", json!([]))
            .unwrap(),
        "true"
    );
}

#[test]
fn a_user_finds_focuses_filters_and_traces_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path());
    let browser = Browser::start(1600, 1000).unwrap();
    browser.open(&page, "").unwrap();
    ready(&browser);
    let all = in_focus(&browser).len();
    assert!(all > 40, "{all}");

    // A click focuses a node and its neighbours, and the address keeps it.
    let warehouse = browser.find(&node("exchange/shop/warehouse")).unwrap();
    browser.click(&warehouse).unwrap();
    assert_eq!(
        in_focus(&browser),
        [
            "exchange/shop/orders",
            "exchange/shop/warehouse",
            "queue/shop/warehouse.berlin",
            "queue/shop/warehouse.lyon",
            "queue/shop/warehouse.porto",
            "queue/shop/warehouse.returns",
        ]
    );
    let hash = browser.run("return location.hash", json!([])).unwrap();
    assert_eq!(hash, "#node=exchange%2Fshop%2Fwarehouse");
    let shot = browser.screenshot().unwrap();
    assert!(shot.starts_with(b"\x89PNG"));
    std::fs::write(bins::workspace().join("target/rabbit-graph-page.png"), shot).unwrap();

    // Escape clears; the deep link brings the same view back.
    browser.press("\u{e00c}").unwrap();
    assert_eq!(in_focus(&browser).len(), all);
    browser.open(&page, hash.as_str().unwrap()).unwrap();
    assert_eq!(in_focus(&browser).len(), 6);
    browser.press("\u{e00c}").unwrap();

    // Hovering tells the policy that applies, and no password.
    let queue = browser.find(&node("queue/shop/orders.price")).unwrap();
    browser.point_at(&queue).unwrap();
    let tip = browser
        .run(
            "return document.getElementById('tip').textContent",
            json!([]),
        )
        .unwrap();
    assert!(
        tip.as_str().unwrap().contains("orders-dead-letters"),
        "{tip}"
    );

    // Search by keyboard, Enter goes to the only one found.
    browser.press("/").unwrap();
    let search = browser.find("#search").unwrap();
    browser.type_into(&search, "orders.hist").unwrap();
    assert_eq!(in_focus(&browser), ["queue/shop/orders.history"]);
    browser.type_into(&search, "\u{e007}").unwrap();
    assert_eq!(
        in_focus(&browser),
        ["exchange/shop/orders", "queue/shop/orders.history"]
    );
    browser.press("\u{e00c}").unwrap();

    // The keyboard alone: from node to node with Tab, Enter focuses.
    browser
        .run(
            "document.querySelector(arguments[0]).focus()",
            json!([node("queue/shop/audit.log")]),
        )
        .unwrap();
    browser.press("\u{e007}").unwrap();
    assert_eq!(
        in_focus(&browser),
        ["exchange/shop/audit", "queue/shop/audit.log"]
    );
    browser.press("\u{e00c}").unwrap();

    // Filters by virtual host and kind.
    browser
        .run("document.getElementById('filter').open = true", json!([]))
        .unwrap();
    let shop = browser.find("#vhosts input[value=shop]").unwrap();
    browser.click(&shop).unwrap();
    let left = in_focus(&browser);
    assert!(
        left.iter().any(|id| id == "queue/analytics/clicks.raw"),
        "{left:?}"
    );
    assert!(!left.iter().any(|id| id.contains("/shop/")), "{left:?}");
    browser.click(&shop).unwrap();
    let quorum = browser
        .find("#kinds input[value=\"quorum queue\"]")
        .unwrap();
    browser.click(&quorum).unwrap();
    assert!(
        !in_focus(&browser)
            .iter()
            .any(|id| id == "queue/shop/orders.price")
    );
    browser.click(&quorum).unwrap();
    browser
        .run("document.getElementById('filter').open = false", json!([]))
        .unwrap();

    // A message is traced by exchange and key.
    browser.press("t").unwrap();
    browser
        .run(
            "document.getElementById('trace-exchange').value = ''",
            json!([]),
        )
        .unwrap();
    browser
        .type_into(&browser.find("#trace-exchange").unwrap(), "orders")
        .unwrap();
    browser
        .type_into(&browser.find("#trace-key").unwrap(), "order.paid")
        .unwrap();
    browser
        .click(&browser.find("#trace button").unwrap())
        .unwrap();
    let answer = browser
        .run(
            "return document.getElementById('answer').innerText",
            json!([]),
        )
        .unwrap();
    let answer = answer.as_str().unwrap();
    for queue in [
        "orders.invoice",
        "orders.ship",
        "orders.history",
        "audit.log",
        "search.index.0",
    ] {
        assert!(answer.contains(queue), "{answer}");
    }
    assert!(
        !in_focus(&browser)
            .iter()
            .any(|id| id == "queue/shop/orders.price")
    );
}

#[test]
fn zooming_and_moving_change_the_view_and_fit_restores_it() {
    let folder = tempfile::tempdir().unwrap();
    let browser = Browser::start(1200, 800).unwrap();
    browser.open(&page(folder.path()), "").unwrap();
    ready(&browser);
    let view = || {
        let text = browser
            .run(
                "return document.querySelector('main svg').getAttribute('viewBox')",
                json!([]),
            )
            .unwrap();
        let numbers: Vec<f64> = text
            .as_str()
            .unwrap()
            .split(' ')
            .map(|word| word.parse().unwrap())
            .collect();
        numbers
    };
    let whole = view();
    browser.press("+").unwrap();
    let near = view();
    assert!(near[2] < whole[2]);
    browser.press("\u{e014}").unwrap();
    assert!(view()[0] > near[0]);
    browser.click(&browser.find("#fit").unwrap()).unwrap();
    assert_eq!(view(), whole);
}

#[test]
fn the_page_routes_as_the_command_does() {
    let folder = tempfile::tempdir().unwrap();
    let cases = cases();
    let (file, answers) = (
        folder.path().join("cases.json"),
        folder.path().join("answers.json"),
    );
    std::fs::write(&file, Json::from(cases.clone()).to_string()).unwrap();
    tool(&[
        "route",
        definitions().to_str().unwrap(),
        "--cases",
        file.to_str().unwrap(),
        "-o",
        answers.to_str().unwrap(),
    ]);
    let expected: Vec<Json> = serde_json::from_slice(&std::fs::read(&answers).unwrap()).unwrap();
    let browser = Browser::start(800, 600).unwrap();
    browser.open(&page(folder.path()), "").unwrap();
    let found = browser
        .run(
            "const tables = JSON.parse(document.getElementById('tables').textContent);\
             return arguments[0].map((one) => {\
               const headers = {};\
               for (const [name, value] of Object.entries(one.headers)) headers[name] = Route.fromJson(value);\
               const { error, returned, queues, one_of } =\
                 Route.trace(tables, one.vhost, one.exchange, one.routing_key, headers, [...one.cc, ...one.bcc]);\
               return { error, returned, queues, one_of };\
             })",
            json!([cases]),
        )
        .unwrap();
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), expected.len());
    assert!(expected.len() > 300, "{}", expected.len());
    for ((case, expected), found) in cases.iter().zip(&expected).zip(found) {
        for field in ["error", "returned", "queues", "one_of"] {
            assert_eq!(found[field], expected[field], "{field} of {case}");
        }
    }
}

/// Every exchange with keys and headers that its bindings tell apart.
fn cases() -> Vec<Json> {
    let definitions: Json = serde_json::from_slice(&std::fs::read(definitions()).unwrap()).unwrap();
    let mut exchanges: Vec<(String, String)> = definitions["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap().to_owned();
            (text("vhost"), text("name"))
        })
        .collect();
    for name in ["", "amq.topic", "no.such.exchange"] {
        exchanges.push(("shop".to_owned(), name.to_owned()));
    }
    let keys = [
        "",
        ".",
        "#",
        "*",
        "order",
        "order.paid",
        "order.created",
        "order.shipped.late.again",
        "order.",
        "payment.refund.full",
        "payment.refund",
        "payment.captured",
        "de",
        "es",
        "30s",
        "orders.validate",
        "page.home.viewed",
        "page..viewed",
        "1",
    ];
    let headers = [
        json!({}),
        json!({"channel": "email"}),
        json!({"channel": "sms"}),
        json!({"channel": "push", "app": 2}),
        json!({"channel": "push", "app": "2"}),
        json!({"newsletter": true}),
        json!({"newsletter": "true", "x-other": 1}),
    ];
    let mut cases = Vec::new();
    for (vhost, exchange) in &exchanges {
        let by_headers = exchange == "notifications" || exchange == "events";
        for key in keys {
            let sets = if by_headers {
                &headers[..]
            } else {
                &headers[..1]
            };
            for headers in sets {
                for cc in [&[][..], &["order.created"], &["fr", "payments.capture"]] {
                    cases.push(json!({
                        "id": cases.len().to_string(), "vhost": vhost, "exchange": exchange,
                        "routing_key": key, "headers": headers, "cc": cc, "bcc": [],
                        "dead_letter": false,
                    }));
                }
            }
        }
    }
    cases
}
