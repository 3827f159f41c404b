//! Clients and responder with a network between them that loses, doubles and
//! delays, in virtual time.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const CLIENTS: u8 = 5;
/// When a client asks again, in milliseconds (RFC 2131 §4.1 begins there).
const REPEAT: u64 = 4_000;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Machine {
    Discovering,
    Requesting(Ipv4Addr),
    Bound(Ipv4Addr),
}

impl Machine {
    fn asks(self, client: u8) -> Option<Ask> {
        match self {
            Machine::Discovering => Some(Ask::new(MessageType::Discover, client)),
            Machine::Requesting(address) => Some(
                Ask::new(MessageType::Request, client)
                    .option(50, address.octets())
                    .option(54, SERVER.octets()),
            ),
            Machine::Bound(_) => None,
        }
    }

    fn hears(self, kind: Option<MessageType>, address: Ipv4Addr) -> Machine {
        match (self, kind) {
            (Machine::Discovering, Some(MessageType::Offer)) => Machine::Requesting(address),
            (Machine::Requesting(_), Some(MessageType::Ack)) => Machine::Bound(address),
            (Machine::Requesting(_), Some(MessageType::Nak)) => Machine::Discovering,
            (other, _) => other,
        }
    }
}

enum Packet {
    ToServer(Ask),
    ToClient(Option<MessageType>, Ipv4Addr),
}

proptest! {
    #[test]
    fn every_client_ends_with_an_address_of_its_own_that_is_on_record(
        fates in prop::collection::vec(0_u8..10, 0..300),
    ) {
        let mut responder = full();
        responder.settings.subnets[0].ranges = vec!["10.0.0.10-10.0.0.20".parse().unwrap()];
        let mut fates = fates.into_iter();
        // What is durable; a new process would begin with it.
        let mut durable: Vec<Change> = Vec::new();
        let mut machines = [Machine::Discovering; CLIENTS as usize];
        let mut timers = [0_u64; CLIENTS as usize];
        let mut flight: BTreeMap<(u64, u64), (u8, Packet)> = BTreeMap::new();
        let (mut now, mut order) = (0_u64, 0_u64);
        for _ in 0..20_000 {
            if machines.iter().all(|machine| matches!(machine, Machine::Bound(_))) {
                break;
            }
            let timer = *timers.iter().min().unwrap();
            let next = flight.keys().next().map_or(timer, |(at, _)| timer.min(*at));
            now = now.max(next);
            let mut sent: Vec<(u8, Packet)> = Vec::new();
            if flight.keys().next().is_some_and(|(at, _)| *at <= now) {
                let (_, (client, packet)) = flight.pop_first().unwrap();
                match packet {
                    Packet::ToServer(ask) => {
                        let outcome = ask.at(&mut responder, &BROADCAST, NOW + now / 1000);
                        durable.extend(outcome.changes);
                        if let Ok(reply) = outcome.answer {
                            let message = reply.message;
                            let packet = Packet::ToClient(message.message_type(), message.yiaddr);
                            sent.push((client, packet));
                        }
                    }
                    Packet::ToClient(kind, address) => {
                        let machine = &mut machines[usize::from(client)];
                        let before = *machine;
                        *machine = before.hears(kind, address);
                        if *machine != before {
                            timers[usize::from(client)] = now;
                        }
                    }
                }
            } else {
                for client in 0..CLIENTS {
                    let timer = &mut timers[usize::from(client)];
                    if *timer > now {
                        continue;
                    }
                    *timer = now + REPEAT;
                    let ask = machines[usize::from(client)].asks(client);
                    sent.extend(ask.map(|ask| (client, Packet::ToServer(ask))));
                }
            }
            for (client, packet) in sent {
                let (lost, late) = match fates.next() {
                    Some(0..=2) => (true, 0),
                    Some(3) => (false, REPEAT * 2),
                    _ => (false, 1),
                };
                if !lost {
                    order += 1;
                    flight.insert((now + late, order), (client, packet));
                }
            }
        }
        let mut addresses = BTreeSet::new();
        let again = Responder::new(settings(Mode::Full), durable);
        for (client, machine) in (0..).zip(machines) {
            let Machine::Bound(given) = machine else {
                return Err(TestCaseError::fail(format!("client {client} is {machine:?}")));
            };
            prop_assert!(addresses.insert(given), "{given} was given twice");
            let lease = again.leases.at(given).unwrap();
            prop_assert_eq!(lease.state, State::Bound);
            prop_assert_eq!(lease.mac, HardwareAddress::new(&[2, 0, 0, 0, 0, client]));
        }
    }
}
