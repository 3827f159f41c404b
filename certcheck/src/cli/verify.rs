//! `certcheck verify`: a chain from a file, without a connection.

use std::io::Write as _;
use std::path::PathBuf;

use super::Common;
use super::options::{TrustArgs, time, usage};
use crate::error::{Error, Kind, Result};
use crate::outcome::{Basis, Outcome};
use crate::report::text::Manner;
use crate::report::{json, text};
use crate::target::{Host, Options, Target};
use crate::terminal::Output;
use crate::trust;

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  certcheck verify --chain fullchain.pem --name www.example.org
  certcheck verify --chain chain.pem --name 192.0.2.1 --ca-file ca.pem --at 2027-03-15 --strict")]
pub(super) struct Args {
    /// The chain as a server would send it, its own certificate first
    #[arg(long, value_name = "PEM")]
    chain: PathBuf,
    /// The host name or address that it must vouch for
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Judge as of this time instead of now
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<i64>,
    /// Judge by the rules of RFC 5280 and the CA/Browser Forum too
    #[arg(long)]
    strict: bool,
    /// Warn this long before the expiry: 21d, 33% of the lifetime
    #[arg(long, value_name = "TIME")]
    warn: Option<String>,
    /// Fail this long before the expiry
    #[arg(long, value_name = "TIME")]
    crit: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    trust: TrustArgs,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output) -> Result<u8> {
    let name = Host::parse(&args.name).map_err(|what| usage("--name", what))?;
    let mut options = Options {
        strict: Some(args.strict),
        ..Options::default()
    };
    for (key, value) in [("warn", &args.warn), ("crit", &args.crit)] {
        if let Some(value) = value {
            options
                .set(key, value)
                .map_err(|what| usage(format!("--{key}"), what))?;
        }
    }
    let target = Target {
        text: args.chain.display().to_string(),
        host: name,
        port: 443,
        path: "/".into(),
        options,
    };
    let trust = args.trust.load()?;
    let chain = trust::certificates(&args.chain)?;
    let now = args
        .at
        .unwrap_or_else(|| jiff::Timestamp::now().as_second());
    let basis = Basis { trust: &trust, now };
    let outcome = Outcome::of_chain(&target, chain, basis);
    let written = if args.json {
        serde_json::to_writer(&mut *out, &json::Peer::from(&outcome))
            .map_err(std::io::Error::from)
            .and_then(|()| out.write_all(b"\n"))
    } else {
        let manner = Manner {
            quiet: common.quiet,
            verbose: common.verbose > 0,
            color: common.color.enabled(),
        };
        text::write(out, &outcome, manner)
    };
    written.map_err(|error| {
        Error::new(Kind::System, "standard output", "cannot write").because(error)
    })?;
    Ok(u8::from(!outcome.verdict.passed()))
}
