//! A daemon that is killed at any moment has lost no lease it acknowledged
//! and gives no address twice; and what it acknowledges, it has synced.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod strace;

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use workspace_tests::bins;
use workspace_tests::dhcp::{ACK, Message, REQUEST, Request, hex};
use workspace_tests::netns::{Host, INTERFACE, pair};
use workspace_tests::peers::kea::perfdhcp;
use workspace_tests::peers::pxe::Serve;
use workspace_tests::peers::tcpdump::Recorder;
use workspace_tests::random::Random;
use workspace_tests::wait;

type Mac = [u8; 6];
type Leases = BTreeMap<Mac, Ipv4Addr>;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const RELAY: Ipv4Addr = Ipv4Addr::new(10, 77, 255, 254);
const RATE: u32 = 800;
/// Requests that wait for their answer at the same time.
const IN_FLIGHT: usize = 32;

fn hosts() -> (Host, Host) {
    let relay = format!("{RELAY}/16");
    pair(("server", "10.77.0.1/16"), ("relay", &relay)).unwrap()
}

fn config(folder: &Path) -> String {
    format!(
        "interface = \"eth0\"\n\n[tftp]\nroot = \"{0}\"\n\n[dhcp]\nmode = \"full\"\n\
         leases = \"{0}/leases\"\nanswers-per-second = 1000000\n\n\
         [dhcp.pool]\nrange = \"10.77.1.0-10.77.250.255\"\nlease = \"1h\"\n",
        folder.display()
    )
}

/// One life of the daemon: load, and death at a moment of chance. Gives the
/// leases whose ACK was on the wire.
fn life_and_death(hosts: &(Host, Host), folder: &Path, round: u64, random: &mut Random) -> Leases {
    let mut serve = Serve::start(&hosts.0, &config(folder), &[67], folder).unwrap();
    let filter = "udp and src port 67 and dst port 67";
    let recorder = Recorder::filtered(&hosts.1, INTERFACE, filter, folder).unwrap();
    let mut command = Command::new("perfdhcp");
    let mac = format!("mac=00:0c:{round:02x}:00:00:00");
    let rate = RATE.to_string();
    command.args(["-4", "-r", &rate, "-R", "60000", "-p", "60", "-b", &mac]);
    command.arg(SERVER.to_string());
    let load = hosts
        .1
        .start("perfdhcp", command, &folder.join("perfdhcp.log"))
        .expect("hint: apt-get install kea-admin");
    // Between a dozen and a thousand answers, some 350 bytes each.
    let moment = 5_000 + random.below(350_000) as u64;
    let size = || fs::metadata(recorder.file()).map_or(0, |file| file.len());
    let waited = wait::until("answers", Duration::from_secs(60), || {
        let seen = size();
        if seen >= moment {
            Ok(())
        } else {
            Err(format!("{seen} of {moment} bytes"))
        }
    });
    assert!(waited.is_ok(), "{waited:?}\n{}", serve.process.output());
    serve.process.kill().unwrap();
    drop(load);
    let wire = recorder.finish().unwrap();
    wire.answers()
        .filter(|answer| answer.message.kind() == ACK)
        .map(|answer| (answer.message.mac(), answer.message.yiaddr()))
        .collect()
}

/// Asks for every lease as its client does after a restart of its own
/// (INIT-REBOOT, RFC 2131 4.3.2) and gives those that are not confirmed.
fn not_confirmed(relay: &Host, leases: &Leases) -> Vec<String> {
    relay
        .within(|| {
            let socket = UdpSocket::bind((RELAY, 67)).unwrap();
            socket
                .set_read_timeout(Some(Duration::from_secs(1)))
                .unwrap();
            let mut lost = Vec::new();
            let all: Vec<(&Mac, &Ipv4Addr)> = leases.iter().collect();
            for group in all.chunks(IN_FLIGHT) {
                lost.extend(ask_group(&socket, group));
            }
            lost
        })
        .unwrap()
}

