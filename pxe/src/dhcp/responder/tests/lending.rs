//! Addresses lent, renewed, given back and refused.

use super::*;

#[test]
fn an_ack_rests_on_a_change_and_an_offer_does_not() {
    let mut responder = full();
    let offer = Ask::new(MessageType::Discover, 1).to(&mut responder);
    assert!(offer.changes.is_empty());
    let given = lend(&mut responder, 1, NOW);
    assert_eq!(given, address(10));
    let lease = responder.leases.at(given).unwrap();
    assert_eq!((lease.state, lease.until), (State::Bound, NOW + 3600));
    // What a new process remembers is the same.
    let again = Responder::new(
        settings(Mode::Full),
        responder.remembered().collect::<Vec<_>>(),
    );
    assert_eq!(again.leases.at(given), Some(lease));
}

#[test]
fn renewing_and_rebinding_extend_the_lease() {
    let mut responder = full();
    let given = lend(&mut responder, 1, NOW);
    let unicast = Arrival {
        source: SocketAddrV4::new(given, 68),
        unicast: true,
        ..BROADCAST
    };
    for (arrival, to) in [
        (unicast, Destination::Exactly(SocketAddrV4::new(given, 68))),
        (BROADCAST, Destination::Client(given)),
    ] {
        let outcome = Ask::new(MessageType::Request, 1).ciaddr(given).at(
            &mut responder,
            &arrival,
            NOW + 1800,
        );
        assert_eq!(kind(&outcome), MessageType::Ack);
        assert_eq!(outcome.answer.unwrap().to, to);
        assert_eq!(responder.leases.at(given).unwrap().until, NOW + 1800 + 3600);
    }
}

#[test]
fn init_reboot_is_confirmed_refused_or_left_to_others() {
    let mut responder = full();
    let given = lend(&mut responder, 1, NOW);
    let ask = |client: u8, wanted: Ipv4Addr| {
        Ask::new(MessageType::Request, client).option(50, wanted.octets())
    };
    assert_eq!(kind(&ask(1, given).to(&mut responder)), MessageType::Ack);
    assert_eq!(
        kind(&ask(1, address(11)).to(&mut responder)),
        MessageType::Nak
    );
    assert_eq!(
        kind(&ask(1, Ipv4Addr::new(192, 168, 1, 9)).to(&mut responder)),
        MessageType::Nak
    );
    assert_eq!(kind(&ask(2, given).to(&mut responder)), MessageType::Nak);
    assert_eq!(
        ask(3, address(12)).to(&mut responder).answer,
        Err(Silence::NoRecord)
    );
    responder.settings.authoritative = true;
    let refused = ask(3, address(12)).to(&mut responder);
    assert_eq!(kind(&refused), MessageType::Nak);
    let refused = refused.answer.unwrap();
    assert_eq!(refused.to, Destination::Broadcast);
    assert!(refused.message.yiaddr.is_unspecified() && refused.message.file.is_empty());
    assert!(refused.message.options.get(51).is_none());
}

#[test]
fn a_request_for_another_server_is_not_ours_and_0000_means_everybody() {
    let mut responder = full();
    let ask = |server: [u8; 4]| {
        Ask::new(MessageType::Request, 1)
            .option(50, [10, 0, 0, 10])
            .option(54, server)
    };
    assert_eq!(
        ask([10, 0, 0, 6]).to(&mut responder).answer,
        Err(Silence::OtherServer)
    );
    assert_eq!(kind(&ask([0; 4]).to(&mut responder)), MessageType::Ack);
}

#[test]
fn a_released_address_is_kept_for_its_client_and_free_for_others() {
    let mut responder = full();
    let given = lend(&mut responder, 1, NOW);
    let stranger = Ask::new(MessageType::Release, 2)
        .ciaddr(given)
        .to(&mut responder);
    assert!(stranger.changes.is_empty());
    let release = Ask::new(MessageType::Release, 1)
        .ciaddr(given)
        .to(&mut responder);
    assert_eq!(release.answer, Err(Silence::Noted));
    assert_eq!(release.changes.len(), 1);
    assert_eq!(lend(&mut responder, 2, NOW), address(11));
    assert_eq!(lend(&mut responder, 1, NOW + 9), given);
}

#[test]
fn a_declined_address_is_left_alone_for_an_hour() {
    let mut responder = full();
    let given = lend(&mut responder, 1, NOW);
    let stranger = Ask::new(MessageType::Decline, 2)
        .option(50, given.octets())
        .to(&mut responder);
    assert!(stranger.changes.is_empty());
    let decline = Ask::new(MessageType::Decline, 1)
        .option(50, given.octets())
        .to(&mut responder);
    assert_eq!(decline.changes.len(), 1);
    assert_eq!(lend(&mut responder, 1, NOW), address(11));
    assert_eq!(lend(&mut responder, 2, NOW), address(12));
    let none = Ask::new(MessageType::Discover, 3).to(&mut responder);
    assert_eq!(none.answer, Err(Silence::PoolExhausted));
    assert_eq!(lend(&mut responder, 3, NOW + 3601), given);
}

#[test]
fn inform_is_answered_without_an_address_or_a_lease() {
    let mut responder = full();
    let own = address(200);
    let outcome = Ask::new(MessageType::Inform, 1)
        .uefi()
        .ciaddr(own)
        .to(&mut responder);
    assert!(outcome.changes.is_empty());
    let reply = outcome.answer.unwrap();
    assert_eq!(reply.to, Destination::Client(own));
    assert!(reply.message.yiaddr.is_unspecified());
    assert_eq!(reply.message.options.get(51), None);
    assert_eq!(reply.message.options.get(3), Some(&[10, 0, 0, 1][..]));
    assert_eq!(reply.message.file, PATH.as_bytes());
}

#[test]
fn an_offered_address_that_is_in_use_is_kept_from_all_for_an_hour() {
    let mut responder = full();
    let offer = Ask::new(MessageType::Discover, 1).to(&mut responder);
    let used = offer.answer.unwrap().message.yiaddr;
    let change = responder.found_in_use(used, NOW).unwrap();
    assert!(matches!(&change, Change::Lease(lease) if lease.state == State::Declined));
    assert_eq!(responder.found_in_use(used, NOW), None, "said once");
    assert_eq!(lend(&mut responder, 1, NOW), address(11));
    assert_eq!(lend(&mut responder, 2, NOW), address(12));
    assert_eq!(lend(&mut responder, 3, NOW + 3601), used);
    // What is lent is not taken away by an echo.
    assert_eq!(responder.found_in_use(address(11), NOW), None);
}
