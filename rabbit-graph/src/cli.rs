//! Arguments, wiring and rendering.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::terminal::{self, STYLES};

/// Draws, checks, traces, compares and documents RabbitMQ topologies from the broker's definitions
#[derive(Debug, Parser)]
#[command(name = "rabbit-graph", version, styles = STYLES, arg_required_else_help = true)]
struct Args {}

/// Runs the command with these arguments.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    terminal::run(args, |Args {}, _out| Ok(0))
}
