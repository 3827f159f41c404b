//! How long the built-in layout of rabbit-graph takes, and Graphviz on the
//! same topologies, one after the other in one run:
//! `cargo run -p workspace-tests --bin layoutbench -- target/release/rabbit-graph`
//!
//! Both times are whole processes: rabbit-graph reads the definitions and
//! writes SVG; Graphviz reads the DOT of the same topology and writes SVG.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use serde_json::{Value as Json, json};
use workspace_tests::wait;

/// Times the layout of rabbit-graph against Graphviz
#[derive(Debug, Parser)]
struct Args {
    /// The rabbit-graph to time, from a release build
    tool: PathBuf,

    /// Seconds after which Graphviz is stopped
    #[arg(long, default_value_t = 180)]
    limit: u64,

    /// How often each is run; the median counts
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

/// Nodes, and bindings for each hundred of them.
const TOPOLOGIES: [(usize, usize); 4] = [(50, 420), (200, 125), (200, 420), (1000, 125)];

fn main() -> Result<()> {
    let args = Args::parse();
    let folder = tempfile::tempdir()?;
    let mut table = String::from(
        "| nodes | labelled edges | rabbit-graph | dot | sfdp |\n|---|---|---|---|---|\n",
    );
    for (nodes, density) in TOPOLOGIES {
        let edges = nodes * density / 100;
        let definitions = folder.path().join("definitions.json");
        std::fs::write(&definitions, topology(nodes, edges).to_string())?;
        let dot = folder.path().join("topology.dot");
        let status = Command::new(&args.tool)
            .arg("draw")
            .arg(&definitions)
            .arg("-o")
            .arg(&dot)
            .status()
            .with_context(|| format!("{} cannot be started", args.tool.display()))?;
        ensure!(status.success(), "{} failed", args.tool.display());
        let limit = Duration::from_secs(args.limit);
        let own = median(args.runs, || {
            let mut command = Command::new(&args.tool);
            command.arg("draw").arg(&definitions).args(["-T", "svg"]);
            timed(command, limit)
        })?;
        let dot_time = graphviz("dot", &dot, limit)?;
        let sfdp = graphviz("sfdp", &dot, limit)?;
        let _ = writeln!(
            table,
            "| {nodes} | {edges} | {} | {} | {} |",
            shown(own, limit),
            shown(dot_time, limit),
            shown(sfdp, limit)
        );
    }
    #[expect(clippy::print_stdout, reason = "the table is the result")]
    {
        print!("{table}");
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

fn median(
    runs: usize,
    mut run: impl FnMut() -> Result<Option<Duration>>,
) -> Result<Option<Duration>> {
    let mut times = Vec::new();
    for _ in 0..runs.max(1) {
        match run()? {
            Some(time) => times.push(time),
            None => return Ok(None),
        }
    }
    times.sort();
    Ok(times.get(times.len() / 2).copied())
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
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
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
