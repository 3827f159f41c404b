//! Leases under perfdhcp over a virtual cable.

mod timelines;

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context as _, Result};
use workspace_tests::load::usage;
use workspace_tests::netns::{Host, pair};
use workspace_tests::peers::kea::{self, Exchanges, perfdhcp};
use workspace_tests::peers::pxe::Serve;
use workspace_tests::peers::{dhcpd, dnsmasq};
use workspace_tests::process::Background;

use crate::{Args, median, say};

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const FIRST: Ipv4Addr = Ipv4Addr::new(10, 77, 1, 0);
const LAST: Ipv4Addr = Ipv4Addr::new(10, 77, 250, 255);
/// The rate at which the cost of an exchange is compared.
const COMMON_RATE: u32 = 1_000;
const STORM: u32 = 5_000;
/// A rate holds when fewer than one exchange in a hundred is lost.
const TOLERATED: f64 = 0.01;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    Pxe,
    Kea,
    Isc,
    Dnsmasq,
}

impl Server {
    fn name(self) -> &'static str {
        match self {
            Server::Pxe => "pxe",
            Server::Kea => "Kea",
            Server::Isc => "ISC dhcpd",
            Server::Dnsmasq => "dnsmasq",
        }
    }

    /// Where the search for its highest rate begins.
    fn first_rate(self) -> u32 {
        match self {
            Server::Pxe | Server::Kea => 2_500,
            Server::Isc | Server::Dnsmasq => 250,
        }
    }

    /// `tables` are appended to the configuration of pxe.
    fn start(self, args: &Args, host: &Host, folder: &Path, tables: &str) -> Result<Background> {
        match self {
            Server::Kea => kea::start(host, "10.77.0.0/16", (FIRST, LAST), folder),
            Server::Isc => {
                let network = (Ipv4Addr::new(10, 77, 0, 0), Ipv4Addr::new(255, 255, 0, 0));
                dhcpd::start(host, network, (FIRST, LAST), "", folder)
            }
            Server::Dnsmasq => {
                let options = [
                    format!("--dhcp-range={FIRST},{LAST},255.255.0.0,1h"),
                    "--dhcp-lease-max=70000".to_owned(),
                    "--quiet-dhcp".to_owned(),
                ];
                dnsmasq::start(host, &options, &[67], folder)
            }
            Server::Pxe => {
                let config = format!(
                    "interface = \"eth0\"\n\n[tftp]\nroot = \"{}\"\n\n[dhcp]\nmode = \"full\"\n\
                     leases = \"{}\"\nanswers-per-second = 1000000\n\n[dhcp.pool]\nrange = \"{FIRST}-{LAST}\"\nlease = \"1h\"\n{tables}",
                    folder.display(),
                    folder.join("leases").display(),
                );
                let binary = args.pxe.as_deref().context("no pxe binary")?;
                Ok(Serve::start_binary(host, &[], binary, &config, &[67], folder)?.process)
            }
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut servers = vec![Server::Kea, Server::Isc, Server::Dnsmasq];
    if args.pxe.is_some() {
        servers.insert(0, Server::Pxe);
    }
    servers.retain(|server| args.measures(server.name()));
    if args.wants("rate") {
        say("server | highest rate without drops (exchanges/s), one a round |");
        say("--- | --- |");
        for server in &servers {
            let found = (0..args.rounds)
                .map(|_| highest_rate(args, *server))
                .collect::<Result<Vec<_>>>()?;
            say(&format!("{} | {found:?} |", server.name()));
        }
    }
    if args.wants("cost") {
        costs(args, &servers)?;
    }
    if args.wants("timelines") {
        timelines::costs(args)?;
    }
    if args.wants("storm") {
        let _room = ReceiveRoom::make("16777216")?;
        storms(args, &servers, "")?;
    }
    if args.wants("storm-small") {
        let _room = ReceiveRoom::make(ReceiveRoom::DEFAULT)?;
        storms(args, &servers, ", which lose what they have no room for")?;
    }
    Ok(())
}

/// Fresh hosts, a fresh server, a fresh folder; gives the counts and the
/// processor seconds.
fn load(args: &Args, server: Server, words: &[String]) -> Result<(Exchanges, f64)> {
    let folder = tempfile::tempdir()?;
    let (host, clients) = pair(("server", "10.77.0.1/16"), ("clients", "10.77.255.254/16"))?;
    let process = server.start(args, &host, folder.path(), "")?;
    let before = usage::processor_seconds(process.id())?;
    let counted = perfdhcp(&clients, words, SERVER)?;
    let cost = usage::processor_seconds(process.id())? - before;
    Ok((counted, cost))
}

fn at_rate(args: &Args, rate: u32) -> Vec<String> {
    let clients = u64::from(rate) * args.seconds * 2;
    format!(
        "-r {rate} -R {} -p {} -W 1000000",
        clients.min(60_000),
        args.seconds
    )
    .split(' ')
    .map(str::to_owned)
    .collect()
}

fn highest_rate(args: &Args, server: Server) -> Result<u32> {
    let holds = |rate: u32| -> Result<bool> {
        let (counted, _) = load(args, server, &at_rate(args, rate))?;
        // perfdhcp itself may be too slow to send what was asked for.
        let wanted = f64::from(rate) * seconds(args);
        Ok(ratio(counted.drops, counted.discovers * 2) < TOLERATED
            && ratio(counted.acks, 1) > wanted * 0.97)
    };
    let mut rate = server.first_rate();
    if holds(rate)? {
        while rate < 40_000 && holds(rate * 5 / 4)? {
            rate = rate * 5 / 4;
        }
    } else {
        while rate > 20 && !holds(rate)? {
            rate = rate * 4 / 5;
        }
    }
    Ok(rate)
}

fn costs(args: &Args, servers: &[Server]) -> Result<()> {
    say("server | rate | CPU us an exchange | mean REQUEST to ACK, ms | lost | against Kea |");
    say("--- | --- | --- | --- | --- | --- |");
    let mut kea = Vec::new();
    let mut rows = Vec::new();
    for server in servers {
        let slow = matches!(server, Server::Isc | Server::Dnsmasq);
        let rate = if slow { COMMON_RATE / 5 } else { COMMON_RATE };
        let (mut cost, mut delay, mut lost) = (Vec::new(), Vec::new(), 0);
        for _ in 0..args.rounds {
            let (counted, seconds) = load(args, *server, &at_rate(args, rate))?;
            cost.push(seconds * 1e6 / ratio(counted.acks.max(1), 1));
            delay.push(counted.delay);
            lost += counted.drops;
        }
        if *server == Server::Kea {
            kea.clone_from(&cost);
        }
        rows.push((server, rate, cost, delay, lost));
    }
    for (server, rate, cost, delay, lost) in rows {
        let ratios: Vec<f64> = cost.iter().zip(&kea).map(|(own, kea)| own / kea).collect();
        say(&format!(
            "{} | {rate} | {:.0} | {:.2} | {lost} | {:.2} |",
            server.name(),
            median(&cost),
            median(&delay),
            median(&ratios)
        ));
    }
    Ok(())
}

/// All at once, until every one has its lease.
fn storms(args: &Args, servers: &[Server], note: &str) -> Result<()> {
    say(&format!(
        "{STORM} clients at once{note} | seconds | CPU s | against Kea |"
    ));
    say("--- | --- | --- | --- |");
    let words = ["--scenario", "avalanche", "-R", &STORM.to_string()].map(str::to_owned);
    let mut kea = Vec::new();
    let mut rows = Vec::new();
    for server in servers {
        let (mut time, mut cost) = (Vec::new(), Vec::new());
        for _ in 0..args.rounds {
            match load(args, *server, &words) {
                Ok((counted, seconds)) => {
                    time.push(counted.seconds);
                    cost.push(seconds);
                }
                Err(error) => {
                    say(&format!("{}: {error:#}", server.name()));
                    break;
                }
            }
        }
        if *server == Server::Kea {
            kea.clone_from(&time);
        }
        rows.push((server, time, cost));
    }
    for (server, time, cost) in rows {
        let ratios: Vec<f64> = time.iter().zip(&kea).map(|(own, kea)| own / kea).collect();
        say(&format!(
            "{} | {:.1} | {:.2} | {:.2} |",
            server.name(),
            median(&time),
            median(&cost),
            median(&ratios)
        ));
    }
    Ok(())
}

/// Room for answers in sockets opened from now on. perfdhcp stands for
/// thousands of clients with one socket; with the system's default it loses
/// answers that real clients, each with a socket of its own, would have got,
/// and what is measured is its pause before it asks again. A run that was
/// killed leaves its setting behind, so the default too is set.
struct ReceiveRoom {
    before: String,
}

impl ReceiveRoom {
    const SETTING: &str = "/proc/sys/net/core/rmem_default";
    /// What Linux begins with.
    const DEFAULT: &str = "212992";

    fn make(bytes: &str) -> Result<ReceiveRoom> {
        let before = fs::read_to_string(Self::SETTING)?;
        fs::write(Self::SETTING, bytes)
            .with_context(|| format!("{}: only root may set it", Self::SETTING))?;
        Ok(ReceiveRoom { before })
    }
}

impl Drop for ReceiveRoom {
    fn drop(&mut self) {
        // What it was before was valid.
        let _ = fs::write(Self::SETTING, &self.before);
    }
}

fn seconds(args: &Args) -> f64 {
    ratio(args.seconds, 1)
}

#[expect(clippy::cast_precision_loss, reason = "counts of packets and seconds")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