fn ask_group(socket: &UdpSocket, group: &[(&Mac, &Ipv4Addr)]) -> Vec<String> {
    let mut open: BTreeMap<u32, (&Mac, &Ipv4Addr)> = (1_u32..).zip(group.iter().copied()).collect();
    let mut wrong = Vec::new();
    let mut buffer = [0; 2048];
    for _ in 0..5 {
        for (xid, (mac, address)) in &open {
            let request = Request::new(REQUEST, **mac, *xid)
                .with(50, &address.octets())
                .relayed_by(RELAY)
                .finish();
            socket.send_to(&request, (SERVER, 67)).unwrap();
        }
        while !open.is_empty() {
            let Ok(length) = socket.recv(&mut buffer) else {
                break; // the rest is asked again
            };
            let answer = Message::decode(&buffer[..length]).unwrap();
            let xid = u32::from_be_bytes(answer.xid());
            if open.get(&xid).is_none_or(|(mac, _)| **mac != answer.mac()) {
                continue; // an answer to the group before, asked twice
            }
            let Some((mac, address)) = open.remove(&xid) else {
                continue;
            };
            if answer.kind() != ACK || answer.yiaddr() != *address {
                wrong.push(format!("{} {address}: {}", hex(mac), answer.summary()));
            }
        }
    }
    let silent = open
        .values()
        .map(|(mac, address)| format!("{} {address}: no answer", hex(*mac)));
    wrong.extend(silent);
    wrong
}

fn kill_again_and_again(rounds: u64) {
    let folder = tempfile::tempdir().unwrap();
    let hosts = hosts();
    let seed = Random::seed();
    let mut random = Random::new(seed);
    let mut holder: BTreeMap<Ipv4Addr, Mac> = BTreeMap::new();
    let mut everything = Leases::new();
    let mut empty = 0;
    for round in 0..rounds {
        let leases = life_and_death(&hosts, folder.path(), round, &mut random);
        // Death may come while there are only offers.
        empty += u64::from(leases.is_empty());
        for (mac, address) in &leases {
            let other = holder.insert(*address, *mac);
            assert!(
                other.is_none_or(|other| other == *mac),
                "seed {seed}: {address} was given twice, in round {round}"
            );
        }
        let serve = Serve::start(&hosts.0, &config(folder.path()), &[67], folder.path()).unwrap();
        let lost = not_confirmed(&hosts.1, &leases);
        assert!(
            lost.is_empty(),
            "seed {seed}, round {round}: {} of {} leases lost: {:#?}\n{}",
            lost.len(),
            leases.len(),
            &lost[..lost.len().min(5)],
            serve.process.output()
        );
        everything.extend(leases);
    }
    assert!(
        empty * 4 < rounds,
        "seed {seed}: {empty} rounds without a lease"
    );
    #[expect(clippy::print_stdout, reason = "the long run is made for its numbers")]
    let () = println!(
        "{rounds} deaths, {} leases, {empty} deaths before the first",
        everything.len()
    );
    // What survived one death survives the others.
    let serve = Serve::start(&hosts.0, &config(folder.path()), &[67], folder.path()).unwrap();
    let lost = not_confirmed(&hosts.1, &everything);
    assert!(lost.is_empty(), "{lost:#?}\n{}", serve.process.output());
}

#[test]
fn ten_deaths_lose_no_lease_and_give_no_address_twice() {
    kill_again_and_again(10);
}

#[test]
#[ignore = "long run: ten deaths are shown always"]
fn a_hundred_deaths_lose_no_lease_and_give_no_address_twice() {
    kill_again_and_again(100);
}

/// A killed process leaves the page cache behind, a power cut does not: so
/// the order of the system calls is what counts.
#[test]
fn every_lease_is_synced_before_its_ack_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let hosts = hosts();
    let trace = folder.path().join("trace");
    let wrapper: Vec<String> = strace::COMMAND
        .iter()
        .map(|word| (*word).to_owned())
        .chain([trace.display().to_string()])
        .collect();
    let mut serve = Serve::start_binary(
        &hosts.0,
        &wrapper,
        &bins::tool("pxe"),
        &config(folder.path()),
        &[67],
        folder.path(),
    )
    .expect("hint: apt-get install strace");
    let words = ["-r", "60", "-R", "1000", "-p", "3", "-W", "500000"].map(str::to_owned);
    let counted = perfdhcp(&hosts.1, &words, SERVER).unwrap();
    assert!(counted.acks > 30, "{counted:?}\n{}", serve.process.output());
    // strace keeps signals from itself while it writes to a file.
    let id = serve.process.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    let mut command = Command::new("kill");
    command.args(children.split_whitespace());
    assert!(command.status().unwrap().success());
    serve.process.terminate(Duration::from_secs(20)).unwrap();
    let text = fs::read_to_string(&trace).unwrap();
    let acks = strace::acks_after_their_sync(&text).unwrap_or_else(|why| panic!("{why}"));
    assert!(
        acks > 30,
        "{acks} ACKs in the trace of {} bytes",
        text.len()
    );
}
