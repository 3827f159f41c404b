//! `pxe check`.

use std::io::Write as _;

use crate::check::{Examined, examine};
use crate::error::{Error, Kind, Result};
use crate::report::check::{json, text};
use crate::terminal::{Color, Output};

/// Check a configuration and show what each kind of client would get
///
/// Exits 1 when something would not work: a boot file that is missing or
/// unreadable, a path that some firmware trips over.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pxe check -c pxe.toml
  pxe check -c /etc/pxe/pxe.toml --json")]
pub(super) struct Args {
    #[command(flatten)]
    config: super::ConfigFile,
    /// Print the result as JSON
    #[arg(long, conflicts_with = "nagios")]
    json: bool,
    /// Print one plugin line and exit as Nagios wants it
    #[arg(long)]
    nagios: bool,
}

pub(super) fn run(args: &Args, color: Color, out: &mut Output) -> Result<u8> {
    let config = args.config.read()?;
    let examined = examine(&config);
    let result = if args.nagios {
        writeln!(out, "{}", nagios(&examined))
    } else if args.json {
        writeln!(
            out,
            "{}",
            json(&args.config.config.display().to_string(), &examined)
        )
    } else {
        write!(out, "{}", text(&examined, color.enabled()))
    };
    result.map_err(|error| {
        Error::new(Kind::System, "standard output", "cannot write").because(error)
    })?;
    let bad = u8::from(!examined.findings.is_empty());
    Ok(if args.nagios { 2 * bad } else { bad })
}

fn nagios(examined: &Examined) -> String {
    let count = examined.findings.len();
    match examined.findings.first() {
        None => "OK: every boot file is there | 'findings'=0;;1".to_owned(),
        Some(first) => {
            let line = format!("{}: {}", first.subject, first.message).replace('|', "/");
            format!("CRITICAL: {line} | 'findings'={count};;1")
        }
    }
}
