//! `tftpload`: see [`workspace_tests::load`].

use std::net::SocketAddrV4;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use workspace_tests::load::{Load, run, usage};

/// Puts a TFTP server under load and says what came and what it cost
#[derive(Debug, Parser)]
#[command(name = "tftpload")]
struct Args {
    /// The server, such as 127.0.0.1:69
    server: SocketAddrV4,
    /// The file to read
    file: String,
    /// Clients at once
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Block size to ask for
    #[arg(long, default_value_t = 1468)]
    block_size: u16,
    /// Window to ask for; 1 asks for none
    #[arg(long, default_value_t = 1)]
    window: u16,
    /// Seconds to go on
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Ignore one data packet in so many
    #[arg(long, default_value_t = 0)]
    drop_every: u32,
    /// Hold every acknowledgement back for so many microseconds
    #[arg(long, default_value_t = 0)]
    round_trip: u64,
    /// The server's process: its processor time and memory are told too
    #[arg(long)]
    process: Option<u32>,
}

#[expect(clippy::print_stdout, reason = "the result")]
#[expect(clippy::print_stderr, reason = "the failure")]
fn main() -> ExitCode {
    let args = Args::parse();
    match measure(&args) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("tftpload: {}: {error:#}", args.server);
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &Args) -> anyhow::Result<String> {
    let before = args.process.map(usage::processor_seconds).transpose()?;
    let outcome = run(&Load {
        server: args.server,
        file: args.file.clone(),
        clients: args.clients,
        block_size: args.block_size,
        window: args.window,
        time: Duration::from_secs_f64(args.seconds),
        drop_every: args.drop_every,
        round_trip: Duration::from_micros(args.round_trip),
        expected: None,
    })?;
    let mut line = format!("{:.1} MB/s {outcome:?}", outcome.rate());
    if let (Some(id), Some(before)) = (args.process, before) {
        let seconds = usage::processor_seconds(id)? - before;
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let gigabytes = outcome.bytes as f64 / 1e9;
        line.push_str(&format!(
            " server: {:.2} CPU-s/GB, {} KiB",
            seconds / gigabytes,
            usage::anonymous_kib(id)?
        ));
    }
    Ok(line)
}
