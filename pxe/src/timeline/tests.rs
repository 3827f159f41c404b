//! Boots as our own responder answers them, told to a timeline with a clock
//! of its own.

use std::net::{Ipv4Addr, SocketAddrV4};

use proptest::prelude::*;

use super::*;
use crate::config::Config;
use crate::dhcp::responder::{Arrival, Port, Responder};
use crate::firmware::Speaker;
use crate::wire::arch::Architecture;
use crate::wire::dhcp::{HardwareAddress, Message};
use crate::wire::options;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
const LIFE: u64 = 1_700_000_000_000;

/// A server and a machine in front of it.
struct Stage {
    timeline: Timeline,
    responder: Responder,
    speaker: Speaker,
    now: Millis,
}

fn mac(number: u16) -> HardwareAddress {
    let [high, low] = number.to_be_bytes();
    HardwareAddress::new(&[2, 0, 0, 0, high, low])
}

impl Stage {
    fn new(mode: &str, more: &str) -> Stage {
        let text = format!(
            "interface = \"eth0\"\n[tftp]\nroot = \"/srv\"\n\
             [boot]\nuefi-x64 = '\\boot\\a.efi'\nipxe = 'menu.ipxe'\n\
             [dhcp]\nmode = \"{mode}\"\nanswers-per-client = 100000\n{more}\n\
             [dhcp.pool]\nnetwork = \"10.0.0.0/16\"\nrange = \"10.0.1.0-10.0.200.0\"\n"
        );
        let config = Config::parse("pxe.toml", &text).unwrap();
        Stage {
            timeline: Timeline::default(),
            responder: Responder::new(config.settings, []),
            speaker: Speaker::new(Architecture(7), mac(1)),
            now: LIFE,
        }
    }

    /// Says something to the server; gives its answer.
    fn say(&mut self, message: &Message, port: Port) -> Option<Message> {
        let arrival = Arrival {
            port,
            local: SERVER,
            source: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68),
            unicast: false,
        };
        let (bytes, _) = message.emit(1400);
        let outcome = self.responder.handle(&arrival, &bytes, self.now / 1000);
        let (request, client) = (outcome.request.unwrap(), outcome.client.unwrap());
        let answer = outcome.answer;
        let address = answer.as_ref().map_or_else(
            |_| {
                let wanted = request.options.address(options::REQUESTED_ADDRESS);
                wanted.unwrap_or(request.ciaddr)
            },
            |reply| reply.message.yiaddr,
        );
        let exchange = Exchange {
            client: &client,
            asked: request.message_type().unwrap(),
            boot_server: port == Port::BootServer,
            address,
            host: request.options.get(options::HOST_NAME),
            rule: outcome.rule.as_deref(),
            answer: match &answer {
                Ok(reply) => Ok(Answered {
                    from: SERVER,
                    message: &reply.message,
                    bytes: &reply.bytes,
                }),
                Err(why) => Err(*why),
            },
        };
        self.timeline.exchanged(&exchange, self.now);
        answer.ok().map(|reply| reply.message)
    }

    fn discover(&mut self) -> Option<Message> {
        let discover = self.speaker.discover(7);
        self.say(&discover, Port::Dhcp)
    }

    /// DISCOVER and REQUEST; the address.
    fn lease(&mut self) -> Ipv4Addr {
        let offer = self.discover().unwrap();
        let request = self.speaker.request(7, &offer);
        self.say(&request, Port::Dhcp).unwrap().yiaddr
    }

    fn transfer(&mut self, from: Ipv4Addr, file: &str, size: u64, outcome: &Outcome) {
        let transfer = self
            .timeline
            .began(from, Way::Tftp, file, Some(size), self.now);
        self.now += 100;
        let whole = *outcome == Outcome::Whole;
        transfer.reached(if whole { size } else { size / 2 });
        self.timeline.ended(&transfer, outcome, 0, self.now);
    }

    fn wait(&mut self, seconds: u64) {
        self.now += seconds * 1000;
    }

    fn row(&self) -> Row {
        let mut rows = self.timeline.snapshot(self.now).rows;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }

    fn steps(&self) -> Vec<String> {
        let detail = self.timeline.detail(self.row().id, self.now).unwrap();
        detail.steps.into_iter().map(|step| step.text).collect()
    }
}

