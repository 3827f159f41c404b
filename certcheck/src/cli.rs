//! Arguments, wiring and rendering.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::terminal::{self, STYLES};

/// Checks HTTPS peers with strict hostname verification, says why one fails, and tests whether a client really verifies
#[derive(Debug, Parser)]
#[command(name = "certcheck", version, styles = STYLES, arg_required_else_help = true)]
struct Args {}

/// Runs the command with these arguments.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    terminal::run(args, |Args {}, _out| Ok(0))
}
