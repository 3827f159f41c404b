//! Arguments, wiring and exit status; one file a command.

mod check;
mod client;
mod decode;
mod explain;
mod leases;
mod lint;
mod log;
mod probe;
mod render;
mod serve;
mod watch;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::terminal::{self, Color, STYLES};

/// Serves network boot with the paths written as the firmware needs them, and shows what a client got
#[derive(Debug, Parser)]
#[command(
    name = "pxe",
    version,
    styles = STYLES,
    arg_required_else_help = true,
    after_help = "\
Examples:
  pxe check -c pxe.toml
  pxe serve -c pxe.toml
  pxe probe --server 10.0.0.5 --arch uefi-x64 --download"
)]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// When to colour the output
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true,
        help = "When to colour the output: auto, always or never",
        long_help = "When to colour the output: auto, always or never\n\n\
                     `auto` colours on a terminal alone, and NO_COLOR turns it off; `always` \
                     keeps the colours for a pager (`less -R`)."
    )]
    color: Color,
    /// No notes on stderr, errors only
    ///
    /// For scripts and cron, where the result and the exit status are enough.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// More on stderr; twice for every packet
    ///
    /// Says who was not answered and why, the first thing to ask when a machine
    /// gets nothing.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Check(check::Args),
    Explain(explain::Args),
    Probe(probe::Args),
    Decode(decode::Args),
    Render(render::Args),
    Lint(lint::Args),
    Watch(watch::Args),
    Leases(leases::Args),
    Completions(terminal::Completions),
    Manual(terminal::Manual),
}

/// Runs the command with these arguments.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    terminal::run(args, |args: Args, out| {
        let sink = log::start(
            args.quiet,
            args.verbose,
            matches!(args.command, Command::Serve(_)),
            &args.command,
        );
        match args.command {
            Command::Serve(serve) => serve::run(&serve, sink),
            Command::Check(check) => check::run(&check, args.color, out),
            Command::Explain(explain) => explain::run(&explain, args.color, out),
            Command::Probe(probe) => probe::run(&probe, args.color, out),
            Command::Decode(decode) => decode::run(&decode, args.color, out),
            Command::Render(render) => render::run(&render, out),
            Command::Lint(lint) => lint::run(&lint, args.color, out),
            Command::Watch(watch) => watch::run(&watch, args.color, out),
            Command::Leases(leases) => leases::run(&leases, out),
            Command::Completions(completions) => completions.run::<Args>(out),
            Command::Manual(manual) => manual.run::<Args>(out),
        }
    })
}

/// Where the configuration is.
#[derive(Debug, clap::Args)]
struct ConfigFile {
    /// The configuration
    ///
    /// Several services on one machine have one each; a changed one can be
    /// tried before it is put in place.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "PXE_CONFIG",
        default_value = "/etc/pxe/pxe.toml",
        hide_env_values = true
    )]
    config: PathBuf,
}

impl ConfigFile {
    fn path(&self) -> &Path {
        &self.config
    }

    fn read(&self) -> Result<Config> {
        let name = self.config.display().to_string();
        let text = read_text(&self.config)?;
        Config::parse(&name, &text)
    }
}

fn read_text(path: &Path) -> Result<String> {
    let name = path.display().to_string();
    std::fs::read_to_string(path).map_err(|error| {
        Error::new(Kind::Input, name, "the configuration cannot be read")
            .because(error)
            .hint("`-c FILE` names it; the README has a whole one to begin with")
    })
}
