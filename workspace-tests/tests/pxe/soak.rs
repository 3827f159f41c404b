//! A daemon under everything at once: leases that are taken and expire,
//! transfers with loss, HTTP, the status asked for, packets that no client
//! should send. It keeps serving, and what it needs stays what it was.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod mutation;

use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use mutation::Mutants;
use workspace_tests::load::{self, Load, usage};
use workspace_tests::netns::{Host, Lan};
use workspace_tests::peers::kea::{Exchanges, perfdhcp};
use workspace_tests::peers::pxe::Serve;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const PROGRAM: usize = 2_000_000;
/// So long everything runs before the daemon is looked at again.
const ROUND: Duration = Duration::from_secs(5);
const MUTANTS: u64 = 20_000;
/// So many instead in the first quarter of a long run: they fill the tables of
/// clients, and what follows shows that those were full.
const FLOOD: u64 = 300_000;
/// A run from here on is long enough to fill the tables in its first quarter.
const LONG: Duration = Duration::from_secs(1_200);
/// What the tables of clients and transfers may take while they fill.
const FILLING_KIB: u64 = 64 << 10;
/// What may come and go once they are full.
const BREATH_KIB: u64 = 4 << 10;

fn config(folder: &Path) -> String {
    format!(
        "interface = \"eth0\"\n\n[tftp]\nroot = \"{root}\"\n\n[boot]\nbios = 'program'\n\n\
         [http]\nroot = \"{root}\"\nstatus = true\nstatus-from = [\"10.77.0.0/16\"]\n\n\
         [dhcp]\nmode = \"full\"\nleases = \"{folder}/leases\"\nanswers-per-second = 1000000\n\n\
         [dhcp.pool]\nrange = \"10.77.1.0-10.77.16.255\"\nlease = \"2m\"\n",
        root = folder.join("root").display(),
        folder = folder.display(),
    )
}

/// What one round brought.
#[derive(Debug)]
struct Round {
    leases: Exchanges,
    transfers: u64,
    pages: usize,
}

/// Everything at once.
fn round(clients: &Host, attacker: &Host, mutants: &mut Mutants, packets: u64) -> Round {
    let words = format!("-r 200 -R 1000 -p {} -W 500000", ROUND.as_secs());
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let transfers = Load {
        server: SocketAddrV4::new(SERVER, 69),
        file: "program".to_owned(),
        clients: 8,
        block_size: 1468,
        window: 8,
        time: ROUND,
        drop_every: 500,
        round_trip: Duration::from_millis(1),
        expected: Some(PROGRAM as u64),
    };
    thread::scope(|scope| {
        let leases = scope.spawn(|| perfdhcp(clients, &words, SERVER).unwrap());
        let transfers = scope.spawn(|| clients.within(|| load::run(&transfers)).unwrap().unwrap());
        let pages = scope.spawn(|| pages(clients));
        mutants.throw(attacker, packets);
        let transfers = transfers.join().unwrap();
        assert_eq!(transfers.failures, 0, "{transfers:?}");
        Round {
            leases: leases.join().unwrap(),
            transfers: transfers.transfers,
            pages: pages.join().unwrap(),
        }
    })
}

/// The boot program and the status over HTTP, each by a client of its own;
/// gives how many answered in full.
fn pages(clients: &Host) -> usize {
    let begin = Instant::now();
    let mut whole = 0;
    while begin.elapsed() < ROUND {
        for (path, least) in [("program", PROGRAM), ("status.json", 2), ("metrics", 100)] {
            let mut command = Command::new("curl");
            command.args(["-sS", "-f", "-m", "20", &format!("http://{SERVER}/{path}")]);
            let output = clients.output(&mut command).unwrap();
            assert!(
                output.status.success() && output.stdout.len() >= least,
                "{path}: {}, {} bytes: {}",
                output.status,
                output.stdout.len(),
                String::from_utf8_lossy(&output.stderr)
            );
            whole += 1;
        }
    }
    whole
}

fn descriptors(id: u32) -> usize {
    fs::read_dir(format!("/proc/{id}/fd")).unwrap().count()
}

#[expect(clippy::print_stdout, reason = "a soak is made for its numbers")]
fn soak(time: Duration) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("root")).unwrap();
    fs::write(folder.path().join("root/program"), vec![7; PROGRAM]).unwrap();
    let lan = Lan::new().unwrap();
    let host = lan.host("server", "10.77.0.1/16").unwrap();
    let clients = lan.host("clients", "10.77.255.254/16").unwrap();
    // Of its own, for the daemon bounds what one address may have open.
    let attacker = lan.host("attacker", "10.77.255.253/16").unwrap();
    let mut serve = Serve::start(&host, &config(folder.path()), &[67, 69], folder.path()).unwrap();
    let id = serve.process.id();
    let idle = (usage::anonymous_kib(id).unwrap(), descriptors(id));
    let mut mutants = Mutants::new(SERVER, 0x9e37_79b9_7f4a_7c15);
    let mut memory = Vec::new();
    let (mut acks, mut transfers, mut whole, mut thrown) = (0, 0, 0, 0);
    let begin = Instant::now();
    while memory.is_empty() || begin.elapsed() < time {
        let filling = time >= LONG && begin.elapsed() < time / 4;
        let packets = if filling { FLOOD } else { MUTANTS };
        let brought = round(&clients, &attacker, &mut mutants, packets);
        assert!(
            serve.process.is_running().unwrap(),
            "{}",
            serve.process.output()
        );
        assert!(
            brought.leases.acks > 0 && brought.transfers > 0 && brought.pages > 0,
            "{brought:?}\n{}",
            serve.process.output()
        );
        acks += brought.leases.acks;
        transfers += brought.transfers;
        whole += brought.pages;
        thrown += packets;
        memory.push(usage::anonymous_kib(id).unwrap());
    }
    let rounds = memory.len();
    let most = |part: &[u64]| part.iter().copied().max().unwrap_or(0);
    println!(
        "{} s, {rounds} rounds: {acks} leases, {transfers} transfers, {whole} pages, {thrown} mutants; \
         KiB idle {}, at most in each quarter {:?}",
        begin.elapsed().as_secs(),
        idle.0,
        memory
            .chunks(rounds.div_ceil(4))
            .map(most)
            .collect::<Vec<_>>(),
    );
    assert!(most(&memory) < idle.0 + FILLING_KIB, "{memory:?}");
    if time >= LONG {
        let (first, second) = memory.split_at(rounds / 2);
        assert!(most(second) <= most(first) + BREATH_KIB, "{memory:?}");
    }
    let said = serve.process.output();
    assert!(!said.contains("panicked"), "{said}");
    // Transfers that the clients left are given up by their own clock.
    let closed = workspace_tests::wait::until("closed files", Duration::from_secs(120), || {
        let open = descriptors(id);
        if open <= idle.1 {
            Ok(())
        } else {
            Err(format!("{open} open, {} at first", idle.1))
        }
    });
    assert!(closed.is_ok(), "{closed:?}");
}

#[test]
fn everything_at_once_leaves_the_daemon_serving() {
    soak(ROUND * 2);
}

#[test]
#[ignore = "long run: an hour, or SOAK_SECONDS; ten seconds are shown always"]
fn an_hour_of_everything_at_once_leaves_memory_where_it_was() {
    let seconds = std::env::var("SOAK_SECONDS").map_or(3_600, |text| text.parse().unwrap());
    soak(Duration::from_secs(seconds));
}