#[test]
fn a_boot_is_told_from_its_discover_to_the_file_that_it_loaded() {
    let mut stage = Stage::new("full", "");
    let address = stage.lease();
    let row = stage.row();
    assert_eq!(row.id.to_string(), "02:00:00:00:00:01");
    assert_eq!((row.state, row.address), (State::Offered, Some(address)));
    // EDK2 asks for the size first, and ends that at once.
    let aborted = Outcome::ClientEnded(8, "User aborted the transfer".to_owned());
    stage.transfer(address, r"\boot\a.efi", 3_000_000, &aborted);
    assert_eq!(stage.row().state, State::Loading);
    let transfer = stage.timeline.began(
        address,
        Way::Tftp,
        r"\boot\a.efi",
        Some(3_000_000),
        stage.now,
    );
    transfer.reached(1_000_000);
    stage.wait(1);
    let file = stage.row().file.unwrap();
    assert_eq!(
        (file.bytes, file.size, file.took),
        (1_000_000, Some(3_000_000), 1000)
    );
    assert!(file.under_way);
    transfer.reached(3_000_000);
    stage.wait(1);
    stage
        .timeline
        .ended(&transfer, &Outcome::Whole, 2, stage.now);
    assert!(
        stage.timeline.settled(stage.now).is_empty(),
        "it may ask for more"
    );
    stage.wait(6);
    let row = stage.row();
    assert_eq!((row.state, row.verdict.code), (State::Loaded, None));
    assert_eq!(
        stage.steps(),
        [
            r"DISCOVER: OFFER with \boot\a.efi",
            r"REQUEST: ACK with \boot\a.efi",
            r"TFTP: \boot\a.efi: client ended it (8 User aborted the transfer) after 1.5 MB",
            r"TFTP: \boot\a.efi: 3.0 MB in 2.00 s, 1.5 MB/s, 2 resends",
        ]
    );
    let settled = stage.timeline.settled(stage.now);
    assert_eq!(settled.len(), 1);
    assert!(stage.timeline.settled(stage.now).is_empty(), "told once");
    // What runs on it asks for an address: it runs.
    let mut request = stage.speaker.discover(8);
    for option in [options::VENDOR_CLASS, options::CLIENT_ARCHITECTURE] {
        request.options.remove(option);
    }
    request.options.set(options::HOST_NAME, "node-1");
    stage.say(&request, Port::Dhcp).unwrap();
    let row = stage.row();
    assert_eq!(row.host.as_deref(), Some("node-1"));
    assert!(
        row.verdict
            .text
            .ends_with("its operating system asks for an address")
    );
}

#[test]
fn who_is_told_and_asks_for_nothing_has_stopped_and_the_reason_is_the_firmwares() {
    let mut stage = Stage::new("full", "");
    stage.lease();
    stage.wait(10);
    assert_eq!(stage.row().state, State::Offered);
    stage.wait(15);
    let row = stage.row();
    assert_eq!(row.state, State::Stopped);
    assert_eq!(row.verdict.code, Some("file-never-asked-for"));
    assert!(row.verdict.hint.is_some());
    assert_eq!(stage.timeline.settled(stage.now)[0].state, State::Stopped);
    let counts = stage.timeline.counts(stage.now);
    assert_eq!(counts.boots[&State::Stopped], 1);
    assert_eq!(counts.clients[&State::Stopped], 1);
}

#[test]
fn without_a_boot_file_a_proxy_says_so_at_once_and_a_server_gives_an_address() {
    let mut stage = Stage::new("proxy", "");
    stage.speaker = Speaker::new(Architecture(6), mac(1));
    assert!(stage.discover().is_none());
    let row = stage.row();
    assert_eq!(
        (row.state, row.verdict.code),
        (State::Stopped, Some("no-boot-file"))
    );
    assert!(row.verdict.hint.unwrap().contains("[boot]"));

    let mut stage = Stage::new("full", "");
    stage.speaker = Speaker::new(Architecture(6), mac(1));
    stage.lease();
    stage.wait(30);
    assert_eq!(stage.row().state, State::Ignored);
}

#[test]
fn a_file_that_is_not_there_or_does_not_arrive_is_where_a_boot_stopped() {
    let mut stage = Stage::new("full", "");
    let address = stage.lease();
    let why = r"\boot\a.efi: file not found";
    stage
        .timeline
        .refused(address, Way::Tftp, r"\boot\a.efi", 1, why, stage.now);
    let row = stage.row();
    assert_eq!(row.state, State::Stopped);
    assert_eq!(row.verdict.text, r"asked for \boot\a.efi: file not found");

    let mut stage = Stage::new("full", "");
    let address = stage.lease();
    stage.transfer(address, "a.efi", 1000, &Outcome::NoAnswer);
    let row = stage.row();
    assert_eq!(
        (row.state, row.verdict.code),
        (State::Stopped, Some("transfer-broke-off"))
    );
    // Looking for files that need not be there is what boot programs do.
    stage.transfer(address, "a.efi", 1000, &Outcome::Whole);
    stage.timeline.refused(
        address,
        Way::Tftp,
        "grub.cfg-01",
        1,
        "file not found",
        stage.now,
    );
    stage.wait(10);
    let row = stage.row();
    assert_eq!(
        (row.state, row.verdict.code),
        (State::Loaded, Some("file-not-found"))
    );
    assert!(row.verdict.text.starts_with("loaded a.efi; afterwards: "));
}

