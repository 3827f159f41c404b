//! Definitions at random, the same every time, of any size.
//!
//! A queue in five is dead-lettered by argument, the rest by policy where one
//! matches; there is an exchange for every ten queues, and every queue has
//! five bindings. With 100,000 queues that is a file of about 99 MB.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};
use workspace_tests::random::Random;

/// Virtual hosts, unless said otherwise.
pub(crate) const VHOSTS: usize = 5;
/// Bindings for each queue.
pub(crate) const BINDINGS: usize = 5;

const DOMAINS: [&str; 8] = [
    "billing", "orders", "shipping", "stock", "audit", "mail", "search", "risk",
];
const VERBS: [&str; 5] = ["created", "changed", "deleted", "*", "#"];

/// Every run measures the same.
pub(crate) const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

fn vhost_name(at: usize) -> String {
    match at {
        0 => "/".to_owned(),
        at => format!("tenant-{at}"),
    }
}

fn exchange_name(at: usize) -> String {
    format!("{}.events.{at}", DOMAINS[at % DOMAINS.len()])
}

fn queue_name(at: usize) -> String {
    format!("{}.service.queue.{at}", DOMAINS[at % DOMAINS.len()])
}

/// Writes definitions with so many queues, as a broker exports them: in no
/// particular order, and without white space.
pub(crate) fn write(path: &Path, queues: usize, vhosts: usize) -> Result<()> {
    let file = File::create(path).with_context(|| path.display().to_string())?;
    let mut out = BufWriter::new(file);
    let mut random = Random::new(SEED);
    let exchanges = (queues / 10).max(1);
    // What lies where: an object and those it is joined with share a host.
    let host = |at: usize| at % vhosts;
    let names: Vec<Json> = (0..vhosts)
        .map(|at| json!({ "name": vhost_name(at) }))
        .collect();
    let policies: Vec<Json> = (0..vhosts)
        .flat_map(|at| {
            DOMAINS.iter().enumerate().map(move |(priority, domain)| {
                json!({"vhost": vhost_name(at), "name": format!("{domain}-dead"), "priority": priority,
                    "pattern": format!("^{domain}\\.(service|worker)\\."), "apply-to": "queues",
                    "definition": {"dead-letter-exchange": exchange_name(at), "max-length": 100_000}})
            })
        })
        .collect();
    let permissions: Vec<Json> = (0..vhosts)
        .map(|at| json!({"user": "app", "vhost": vhost_name(at), "configure": "", "write": "events", "read": "^billing"}))
        .collect();
    write!(
        out,
        "{{\"rabbit_version\":\"3.13.7\",\"rabbitmq_version\":\"3.13.7\",\"vhosts\":{},\"users\":[{{\"name\":\"app\",\"password_hash\":\"\",\"tags\":[]}}],\"permissions\":{},\"policies\":{}",
        Json::from(names),
        Json::from(permissions),
        Json::from(policies)
    )?;
    section(&mut out, "queues", queues, |at| {
        let arguments = match at % 5 {
            0 => {
                json!({"x-queue-type": "quorum", "x-dead-letter-exchange": exchange_name(host(at))})
            }
            1 => json!({"x-queue-type": "classic", "x-message-ttl": 60_000}),
            _ => json!({}),
        };
        json!({"name": queue_name(at), "vhost": vhost_name(host(at)), "durable": true,
            "auto_delete": false, "arguments": arguments})
    })?;
    section(&mut out, "exchanges", exchanges, |at| {
        let kind = ["topic", "topic", "direct", "fanout", "headers"][at / vhosts % 5];
        json!({"name": exchange_name(at), "vhost": vhost_name(host(at)), "type": kind,
            "durable": true, "auto_delete": false, "internal": false, "arguments": {}})
    })?;
    section(&mut out, "bindings", queues * BINDINGS, |at| {
        let queue = at % queues;
        let vhost = host(queue);
        // An exchange of the same virtual host.
        let source = (random.below(exchanges) / vhosts * vhosts + vhost) % exchanges.max(vhosts);
        let key = format!(
            "{}.{}.{}",
            DOMAINS[random.below(DOMAINS.len())],
            random.below(1000),
            VERBS[random.below(VERBS.len())]
        );
        json!({"source": exchange_name(source), "vhost": vhost_name(vhost),
            "destination": queue_name(queue), "destination_type": "queue",
            "routing_key": key, "arguments": {}})
    })?;
    writeln!(out, "}}")?;
    out.flush()?;
    Ok(())
}

fn section(
    out: &mut impl Write,
    name: &str,
    count: usize,
    mut item: impl FnMut(usize) -> Json,
) -> Result<()> {
    write!(out, ",\"{name}\":[")?;
    for at in 0..count {
        if at > 0 {
            write!(out, ",")?;
        }
        write!(out, "{}", item(at))?;
    }
    write!(out, "]")?;
    Ok(())
}

/// Messages for exchanges of those definitions.
pub(crate) fn cases(queues: usize, vhosts: usize, count: usize) -> Json {
    let mut random = Random::new(SEED);
    let exchanges = (queues / 10).max(1);
    (0..count)
        .map(|id| {
            let exchange = random.below(exchanges);
            let key = format!(
                "{}.{}.{}",
                DOMAINS[random.below(DOMAINS.len())],
                random.below(1000),
                VERBS[random.below(3)]
            );
            json!({"id": id, "vhost": vhost_name(exchange % vhosts), "exchange": exchange_name(exchange),
                "routing_key": key, "headers": {"tenant": id % 10}, "cc": [], "bcc": [],
                "dead_letter": id % 4 == 0})
        })
        .collect()
}
