//! `pxe-bench`: `pxe serve` against the servers of the distribution, in turn,
//! on one machine and in one run, because only ratios survive a noisy machine.

mod dhcp;
mod tftp;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures pxe serve against its peers; needs root and the packages of
/// workspace-tests/packages.txt
#[derive(Debug, Parser)]
#[command(name = "pxe-bench")]
struct Args {
    #[command(subcommand)]
    what: What,
    /// The pxe binary to measure; without it only the peers are
    #[arg(long, global = true)]
    pxe: Option<PathBuf>,
    /// How often everything is measured; the medians are told
    #[arg(long, global = true, default_value_t = 3)]
    rounds: usize,
    /// Seconds for each measurement
    #[arg(long, global = true, default_value_t = 4)]
    seconds: u64,
    /// Only these cases (see their names in the output)
    #[arg(long, global = true)]
    case: Vec<String>,
    /// Only these servers (see their names in the output)
    #[arg(long, global = true)]
    server: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Transfers: atftpd, tftpd-hpa, dnsmasq
    Tftp,
    /// Leases: Kea, ISC dhcpd, dnsmasq, under perfdhcp
    Dhcp,
}

#[expect(clippy::print_stderr, reason = "the failure")]
fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.what {
        What::Tftp => tftp::run(&args),
        What::Dhcp => dhcp::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pxe-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Args {
    fn wants(&self, case: &str) -> bool {
        self.case.is_empty() || self.case.iter().any(|wanted| wanted == case)
    }

    fn measures(&self, server: &str) -> bool {
        self.server.is_empty() || self.server.iter().any(|wanted| wanted == server)
    }
}

/// One line of the report, at once: a run takes minutes.
#[expect(clippy::print_stdout, reason = "the result")]
fn say(line: &str) {
    println!("{line}");
}

/// The middle value; NaN where there is none.
fn median(values: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
