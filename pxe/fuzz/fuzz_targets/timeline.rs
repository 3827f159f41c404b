//! Any packets and any requests for files, told to a timeline: bounded, in
//! words for everything, and every count adds up.
#![no_main]

use std::net::{Ipv4Addr, SocketAddrV4};

use pxe::config::Config;
use pxe::dhcp::responder::{Arrival, Port, Responder};
use pxe::fuzzed;
use pxe::timeline::{Answered, Exchange, MOST_STEPS, Outcome, Timeline, Way};
use pxe::wire::options;

const CONFIG: &str = "interface = \"eth0\"\n[tftp]\nroot = \"/srv\"\n\
    [boot]\nuefi-x64 = 'a'\nbios = 'b'\n[dhcp]\nmode = \"full\"\n\
    [dhcp.pool]\nnetwork = \"10.0.0.0/24\"\nrange = \"10.0.0.10-10.0.0.20\"\n";
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);

libfuzzer_sys::fuzz_target!(|events: Vec<(u8, u8, u16, &[u8])>| {
    let config = Config::parse("pxe.toml", CONFIG).expect("it is right");
    let mut responder = Responder::new(config.settings, []);
    let timeline = Timeline::default();
    let mut now = 1_700_000_000_000_u64;
    for (what, who, pause, bytes) in events.into_iter().take(64) {
        now += u64::from(pause);
        let address = Ipv4Addr::new(10, 0, 0, who);
        let file = fuzzed::text(bytes);
        match what % 4 {
            0 => {
                let port = if who % 2 == 0 { Port::Dhcp } else { Port::BootServer };
                let arrival = Arrival {
                    port,
                    local: SERVER,
                    source: SocketAddrV4::new(address, 68),
                    unicast: false,
                };
                let outcome = responder.handle(&arrival, bytes, now / 1000);
                let (Some(request), Some(client)) = (&outcome.request, &outcome.client) else {
                    continue;
                };
                let Some(asked) = request.message_type() else {
                    continue;
                };
                let answer = outcome.answer;
                let exchange = Exchange {
                    client,
                    asked,
                    boot_server: port == Port::BootServer,
                    address: answer.as_ref().map_or(address, |reply| reply.message.yiaddr),
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
                timeline.exchanged(&exchange, now);
            }
            1 => {
                let transfer = timeline.began(address, Way::Tftp, &file, Some(1000), now);
                transfer.reached(u64::from(pause));
                timeline.ended(&transfer, &Outcome::ClientEnded(pause, file), 0, now);
            }
            2 => timeline.refused(address, Way::Http, &file, pause, &file, now),
            _ => drop(timeline.settled(now)),
        }
    }
    let snapshot = timeline.snapshot(now);
    let counts = timeline.counts(now);
    assert_eq!(counts.clients.values().sum::<u64>(), snapshot.rows.len() as u64);
    let _ = fuzzed::snapshot(&snapshot).to_string();
    for line in fuzzed::metrics(&counts, None).lines() {
        assert!(line.is_ascii() && !line.is_empty());
    }
    for row in &snapshot.rows {
        let detail = timeline.detail(row.id, now).expect("it is there");
        assert!(detail.steps.len() <= MOST_STEPS);
        let text = fuzzed::detail(&detail).to_string();
        assert!(!text.contains(char::is_control));
    }
});
