//! Rules for single clients.

use super::*;

#[test]
fn reservations_are_kept_for_their_clients() {
    let mut responder = full();
    for (client, last) in [(1, 10), (2, 77)] {
        let then = Treatment {
            address: Some(address(last)),
            ..Treatment::default()
        };
        responder.settings.rules.push(rule(client, then));
    }
    assert_eq!(lend(&mut responder, 3, NOW), address(11));
    assert_eq!(lend(&mut responder, 1, NOW), address(10));
    assert_eq!(lend(&mut responder, 2, NOW), address(77));
    let stolen = Ask::new(MessageType::Request, 4)
        .option(50, address(77).octets())
        .option(54, SERVER.octets())
        .to(&mut responder);
    assert_eq!(kind(&stolen), MessageType::Nak);
}

#[test]
fn rules_ignore_boot_from_disk_and_change_fields() {
    let mut responder = full();
    let ignore = Treatment {
        ignore: true,
        ..Treatment::default()
    };
    let disk = Treatment {
        local_disk: true,
        ..Treatment::default()
    };
    let plain = Treatment {
        fields: Fields {
            nul: false,
            option_66: false,
            sname: false,
            ..Fields::default()
        },
        options: vec![(150, vec![10, 0, 0, 5])],
        ..Treatment::default()
    };
    responder.settings.rules = vec![rule(1, ignore), rule(2, disk), rule(3, plain)];
    let outcome = Ask::new(MessageType::Discover, 1).uefi().to(&mut responder);
    assert_eq!(outcome.answer, Err(Silence::Ignored));
    assert_eq!(outcome.rule.as_deref(), Some("rule 1"));
    let disk = Ask::new(MessageType::Discover, 2)
        .uefi()
        .to(&mut responder)
        .answer
        .unwrap();
    assert!(!disk.message.yiaddr.is_unspecified() && disk.message.file.is_empty());
    let plain = Ask::new(MessageType::Discover, 3)
        .uefi()
        .to(&mut responder)
        .answer
        .unwrap();
    assert_eq!(plain.message.options.get(67), Some(PATH.as_bytes()));
    assert_eq!(plain.message.options.get(66), None);
    assert_eq!(plain.message.options.get(150), Some(&[10, 0, 0, 5][..]));
    responder.settings.known_clients_only = true;
    let unknown = Ask::new(MessageType::Discover, 9).uefi().to(&mut responder);
    assert_eq!(unknown.answer, Err(Silence::Unknown));
}

#[test]
fn one_boot_is_one_boot_also_after_a_restart() {
    let mut settings = settings(Mode::Full);
    settings.rules = vec![rule(
        1,
        Treatment {
            once: true,
            ..Treatment::default()
        },
    )];
    let mut responder = Responder::new(settings.clone(), []);
    let boots = |responder: &mut Responder, now: u64| {
        let outcome = Ask::new(MessageType::Discover, 1)
            .uefi()
            .at(responder, &BROADCAST, now);
        !outcome.answer.unwrap().message.file.is_empty()
    };
    assert!(boots(&mut responder, NOW));
    assert!(boots(&mut responder, NOW + ONCE_SECONDS - 1));
    assert!(!boots(&mut responder, NOW + ONCE_SECONDS));
    let mut again = Responder::new(settings, responder.remembered().collect::<Vec<_>>());
    assert!(!boots(&mut again, NOW + ONCE_SECONDS));
}

#[test]
fn a_rule_for_one_boot_remembers_a_bounded_number_of_clients() {
    let mut responder = full();
    let then = Treatment {
        once: true,
        ..Treatment::default()
    };
    responder.settings.rules = vec![Rule {
        name: "everybody".to_owned(),
        when: Match::default(),
        then,
    }];
    for number in 0..MOST_ONCE as u32 {
        let mac = HardwareAddress::new(&number.to_be_bytes());
        responder.once.insert(("everybody".to_owned(), mac), NOW);
    }
    let outcome = Ask::new(MessageType::Discover, 1).uefi().to(&mut responder);
    assert!(outcome.changes.is_empty());
    assert!(outcome.answer.unwrap().message.file.is_empty());
    assert_eq!(responder.once.len(), MOST_ONCE);
}
