use super::*;
use crate::dhcp::client::{ClientKey, Firmware};
use crate::wire::dhcp::HardwareAddress;

fn client() -> Client {
    Client {
        mac: HardwareAddress::new(&[0x52, 0x54, 0, 0x99, 0, 0x10]),
        key: ClientKey(Box::new([1])),
        uuid: Some([7; 16]),
        architectures: vec![Architecture(7)],
        firmware: Firmware::Ipxe,
        vendor_class: b"PXEClient:Arch:00007".to_vec(),
        user_classes: vec![b"iPXE".to_vec()],
    }
}

const PLACE: Place = Place {
    relay: Some(Ipv4Addr::new(10, 1, 0, 1)),
    network: Ipv4Addr::new(10, 1, 0, 1),
};

#[test]
fn every_condition_matches_and_fails_by_itself() {
    let with = |change: fn(&mut Match)| {
        let mut when = Match::default();
        change(&mut when);
        when.check(&client(), PLACE)
            .map_err(|mismatch| mismatch.condition)
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert_eq!(with(|m| m.mac = Some(Pattern::new("52:54:00:*"))), Ok(()));
    assert_eq!(
        with(|m| m.mac = Some(Pattern::new("52:54:01:*"))),
        Err("mac")
    );
    assert_eq!(with(|m| m.uuid = Some([7; 16])), Ok(()));
    assert_eq!(with(|m| m.uuid = Some([8; 16])), Err("uuid"));
    assert_eq!(
        with(|m| m.vendor_class = Some(Pattern::new("pxeclient*"))),
        Ok(())
    );
    assert_eq!(
        with(|m| m.vendor_class = Some(Pattern::new("pxeclient"))),
        Err("vendor-class")
    );
    assert_eq!(with(|m| m.user_class = Some(Pattern::new("ipxe"))), Ok(()));
    assert_eq!(
        with(|m| m.user_class = Some(Pattern::new("gpxe"))),
        Err("user-class")
    );
    assert_eq!(
        with(|m| m.architectures = vec![Architecture(9), Architecture(7)]),
        Ok(())
    );
    assert_eq!(
        with(|m| m.architectures = vec![Architecture(0)]),
        Err("arch")
    );
    assert_eq!(with(|m| m.relay = Some(Ipv4Addr::new(10, 1, 0, 1))), Ok(()));
    assert_eq!(
        with(|m| m.relay = Some(Ipv4Addr::new(10, 1, 0, 2))),
        Err("relay")
    );
    assert_eq!(with(|m| m.subnet = "10.1.0.0/16".parse().ok()), Ok(()));
    assert_eq!(
        with(|m| m.subnet = "10.2.0.0/16".parse().ok()),
        Err("subnet")
    );
}

#[test]
fn the_first_matching_rule_wins() {
    let rule = |name: &str, mac: &str| Rule {
        name: name.to_owned(),
        when: Match {
            mac: Some(Pattern::new(mac)),
            ..Match::default()
        },
        then: Treatment::default(),
    };
    let rules = [rule("one", "aa:*"), rule("two", "52:*"), rule("three", "*")];
    assert_eq!(
        first_match(&rules, &client(), PLACE).map(|(index, _)| index),
        Some(1)
    );
    assert_eq!(first_match(&rules[..1], &client(), PLACE), None);
}

#[test]
fn a_star_stands_for_any_text_anywhere() {
    for (pattern, text, expected) in [
        ("abc", "ABC", true),
        ("abc", "abcd", false),
        ("*", "", true),
        ("a*c", "abbc", true),
        ("a*c", "abb", false),
        ("*b*", "abc", true),
        ("a*b*c", "aXbYc", true),
        ("a*b*c", "acb", false),
        ("ab*ba", "aba", false),
        ("", "x", false),
    ] {
        assert_eq!(
            Pattern::new(pattern).matches(text.as_bytes()),
            expected,
            "{pattern} {text}"
        );
    }
}
