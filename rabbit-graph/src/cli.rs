//! Arguments, wiring and exit statuses; one file a command.

mod diff;
mod docs;
mod draw;
mod fetch;
mod input;
mod lint;
mod render;
mod route;
mod who;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand};

use crate::terminal::{self, Color, STYLES};

/// Draws, checks, traces, compares and documents RabbitMQ topologies from the broker's definitions
///
/// SOURCE is a definitions file (`rabbitmqctl export_definitions`, or an
/// export of the management API), `-` for standard input, a compressed file
/// (.gz), or the URL of a management API such as https://user@broker:15671.
/// The rules that decide where a message goes are the broker's own: one
/// policy per object, arguments before policies, implicit exchanges.
#[derive(Debug, Parser)]
#[command(
    name = "rabbit-graph", version, styles = STYLES, arg_required_else_help = true,
    after_help = "Examples:\n  \
        rabbit-graph draw definitions.json -o topology.svg\n  \
        rabbit-graph draw https://monitor@broker.example:15671 --vhost shop -T dot | dot -Tpdf"
)]
struct Args {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// When to colour the output
    ///
    /// `auto` colours on a terminal alone, and NO_COLOR turns it off; `always`
    /// keeps the colours for a pager (`less -R`).
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    color: Color,

    /// Print no notes
    ///
    /// For scripts and CI, where the result and the exit status are enough.
    /// Errors are still printed.
    #[arg(short, long, global = true)]
    quiet: bool,

    /// Tell more; -vv tells what is asked and answered
    ///
    /// For a broker that does not answer as expected. Passwords are in none of
    /// it.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
}

impl Common {
    /// Tells the user something beside the result.
    fn note(&self, text: &str) {
        if !self.quiet {
            terminal::report(&format!("{text}\n"));
        }
    }

    fn start_logging(&self) {
        let level = match self.verbose {
            0 => return,
            1 => "rabbit_graph=info",
            _ => "rabbit_graph=debug,reqwest=debug",
        };
        let _ = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::new(level))
            .with_writer(std::io::stderr)
            .with_ansi(false)
            .without_time()
            .try_init();
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Draw a topology
    Draw(draw::Draw),
    /// Document a topology as Markdown and pictures for a repository
    Docs(docs::Docs),
    /// Find what is wrong in a topology, or will be
    Lint(lint::Lint),
    /// Tell in which queues a message ends, and by which way
    Route(route::Route),
    /// Tell who may publish, consume and configure what
    Who(who::Who),
    /// Tell what differs between two definitions: objects and effects
    Diff(diff::Diff),
    /// Get definitions without the secrets in them
    Fetch(fetch::Fetch),
    Completions(terminal::Completions),
    Manual(terminal::Manual),
}

/// Runs the command with these arguments.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    terminal::run(args, |args: Args, out| {
        args.common.start_logging();
        match &args.command {
            Command::Draw(command) => draw::run(command, &args.common, out),
            Command::Docs(command) => docs::run(command, &args.common, out),
            Command::Lint(command) => lint::run(command, &args.common, out),
            Command::Route(command) => route::run(command, &args.common, out),
            Command::Diff(command) => diff::run(command, &args.common, out),
            Command::Who(command) => who::run(command, &args.common, out),
            Command::Fetch(command) => fetch::run(command, &args.common, out),
            Command::Completions(command) => command.run::<Args>(out),
            Command::Manual(command) => command.run::<Args>(out),
        }
    })
}
