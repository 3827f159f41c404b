//! `cargo tour`: see [`workspace_tests::tour`].

use std::process::ExitCode;

use clap::Parser;

/// Shows every tool doing its main job on real input, on loopback, in seconds
#[derive(Debug, Parser)]
#[command(name = "cargo tour")]
struct Args {
    /// Only these tools (ad-pac, certcheck, pxe, rabbit-graph)
    tools: Vec<String>,
    /// Leave the peers up afterwards, to repeat the commands by hand
    #[arg(long)]
    hold: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    workspace_tests::tour::main(&args.tools, args.hold)
}
