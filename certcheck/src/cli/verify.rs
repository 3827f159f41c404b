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
    ///
    /// Checks a renewed certificate before the server is reloaded with it:
    /// `fullchain.pem` of an ACME client.
    #[arg(long, value_name = "PEM")]
    chain: PathBuf,
    /// The host name or address that it must vouch for
    ///
    /// What clients will ask for: a certificate that is valid and for another
    /// name helps nobody.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Judge as of this time instead of now
    ///
    /// Answers whether a chain will still hold in March, or what was wrong last
    /// night.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<i64>,
    /// Judge by the rules of RFC 5280 and the CA/Browser Forum too
    ///
    /// For certificates that browsers must accept: finds what public CAs may
    /// not issue. Private CAs are not bound by it.
    #[arg(long)]
    strict: bool,
    /// Warn this long before the expiry: 21d, 33% of the lifetime
    ///
    /// By default a quarter of the lifetime, 21 days at most. Choose what your
    /// renewal needs when a person must do it.
    #[arg(long, value_name = "TIME")]
    warn: Option<String>,
    /// Fail this long before the expiry
    ///
    /// By default a tenth of the lifetime, seven days at most. Choose the point
    /// at which somebody is to be called.
    #[arg(long, value_name = "TIME")]
    crit: Option<String>,
    /// One JSON object
    ///
    /// For scripts: everything that the text shows, in fields that do not
    /// change their meaning.
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
