//! Arguments, wiring and rendering.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::terminal::{self, STYLES};

/// Serves network boot over DHCP and TFTP with the paths written as the firmware needs them, and explains, probes, renders and lints network boot set-ups
#[derive(Debug, Parser)]
#[command(name = "pxe", version, styles = STYLES, arg_required_else_help = true)]
struct Args {}

/// Runs the command with these arguments.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    terminal::run(args, |Args {}, _out| Ok(0))
}