#[test]
fn a_chain_to_ipxe_is_one_boot_and_a_machine_that_begins_again_another() {
    let mut stage = Stage::new("full", "");
    let address = stage.lease();
    stage.transfer(address, "snponly.efi", 1000, &Outcome::Whole);
    stage.wait(2);
    stage.speaker.user_class = Some("iPXE".to_owned());
    assert_eq!(stage.lease(), address);
    let row = stage.row();
    assert_eq!((row.boots, row.firmware), (1, "iPXE"));
    assert_eq!(stage.steps()[3], "iPXE: DISCOVER: OFFER with menu.ipxe");
    stage.transfer(address, "menu.ipxe", 1000, &Outcome::Whole);
    stage.wait(20);
    stage.speaker.user_class = None;
    stage.lease();
    assert_eq!(stage.row().boots, 2);
    stage.transfer(address, "snponly.efi", 1000, &Outcome::Whole);
    stage.wait(10);
    let row = stage.row();
    assert_eq!(row.verdict.code, Some("began-again"));
    assert!(row.verdict.hint.unwrap().contains("Secure Boot"));
    let detail = stage.timeline.detail(row.id, stage.now).unwrap();
    assert_eq!(detail.past.len(), 1);
    assert_eq!(detail.past[0].state, State::Loaded);
}

#[test]
fn a_stage_that_is_told_nothing_has_stopped_though_the_one_before_loaded() {
    let mut stage = Stage::new("proxy", "");
    let address = Ipv4Addr::new(10, 0, 0, 99);
    stage.discover().unwrap();
    let mut request = stage.speaker.discover(8);
    request.options.set(options::MESSAGE_TYPE, [3]);
    request
        .options
        .set(options::SERVER_IDENTIFIER, [10, 0, 0, 2]);
    request
        .options
        .set(options::REQUESTED_ADDRESS, address.octets());
    stage.say(&request, Port::Dhcp);
    stage.transfer(address, "grub.efi", 1000, &Outcome::Whole);
    stage.wait(2);
    stage.responder.settings.boot.ipxe = None;
    stage.responder.settings.boot.by_architecture.clear();
    stage.speaker.user_class = Some("iPXE".to_owned());
    assert!(stage.discover().is_none());
    let row = stage.row();
    assert_eq!((row.boots, row.state), (1, State::Stopped));
    assert_eq!(row.verdict.code, Some("no-boot-file"));
}

#[test]
fn beside_another_server_its_messages_decide_nothing_and_tell_the_address() {
    let mut stage = Stage::new("proxy", "");
    let offer = stage.discover().unwrap();
    let mut request = stage.speaker.request(7, &offer);
    request
        .options
        .set(options::SERVER_IDENTIFIER, [10, 0, 0, 2]);
    request
        .options
        .set(options::REQUESTED_ADDRESS, [10, 0, 0, 99]);
    assert!(stage.say(&request, Port::Dhcp).is_none());
    let row = stage.row();
    assert_eq!(row.state, State::Offered);
    let address = Ipv4Addr::new(10, 0, 0, 99);
    assert_eq!(row.address, Some(address));
    assert_eq!(stage.steps()[1], "REQUEST: left to the DHCP server");
    stage.transfer(address, "a.efi", 1000, &Outcome::Whole);
    stage.wait(6);
    assert_eq!(stage.row().state, State::Loaded);
}

#[test]
fn repeated_steps_are_counted_and_of_too_many_the_first_and_the_last_stay() {
    let mut stage = Stage::new("full", "");
    for _ in 0..5 {
        stage.discover();
        stage.wait(1);
    }
    let id = stage.row().id;
    let detail = stage.timeline.detail(id, stage.now).unwrap();
    assert_eq!((detail.steps.len(), detail.steps[0].times), (1, 5));
    let address = stage.lease();
    for number in 0..100 {
        stage.transfer(address, &format!("file-{number}"), 10, &Outcome::Whole);
    }
    let detail = stage.timeline.detail(id, stage.now).unwrap();
    assert_eq!(detail.steps.len(), MOST_STEPS);
    assert_eq!(detail.left_out, 62);
    assert!(detail.steps[0].text.starts_with("DISCOVER"));
    assert!(detail.steps[MOST_STEPS - 1].text.contains("file-99"));
}

