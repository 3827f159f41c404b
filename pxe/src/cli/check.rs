//! `pxe check`.

use std::io::Write as _;

use crate::check::{Examined, Finding, examine};
use crate::config::Config;
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
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long, conflicts_with = "nagios")]
    json: bool,
    /// Print one plugin line and exit as Nagios wants it
    ///
    /// Makes it a check of Nagios, Icinga and their kin, so that a monitor sees
    /// it before the next machine.
    #[arg(long)]
    nagios: bool,
}

pub(super) fn run(args: &Args, color: Color, out: &mut Output) -> Result<u8> {
    let config = args.config.read()?;
    become_the_daemon(&config)?;
    let mut examined = examine(&config);
    if let Err(error) = args.config.read() {
        examined.findings.push(Finding {
            subject: args.config.config.display().to_string(),
            message: format!("cannot be read by the daemon's user: {}", error.message()),
            hint: "a reload (SIGHUP) reads it as that user; `chmod` or `chgrp` it".to_owned(),
        });
    }
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

/// Becomes the user of the daemon, so that the kernel says what that user may
/// read: no rule of permissions, lists and mounts is guessed at here.
fn become_the_daemon(config: &Config) -> Result<()> {
    let Some(identity) = crate::serve::identity(config)? else {
        return Ok(());
    };
    if identity.is_current() {
        return Ok(());
    }
    let user = config.user.as_deref().unwrap_or_default();
    if let Err(error) = identity.assume() {
        tracing::warn!(
            target: "pxe",
            "files are checked as you, not as user {user}, whom only root can become: {error}"
        );
    }
    Ok(())
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
