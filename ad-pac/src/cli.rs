//! Arguments, wiring and rendering.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::terminal::{self, STYLES};

/// Sets NO_AUTH_DATA_REQUIRED on Active Directory computer accounts, and shows, audits, forecasts, undoes and proves it
#[derive(Debug, Parser)]
#[command(name = "ad-pac", version, styles = STYLES, arg_required_else_help = true)]
struct Args {}

/// Runs the command with these arguments.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    terminal::run(args, |Args {}, _out| Ok(0))
}
