//! `pxe leases`.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::config::Config;
use crate::control;
use crate::dhcp::leases::{Change, Lease, Leases};
use crate::dhcp::settings::Mode;
use crate::error::{Error, Kind, Result};
use crate::report;
use crate::status::{self, Ask};
use crate::store::{Journal, Store as _};
use crate::sys::clock::unix_millis;
use crate::terminal::Output;
use crate::timeline::Id;

/// List the addresses that are lent, and take some back
///
/// Asks the running daemon by its local socket; without one the file of the
/// leases is read. An address that is taken back is free at once, and durably
/// so before this command ends. Its client does not notice until it renews:
/// take back what is no longer used.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pxe leases -c pxe.toml
  pxe leases -c pxe.toml --release 10.0.1.17 --release 52:54:00:12:34:56")]
pub(super) struct Args {
    #[command(flatten)]
    config: super::ConfigFile,
    /// Take back what is lent to this client or at this address
    ///
    /// For a machine that is gone and whose address is wanted, or one that is
    /// to get another.
    #[arg(long = "release", value_name = "ADDRESS|MAC")]
    releases: Vec<Id>,
    /// Print the result as JSON
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, out: &mut Output) -> Result<u8> {
    let config = args.config.read()?;
    if config.settings.mode != Mode::Full {
        let subject = args.config.path().display().to_string();
        return Err(Error::new(
            Kind::Input,
            subject,
            "no addresses are given, so none are lent",
        )
        .hint("only `mode = \"full\"` in `[dhcp]` gives addresses"));
    }
    let (result, code) = if args.releases.is_empty() {
        (list(&config)?, 0)
    } else {
        release(&config, &args.releases)?
    };
    let written = if args.json {
        writeln!(out, "{result}")
    } else if args.releases.is_empty() {
        write!(out, "{}", report::leases::text(&result))
    } else {
        write!(out, "{}", report::leases::released(&result))
    };
    written.map_err(|error| {
        Error::new(Kind::System, "standard output", "cannot write").because(error)
    })?;
    Ok(code)
}

fn list(config: &Config) -> Result<Value> {
    if let Some(answer) = asked(config, Ask::Leases)? {
        return Ok(answer);
    }
    let leases = table(Journal::read(&config.dhcp.leases)?);
    let all: Vec<Lease> = leases.iter().cloned().collect();
    Ok(status::leases(&all, unix_millis()))
}

/// What the daemon answers; nothing where none runs.
fn asked(config: &Config, ask: Ask) -> Result<Option<Value>> {
    let Some(mut answers) = control::ask(&config.socket.path, ask)? else {
        return Ok(None);
    };
    let answer = answers.answer()?.ok_or_else(|| {
        let subject = config.socket.path.display().to_string();
        Error::new(Kind::Peer, subject, "the daemon did not answer")
            .hint("its log says why; it may just have been stopped")
    })?;
    Ok(Some(answer))
}

/// Takes back all of them, and says what became of each; 3 when only some of
/// it was done.
fn release(config: &Config, clients: &[Id]) -> Result<(Value, u8)> {
    let mut store = None;
    let mut released = Vec::new();
    let mut not_lent = Vec::new();
    let mut failed = Vec::new();
    for client in clients {
        match release_one(config, *client, &mut store) {
            Ok(addresses) if addresses.is_empty() => not_lent.push(client.to_string()),
            Ok(addresses) => released.extend(addresses),
            // Nothing was done yet: the error says it all.
            Err(error) if released.is_empty() => return Err(error),
            Err(error) => failed.push(error.to_json()["error"].take()),
        }
    }
    let code = if failed.is_empty() { 0 } else { 3 };
    let result = json!({"released": released, "not_lent": not_lent, "failed": failed});
    Ok((result, code))
}

fn release_one(
    config: &Config,
    client: Id,
    store: &mut Option<(Journal, Leases)>,
) -> Result<Vec<String>> {
    if let Some(answer) = asked(config, Ask::Release(client))? {
        let addresses = answer["released"].as_array().into_iter().flatten();
        return Ok(addresses
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect());
    }
    let (journal, leases) = match store {
        Some(open) => open,
        None => {
            // It makes the file when there is none; an empty list tells less.
            Journal::read(&config.dhcp.leases)?;
            let opened = Journal::open(&config.dhcp.leases)?;
            store.insert((opened.journal, table(opened.changes)))
        }
    };
    let taken = leases.take_back(|lease| client.is_of(lease), unix_millis() / 1000);
    let changes: Vec<Change> = taken.iter().cloned().map(Change::Lease).collect();
    journal.commit(&changes).map_err(|error| {
        let subject = config.dhcp.leases.display().to_string();
        Error::new(Kind::System, subject, "the release cannot be written").because(error)
    })?;
    Ok(taken
        .iter()
        .map(|lease| lease.address.to_string())
        .collect())
}

fn table(changes: Vec<Change>) -> Leases {
    let mut leases = Leases::default();
    for change in changes {
        if let Change::Lease(lease) = change {
            leases.put(lease);
        }
    }
    leases
}
