//! Floods, rubbish, and every order of messages.

use proptest::prelude::*;

use super::*;
use crate::wire::dhcp::SHORTEST;

#[test]
fn a_flood_of_discovers_takes_no_address_from_a_client_that_asks_for_it() {
    let mut responder = full();
    let offered = Ask::new(MessageType::Discover, 1)
        .to(&mut responder)
        .answer
        .unwrap();
    for client in 50..250 {
        let outcome = Ask::new(MessageType::Discover, client).to(&mut responder);
        assert!(outcome.changes.is_empty());
    }
    let ack = Ask::new(MessageType::Request, 1)
        .option(50, offered.message.yiaddr.octets())
        .option(54, SERVER.octets())
        .to(&mut responder);
    assert_eq!(kind(&ack), MessageType::Ack);
    assert!(responder.leases.len() <= 3);
}

#[test]
fn what_servers_do_not_get_is_not_answered() {
    let mut responder = full();
    for kind in [MessageType::Offer, MessageType::Ack, MessageType::Nak] {
        assert!(Ask::new(kind, 1).to(&mut responder).answer.is_err());
    }
    let mut reply = Ask::new(MessageType::Discover, 1);
    reply.0.op = Op::Reply;
    assert_eq!(reply.to(&mut responder).answer, Err(Silence::NotForServers));
    let nothing = responder.handle(&BROADCAST, &[], NOW);
    assert!(matches!(nothing.answer, Err(Silence::Malformed(_))));
}

proptest! {
    /// Any order of messages from several clients, doubled and late: nobody
    /// is acknowledged an address that another one holds.
    #[test]
    fn no_address_is_acknowledged_to_two_clients(
        steps in proptest::collection::vec((0_u8..6, 0_u8..6, 9_u8..14, 0_u64..2000), 1..150),
    ) {
        let mut responder = full();
        let mut held: HashMap<Ipv4Addr, (u8, u64)> = Default::default();
        let mut now = NOW;
        for (client, what, last, passed) in steps {
            now += passed;
            let ask = match what {
                0 => Ask::new(MessageType::Discover, client),
                1 => Ask::new(MessageType::Request, client).option(50, address(last).octets()).option(54, SERVER.octets()),
                2 => Ask::new(MessageType::Request, client).option(50, address(last).octets()),
                3 => Ask::new(MessageType::Request, client).ciaddr(address(last)),
                4 => Ask::new(MessageType::Release, client).ciaddr(address(last)),
                _ => Ask::new(MessageType::Decline, client).option(50, address(last).octets()),
            };
            let outcome = ask.at(&mut responder, &BROADCAST, now);
            if what == 4 && !outcome.changes.is_empty() {
                held.remove(&address(last));
            }
            if what == 5 && !outcome.changes.is_empty() {
                held.remove(&address(last));
            }
            if let Ok(reply) = outcome.answer
                && reply.message.message_type() == Some(MessageType::Ack)
            {
                let given = reply.message.yiaddr;
                if let Some((owner, until)) = held.get(&given) {
                    prop_assert!(*owner == client || *until <= now, "{given} of {owner} given to {client}");
                }
                prop_assert!(responder.settings.subnets[0].in_range(given.into()));
                prop_assert_eq!(outcome.changes.len(), 1);
                held.insert(given, (client, now + 3600));
            }
        }
    }

    #[test]
    fn no_packet_panics_the_responder(
        head in proptest::collection::vec(any::<u8>(), 236),
        tail in proptest::collection::vec(any::<u8>(), 0..400),
        kind in 0_u8..10,
        proxy in any::<bool>(),
        boot_server in any::<bool>(),
    ) {
        let mode = if proxy { Mode::Proxy } else { Mode::Full };
        let mut responder = Responder::new(settings(mode), []);
        let mut bytes = head;
        bytes[0] = 1;
        bytes.extend([99, 130, 83, 99, 53, 1, kind, 93, 2, 0, 7, 60, 9]);
        bytes.extend(b"PXEClient");
        bytes.extend(tail);
        let port = if boot_server { Port::BootServer } else { Port::Dhcp };
        let outcome = responder.handle(&Arrival { port, ..BROADCAST }, &bytes, NOW);
        if let Ok(reply) = outcome.answer {
            prop_assert!((SHORTEST..=LONGEST).contains(&reply.bytes.len()));
        }
    }
}