#[test]
fn a_flood_of_invented_clients_has_a_bound_and_who_loads_is_not_forgotten() {
    let mut stage = Stage::new("full", "");
    let address = stage.lease();
    let transfer = stage
        .timeline
        .began(address, Way::Tftp, "a.efi", Some(1000), stage.now);
    let own = stage.row().id;
    for number in 2..u16::try_from(3 * MOST_CLIENTS).unwrap() {
        stage.speaker = Speaker::new(Architecture(7), mac(number));
        stage.discover();
        stage.now += 1;
    }
    let snapshot = stage.timeline.snapshot(stage.now);
    assert!(snapshot.rows.len() <= MOST_CLIENTS);
    assert!(snapshot.forgotten > 0);
    assert!(stage.timeline.detail(own, stage.now).is_some());
    stage
        .timeline
        .ended(&transfer, &Outcome::Whole, 0, stage.now);
}

#[test]
fn a_client_has_one_address_however_many_it_claims() {
    let mut stage = Stage::new("proxy", "");
    let offer = stage.discover().unwrap();
    for number in 0..1000_u32 {
        let mut request = stage.speaker.request(7, &offer);
        let claimed = (0x0a00_0000 + number).to_be_bytes();
        request
            .options
            .set(options::SERVER_IDENTIFIER, [10, 0, 0, 2]);
        request.options.set(options::REQUESTED_ADDRESS, claimed);
        stage.say(&request, Port::Dhcp);
    }
    assert_eq!(stage.timeline.book().by_address.len(), 1);
    // A file is of who had the address last.
    let last = Ipv4Addr::from(0x0a00_0000 + 999);
    stage.transfer(last, "a.efi", 1000, &Outcome::Whole);
    assert_eq!(stage.row().id, Id::Mac(mac(1)));
}

#[test]
fn who_watches_hears_each_step_once_and_of_whom_time_alone_moved() {
    let mut stage = Stage::new("full", "");
    let first = stage.timeline.news(None, stage.now);
    assert!(first.clients.is_empty());
    stage.lease();
    let second = stage.timeline.news(Some(first.number), stage.now);
    assert_eq!(second.clients[0].1.len(), 2);
    let third = stage.timeline.news(Some(second.number), stage.now);
    assert!(third.clients.iter().all(|(_, steps)| steps.is_empty()));
    stage.wait(30);
    stage.timeline.settled(stage.now);
    let fourth = stage.timeline.news(Some(third.number), stage.now);
    assert_eq!(fourth.clients[0].0.state, State::Stopped);
    let fifth = stage.timeline.news(Some(fourth.number), stage.now);
    assert!(fifth.clients.is_empty());
}

#[test]
fn a_machine_that_gave_its_address_back_has_not_stopped_but_left() {
    let mut stage = Stage::new("full", "");
    let address = stage.lease();
    let release = stage.speaker.release(9, address, Some(SERVER));
    assert!(stage.say(&release, Port::Dhcp).is_none());
    stage.wait(60);
    assert_eq!(stage.row().state, State::Ignored);
    stage.lease();
    assert_eq!(stage.row().boots, 2);
}

proptest! {
    /// Whatever happens in whatever order: bounded, and every count adds up.
    #[test]
    fn any_order_of_events_is_told(events in prop::collection::vec((0_u8..7, 0_u16..6, 0_u64..100_000), 1..200)) {
        let mut stage = Stage::new("full", "");
        let mut open = Vec::new();
        for (what, who, pause) in events {
            stage.now += pause;
            stage.speaker = Speaker::new(Architecture([0, 6, 7, 9, 11, 16][usize::from(who)]), mac(who));
            let address = Ipv4Addr::new(10, 0, 1, u8::try_from(who).unwrap());
            match what {
                0 => drop(stage.discover()),
                1 => drop(stage.lease()),
                2 => open.push(stage.timeline.began(address, Way::Tftp, "a", Some(10), stage.now)),
                3 => if let Some(transfer) = open.pop() {
                    transfer.reached(5);
                    stage.timeline.ended(&transfer, &Outcome::BrokeOff, 1, stage.now);
                },
                4 => if let Some(transfer) = open.pop() {
                    transfer.reached(10);
                    stage.timeline.ended(&transfer, &Outcome::Whole, 1, stage.now);
                },
                5 => stage.timeline.refused(address, Way::Http, "b", 404, "Not Found", stage.now),
                _ => drop(stage.timeline.settled(stage.now)),
            }
            let counts = stage.timeline.counts(stage.now);
            let rows = stage.timeline.snapshot(stage.now).rows;
            prop_assert_eq!(counts.clients.values().sum::<u64>(), rows.len() as u64);
            prop_assert_eq!(counts.active.values().sum::<u64>(), open.len() as u64);
            for row in &rows {
                let detail = stage.timeline.detail(row.id, stage.now).unwrap();
                prop_assert!(detail.steps.len() <= MOST_STEPS);
                prop_assert!(!row.verdict.text.is_empty(), "{row:?}");
            }
        }
    }
}
