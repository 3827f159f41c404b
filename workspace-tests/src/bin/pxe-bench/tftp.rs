//! Transfers of a 256 MiB file over the loopback of a namespace.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use workspace_tests::load::{self, Load, usage};
use workspace_tests::netns::Host;
use workspace_tests::peers::pxe::Serve;
use workspace_tests::peers::{dnsmasq, tftpd};
use workspace_tests::process::Background;

use crate::{Args, median, say};

const SIZE: usize = 256 << 20;

struct Case {
    name: &'static str,
    window: u16,
    clients: usize,
    block_size: u16,
    round_trip: Duration,
    drop_every: u32,
}

const PLAIN: Case = Case {
    name: "",
    window: 1,
    clients: 16,
    block_size: 1468,
    round_trip: Duration::ZERO,
    drop_every: 0,
};

const CASES: &[Case] = &[
    Case {
        name: "w1",
        ..PLAIN
    },
    Case {
        name: "w4",
        window: 4,
        ..PLAIN
    },
    Case {
        name: "w64",
        window: 64,
        ..PLAIN
    },
    Case {
        name: "w64-rtt",
        window: 64,
        round_trip: Duration::from_millis(1),
        ..PLAIN
    },
    Case {
        name: "loss",
        window: 16,
        clients: 1,
        round_trip: Duration::from_millis(1),
        drop_every: 503,
        ..PLAIN
    },
    Case {
        name: "64-clients",
        window: 64,
        clients: 64,
        ..PLAIN
    },
    Case {
        name: "8192",
        block_size: 8192,
        ..PLAIN
    },
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Server {
    Pxe,
    Portable,
    Atftpd,
    Hpa,
    Dnsmasq,
}

impl Server {
    fn name(self) -> &'static str {
        match self {
            Server::Pxe => "pxe",
            Server::Portable => "pxe, portable",
            Server::Atftpd => "atftpd",
            Server::Hpa => "tftpd-hpa",
            Server::Dnsmasq => "dnsmasq",
        }
    }

    /// Windows are known to two of them only.
    fn can(self, case: &Case) -> bool {
        case.window == 1 || matches!(self, Server::Pxe | Server::Portable | Server::Atftpd)
    }

    fn start(self, args: &Args, host: &Host, root: &Path, folder: &Path) -> Result<Background> {
        match self {
            Server::Atftpd => tftpd::atftpd(host, root, folder),
            Server::Hpa => tftpd::hpa(host, root, folder),
            Server::Dnsmasq => {
                let options = [
                    "--enable-tftp".to_owned(),
                    format!("--tftp-root={}", root.display()),
                    "--tftp-max=200".to_owned(),
                    "--quiet-tftp".to_owned(),
                ];
                dnsmasq::start_on("lo", host, &options, &[69], folder)
            }
            Server::Pxe | Server::Portable => {
                let engine = if self == Server::Portable {
                    "engine = \"portable\"\n"
                } else {
                    ""
                };
                let config = format!(
                    "interface = \"lo\"\naddress = \"127.0.0.1\"\n\n[tftp]\nroot = \"{}\"\n\
                     transfers = 200\ntransfers-per-client = 200\n{engine}\n[dhcp]\nmode = \"off\"\n",
                    root.display()
                );
                let binary = args.pxe.as_deref().context("no pxe binary")?;
                Ok(Serve::start_binary(host, &[], binary, &config, &[69], folder)?.process)
            }
        }
    }
}

#[derive(Debug, Default)]
struct Measured {
    rate: Vec<f64>,
    cost: Vec<f64>,
    memory: Vec<f64>,
    note: String,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("root");
    fs::create_dir(&root)?;
    write_file(&root.join("f.bin"))?;
    let mut servers = vec![Server::Atftpd, Server::Hpa, Server::Dnsmasq];
    if args.pxe.is_some() {
        servers.extend([Server::Pxe, Server::Portable]);
    }
    servers.retain(|server| args.measures(server.name()));
    say("case | server | MB/s | CPU-s/GB | KiB | rate against atftpd | cost against atftpd |");
    say("--- | --- | --- | --- | --- | --- | --- |");
    for case in CASES.iter().filter(|case| args.wants(case.name)) {
        let mut measured: BTreeMap<Server, Measured> = BTreeMap::new();
        for round in 0..args.rounds {
            // Every other round backwards, so that none is always first.
            let mut order: Vec<Server> = servers.iter().copied().filter(|s| s.can(case)).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for server in order {
                let entry = measured.entry(server).or_default();
                match measure(args, case, server, &root, folder.path()) {
                    Ok((rate, cost, memory)) => {
                        entry.rate.push(rate);
                        entry.cost.push(cost);
                        entry.memory.push(memory);
                    }
                    Err(error) => entry.note = format!(" {error:#}"),
                }
            }
        }
        report(case, &measured);
    }
    Ok(())
}

fn measure(
    args: &Args,
    case: &Case,
    server: Server,
    root: &Path,
    folder: &Path,
) -> Result<(f64, f64, f64)> {
    let host = Host::new("bench")?;
    // tftpd-hpa binds nothing where loopback addresses are the only ones.
    host.ip("address add 10.99.99.99/32 dev lo")?;
    let process = server.start(args, &host, root, folder)?;
    let load = Load {
        server: "127.0.0.1:69".parse()?,
        file: "f.bin".to_owned(),
        clients: case.clients,
        block_size: case.block_size,
        window: case.window,
        time: Duration::from_secs(args.seconds),
        drop_every: case.drop_every,
        round_trip: case.round_trip,
        expected: Some(SIZE as u64),
    };
    let before = usage::processor_seconds(process.id())?;
    let (outcome, memory) = host.within(|| {
        std::thread::scope(|scope| {
            let loading = scope.spawn(|| load::run(&load));
            // The peak while transfers are open, looked at while they are.
            let mut peak = 0;
            while !loading.is_finished() {
                peak = peak.max(usage::anonymous_kib(process.id()).unwrap_or(0));
                std::thread::park_timeout(Duration::from_millis(250));
            }
            (loading.join(), peak)
        })
    })?;
    let outcome = outcome.map_err(|_| anyhow::anyhow!("the load panicked"))??;
    let cost = usage::processor_seconds(process.id())? - before;
    #[expect(clippy::cast_precision_loss, reason = "rates")]
    let (gigabytes, memory) = (outcome.bytes as f64 / 1e9, memory as f64);
    Ok((outcome.rate(), cost / gigabytes, memory))
}

fn report(case: &Case, measured: &BTreeMap<Server, Measured>) {
    let paired = |values: &[f64], pick: fn(&Measured) -> &Vec<f64>| {
        let base = measured.get(&Server::Atftpd).map(pick);
        let ratios: Vec<f64> = values
            .iter()
            .zip(base.into_iter().flatten())
            .map(|(own, base)| own / base)
            .collect();
        median(&ratios)
    };
    for (server, m) in measured {
        say(&format!(
            "{} | {} | {:.1} | {:.2} | {:.0} | {:.2} | {:.2} |{}",
            case.name,
            server.name(),
            median(&m.rate),
            median(&m.cost),
            median(&m.memory),
            paired(&m.rate, |m| &m.rate),
            paired(&m.cost, |m| &m.cost),
            m.note
        ));
    }
}

/// A file that no compression and no sparse page makes smaller.
fn write_file(path: &Path) -> Result<()> {
    let mut file = std::io::BufWriter::new(fs::File::create(path)?);
    let mut state = 0x2545_f491_u32;
    for _ in 0..SIZE / 4 {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        file.write_all(&state.to_le_bytes())?;
    }
    file.flush()?;
    Ok(())
}
