//! The built-in layout, and Graphviz on the same topologies, one after the
//! other in one run.
//!
//! Both times are whole processes: rabbit-graph reads the definitions and
//! writes SVG; Graphviz reads the DOT of the same topology and writes SVG.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use workspace_tests::random::Random;
use workspace_tests::wait;

use crate::definitions::SEED;
use crate::{Options, say};

/// Nodes, and bindings for each hundred of them.
const TOPOLOGIES: [(usize, usize); 4] = [(50, 420), (200, 125), (200, 420), (1000, 125)];

pub(crate) fn run(options: &Options, limit: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let limit = Duration::from_secs(limit);
    say("| nodes | labelled edges | rabbit-graph | dot | sfdp |");
    say("|---|---|---|---|---|");
    for (nodes, density) in TOPOLOGIES {
        let edges = nodes * density / 100;
        let definitions = folder.path().join("definitions.json");
        std::fs::write(&definitions, topology(nodes, edges).to_string())?;
        let dot = folder.path().join("topology.dot");
        let status = Command::new(&options.tool)
            .arg("draw")
            .arg(&definitions)
            .arg("-o")
            .arg(&dot)
            .status()
            .with_context(|| format!("{} cannot be started", options.tool.display()))?;
        ensure!(status.success(), "{} failed", options.tool.display());
        let mut times = Vec::new();
        for _ in 0..options.rounds.max(1) {
            let mut command = Command::new(&options.tool);
            command.arg("draw").arg(&definitions).args(["-T", "svg"]);
            times.push(timed(command, limit)?);
        }
        times.sort();
        let own = times.get(times.len() / 2).copied().flatten();
        let dot_time = graphviz("dot", &dot, limit)?;
        let sfdp = graphviz("sfdp", &dot, limit)?;
        say(&format!(
            "| {nodes} | {edges} | {} | {} | {} |",
            shown(own, limit),
            shown(dot_time, limit),
            shown(sfdp, limit)
        ));
    }
    Ok(())
}

fn shown(time: Option<Duration>, limit: Duration) -> String {
    match time {
        Some(time) => format!("{:.2} s", time.as_secs_f64()),
        None => format!("over {} s", limit.as_secs()),
    }
}

fn graphviz(program: &str, dot: &Path, limit: Duration) -> Result<Option<Duration>> {
    let mut command = Command::new(program);
    command.arg("-Tsvg").arg(dot);
    timed(command, limit).with_context(|| format!("{program}: install graphviz"))
}

/// How long a command takes, or nothing when it was stopped.
fn timed(mut command: Command, limit: Duration) -> Result<Option<Duration>> {
    let begin = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let ended = wait::until("the end", limit, || match child.try_wait() {
        Ok(Some(status)) => Ok((status, begin.elapsed())),
        Ok(None) => Err("still running".to_owned()),
        Err(error) => Err(error.to_string()),
    });
    match ended {
        Ok((status, time)) => {
            ensure!(status.success(), "failed");
            Ok(Some(time))
        }
        Err(_) => {
            let _ = child.kill();
            let _ = child.wait();
            Ok(None)
        }
    }
}

/// A topology at random, the same every time: a fifth exchanges, no two
/// bindings between the same two objects.
fn topology(nodes: usize, edges: usize) -> Json {
    let mut numbers = Random::new(SEED);
    let mut random = |below: usize| numbers.below(below);
    let exchanges = nodes / 5;
    let queues = nodes - exchanges;
    let mut seen = std::collections::HashSet::new();
    let mut bindings = Vec::new();
    while bindings.len() < edges {
        let from = random(exchanges);
        let to_exchange = random(12) == 0;
        let to = random(if to_exchange { exchanges } else { queues });
        if (to_exchange && from == to) || !seen.insert((from, to_exchange, to)) {
            continue;
        }
        bindings.push(json!({
            "source": format!("exchange.{from}"), "vhost": "/",
            "destination": if to_exchange { format!("exchange.{to}") } else { format!("service.queue.{to}") },
            "destination_type": if to_exchange { "exchange" } else { "queue" },
            "routing_key": format!("event.{}.{}", random(100), ["created", "changed", "deleted", "#"][random(4)]),
            "arguments": {},
        }));
    }
    let exchanges: Vec<Json> = (0..exchanges)
        .map(|n| json!({"name": format!("exchange.{n}"), "vhost": "/", "type": "topic", "durable": true, "auto_delete": false, "internal": false, "arguments": {}}))
        .collect();
    let queues: Vec<Json> = (0..queues)
        .map(|n| json!({"name": format!("service.queue.{n}"), "vhost": "/", "durable": true, "auto_delete": false, "arguments": {}}))
        .collect();
    json!({"rabbit_version": "3.13.7", "vhosts": [{"name": "/"}], "exchanges": exchanges, "queues": queues, "bindings": bindings})
}
