//! Arguments, wiring and rendering; one file a command.

mod check;
mod client;
mod files;
mod options;
mod show;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand};

use crate::error::Result;
use crate::terminal::{self, Color, Output, STYLES};

/// Checks HTTPS peers with strict hostname verification, says why one fails,
/// and tests whether a client really verifies
#[derive(Debug, Parser)]
#[command(
    name = "certcheck",
    version,
    styles = STYLES,
    arg_required_else_help = true,
    after_help = "Examples:
  certcheck check www.example.org mail.example.org:993
  certcheck check -f hosts.txt --json",
)]
struct Args {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command has.
#[derive(Debug, clap::Args)]
struct Common {
    /// Only what is not as it should be
    ///
    /// For cron, which sends mail when something is printed: on good days
    /// nothing is.
    #[arg(short, long, global = true, display_order = 100)]
    quiet: bool,
    /// More detail; twice: what the libraries do
    ///
    /// For a verdict that surprises: it shows what was connected to and decided
    /// on the way.
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 101)]
    verbose: u8,
    /// When to colour the output
    ///
    /// `auto` colours on a terminal alone, and NO_COLOR turns it off; `always`
    /// keeps the colours for a pager (`less -R`).
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        display_order = 102
    )]
    color: Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks peers: chain, name, expiry, and why one fails
    Check(Box<check::Args>),
    /// Shows the chain as presented, decoded
    Show(Box<show::Args>),
    /// Verifies a chain from a file, without a connection
    Verify(verify::Args),
    /// Checks the expiry and sanity of local files
    Files(files::Args),
    Client(Box<client::ClientArgs>),
    Completions(terminal::Completions),
    Manual(terminal::Manual),
    #[command(hide = true)]
    ClientNamespace(client::NamespaceArgs),
}

/// Runs the command with these arguments.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    terminal::run(args, |args: Args, out: &mut Output| run(args, out))
}

fn run(args: Args, out: &mut Output) -> Result<u8> {
    let common = args.common;
    start_tracing(common.verbose);
    match args.command {
        Command::Check(args) => check::run(*args, &common, out),
        Command::Show(args) => show::run(*args, &common, out),
        Command::Verify(args) => verify::run(args, &common, out),
        Command::Files(args) => files::run(args, &common, out),
        Command::Client(args) => client::run(&args, &common, out),
        Command::Completions(args) => args.run::<Args>(out),
        Command::Manual(args) => args.run::<Args>(out),
        Command::ClientNamespace(args) => client::run_in_namespace(&args),
    }
}

/// `-v` shows what this tool notes, `-vv` what the libraries note. Header
/// values and proxy URLs are not among it.
fn start_tracing(verbose: u8) {
    let filter = match verbose {
        0 => return,
        1 => "certcheck=info",
        2 => "certcheck=debug,rustls=debug",
        _ => "certcheck=trace,rustls=trace",
    };
    // A second subscriber in one process (tests) is no reason to fail.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .try_init();
}
