//! `graph-bench`: what rabbit-graph costs, beside what others cost on the
//! same machine in the same run, because only ratios survive a noisy machine.
//!
//! ```sh
//! cargo build --release -p rabbit-graph
//! cargo run --release -p workspace-tests --bin graph-bench -- size target/release/rabbit-graph
//! ```

mod definitions;
mod growth;
mod layout;
mod measure;
mod routes;
mod size;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures rabbit-graph: a release build of it, please
#[derive(Debug, Parser)]
#[command(name = "graph-bench")]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// DOT of 100,000 queues and 500,000 bindings, against Python's json.load on the same file
    Size(Options),
    /// 10,000 messages over 1,000 queues
    Routes(Options),
    /// Each command on 1, 2, 4 and 8 times as many queues
    Growth(Options),
    /// The layout against Graphviz's dot and sfdp
    Layout {
        #[command(flatten)]
        options: Options,
        /// Seconds after which Graphviz is stopped
        #[arg(long, default_value_t = 180)]
        limit: u64,
    },
    /// Write the definitions that `size` draws
    Generate {
        /// How many queues
        queues: usize,
        /// Over how many virtual hosts
        #[arg(long, default_value_t = definitions::VHOSTS)]
        vhosts: usize,
        /// The file
        #[arg(short)]
        output: PathBuf,
    },
    /// Run a command and write down what it cost
    #[command(hide = true)]
    Measured {
        report: PathBuf,
        #[arg(last = true)]
        command: Vec<String>,
    },
}

#[derive(Debug, clap::Args)]
struct Options {
    /// The rabbit-graph to measure
    tool: PathBuf,
    /// How often everything is measured; the medians are told
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

#[expect(clippy::print_stderr, reason = "the failure")]
fn main() -> ExitCode {
    match run(&Args::parse().what) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("graph-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(what: &What) -> Result<()> {
    match what {
        What::Size(options) => size::run(options),
        What::Routes(options) => routes::run(options),
        What::Growth(options) => growth::run(options),
        What::Layout { options, limit } => layout::run(options, *limit),
        What::Generate {
            queues,
            vhosts,
            output,
        } => definitions::write(output, *queues, *vhosts),
        What::Measured { report, command } => measure::measured(report, command),
    }
}

/// One line of the report, at once: a run takes minutes.
#[expect(clippy::print_stdout, reason = "the result")]
fn say(line: &str) {
    println!("{line}");
}

/// The middle value; NaN where there is none.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
