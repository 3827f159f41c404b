//! Arguments, wiring and exit statuses; one file a command.

mod audit;
mod change;
mod connect;
mod forecast;
mod perform;
mod resolve;
mod server;
mod show;
mod targets;
mod undo;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand};

use crate::account::Wish;
use crate::error::{Error, Kind, Result};
use crate::report::Paint;
use crate::terminal::{self, Color, STYLES};

/// Sets NO_AUTH_DATA_REQUIRED on Active Directory accounts, safely
///
/// Kerberized NFS fails with "permission denied" for people in many groups,
/// because their tickets carry a PAC that grows with every group. One bit of
/// the NFS server's computer account takes it out of the tickets for that
/// server. This command sets that bit safely: it changes nothing else, loses
/// no change of anybody else, refuses accounts the domain lives on, reads back
/// what it wrote and keeps a journal.
#[derive(Debug, Parser)]
#[command(
    name = "ad-pac", version, styles = STYLES, arg_required_else_help = true,
    after_help = "Examples:\n  \
        ad-pac show nfs01.example.com\n  \
        ad-pac set nfs01.example.com --dry-run\n  \
        ad-pac set nfs01 --server dc1.example.com --bind-user admin@example.com"
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
    /// For scripts and cron, where the result and the exit status are enough.
    /// Errors are still printed.
    #[arg(short, long, global = true)]
    quiet: bool,

    /// Tell more; -vv tells what is asked and answered
    ///
    /// Says which server was found and how the logon was protected, which is
    /// what one asks first when it fails.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
}

impl Common {
    fn paint(&self) -> Paint {
        Paint::new(self.color.enabled())
    }

    /// Tells the user something beside the result.
    fn note(&self, text: &str) {
        if !self.quiet {
            terminal::report(&format!("{text}\n"));
        }
    }

    fn start_logging(&self) {
        let level = match self.verbose {
            0 => return,
            1 => "ad_pac=info",
            _ => "ad_pac=debug",
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
    /// Show accounts: flags, encryption types, SPNs, and whether tickets carry a PAC
    Show(show::Show),
    /// Set the bit: tickets for these hosts carry no PAC any more
    Set(change::SetArgs),
    /// Clear the bit: tickets for these hosts carry a PAC again
    Clear(change::ClearArgs),
    /// Take back what a journal records, where nobody changed it since
    Undo(undo::Undo),
    /// Look at every account with an NFS service, and say which are not as they should be
    Audit(audit::Audit),
    /// Tell how large tickets will be, who fails at an NFS server, and who is close
    Forecast(forecast::Forecast),
    /// Get a fresh ticket for a host and tell whether it carries a PAC
    Verify(verify::Verify),
    Completions(terminal::Completions),
    Manual(terminal::Manual),
    /// One step of `verify`, in a process of its own
    #[command(hide = true, name = crate::ticket::STEP)]
    KerberosStep(verify::Step),
}

/// Runs the command with these arguments.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    terminal::run(args, |args: Args, out| {
        args.common.start_logging();
        match &args.command {
            Command::Show(command) => show::run(command, &args.common, out),
            Command::Set(command) => change::run(&command.change, Wish::Set, &args.common, out),
            Command::Undo(command) => undo::run(command, &args.common, out),
            Command::Audit(command) => audit::run(command, &args.common, out),
            Command::Clear(command) => change::run(&command.change, Wish::Clear, &args.common, out),
            Command::Forecast(command) => forecast::run(command, &args.common, out),
            Command::Verify(command) => verify::run(command, &args.common, out),
            Command::Completions(command) => command.run::<Args>(out),
            Command::Manual(command) => command.run::<Args>(out),
            Command::KerberosStep(command) => verify::step(command, out),
        }
    })
}

/// One thread decrypts and reads answers while the other looks at those that
/// are there already.
fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::System, "runtime", "cannot be started").because(error))
}
