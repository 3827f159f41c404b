//! Subnets and relays.

use super::*;

#[test]
fn a_relay_chooses_the_subnet_and_gets_its_option_back() {
    let mut responder = full();
    let mut far = responder.settings.subnets[0].clone();
    far.network = "10.9.0.0/24".parse().unwrap();
    far.ranges = vec!["10.9.0.10-10.9.0.20".parse().unwrap()];
    responder.settings.subnets.push(far);
    let relay = Ipv4Addr::new(10, 9, 0, 1);
    let outcome = Ask::new(MessageType::Discover, 1)
        .relay(relay)
        .option(82, [1, 2, 7, 7])
        .to(&mut responder);
    let reply = outcome.answer.unwrap();
    assert_eq!(reply.to, Destination::Relay(relay));
    assert_eq!(reply.message.yiaddr, Ipv4Addr::new(10, 9, 0, 10));
    assert_eq!(reply.message.options.get(82), Some(&[1, 2, 7, 7][..]));
    // Link selection (RFC 3527) goes before the relay's own address.
    let selected = Ask::new(MessageType::Discover, 2)
        .relay(Ipv4Addr::new(172, 16, 0, 1))
        .option(82, [5, 4, 10, 9, 0, 0])
        .to(&mut responder);
    assert_eq!(
        selected.answer.unwrap().message.yiaddr,
        Ipv4Addr::new(10, 9, 0, 11)
    );
    let nowhere = Ask::new(MessageType::Discover, 3)
        .relay(Ipv4Addr::new(172, 16, 0, 1))
        .to(&mut responder);
    assert_eq!(nowhere.answer, Err(Silence::NoSubnet));
}

#[test]
fn a_network_has_boot_files_of_its_own_that_a_rule_goes_before() {
    let mut responder = full();
    let table = &mut responder.settings.subnets[0].boot;
    table
        .by_architecture
        .insert(Architecture(7), "of-the-network".to_owned());
    table.server = Some(address(9));
    let mut treatment = Treatment::default();
    treatment
        .boot
        .by_architecture
        .insert(Architecture(7), "of-the-rule".to_owned());
    responder.settings.rules = vec![rule(2, treatment)];
    for (client, file) in [(1, "of-the-network"), (2, "of-the-rule")] {
        let offer = Ask::new(MessageType::Discover, client)
            .uefi()
            .to(&mut responder);
        let message = offer.answer.unwrap().message;
        assert_eq!(message.file, file.as_bytes());
        assert_eq!(message.siaddr, address(9));
    }
    // Another kind of client of that network gets what all get.
    let http = Ask::new(MessageType::Discover, 3).http().to(&mut responder);
    assert_eq!(http.answer.unwrap().message.file, b"http://10.0.0.5/b.efi");
}
