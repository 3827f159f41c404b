use proptest::prelude::*;

use super::*;

fn subnet() -> Subnet {
    Subnet {
        network: "10.0.0.0/24".parse().unwrap(),
        ranges: vec!["10.0.0.10-10.0.0.13".parse().unwrap()],
        routers: Vec::new(),
        dns: Vec::new(),
        domain: None,
        boot: crate::dhcp::boot::BootTable::default(),
        lease: 100,
        options: Vec::new(),
    }
}

fn key(number: u8) -> ClientKey {
    ClientKey(Box::new([1, number]))
}

fn put(leases: &mut Leases, last: u8, client: u8, state: State, until: u64) {
    leases.put(Lease {
        address: Ipv4Addr::new(10, 0, 0, last),
        key: key(client),
        mac: HardwareAddress::new(&[client]),
        state,
        until,
    });
}

fn choose(leases: &mut Leases, client: u8, wanted: Option<u8>, now: u64) -> Option<u8> {
    let wanted = wanted.map(|last| Ipv4Addr::new(10, 0, 0, last));
    leases
        .choose(&subnet(), &key(client), wanted, |_| false, now)
        .map(|found| found.octets()[3])
}

#[test]
fn a_client_gets_the_address_it_has_had_before_any_other() {
    let mut leases = Leases::default();
    put(&mut leases, 12, 1, State::Released, 5);
    put(&mut leases, 13, 2, State::Bound, 50);
    assert_eq!(choose(&mut leases, 1, Some(11), 10), Some(12));
    assert_eq!(choose(&mut leases, 2, None, 100), Some(13));
}

#[test]
fn a_new_client_gets_what_it_asks_for_if_it_is_free() {
    let mut leases = Leases::default();
    put(&mut leases, 12, 1, State::Bound, 50);
    assert_eq!(choose(&mut leases, 2, Some(11), 10), Some(11));
    assert_eq!(choose(&mut leases, 2, Some(12), 10), Some(10));
    assert_eq!(choose(&mut leases, 2, Some(99), 10), Some(11));
}

#[test]
fn the_lease_that_ended_longest_ago_is_given_again_and_a_current_one_never() {
    let mut leases = Leases::default();
    put(&mut leases, 10, 1, State::Bound, 40);
    put(&mut leases, 11, 2, State::Bound, 20);
    put(&mut leases, 12, 3, State::Bound, 30);
    put(&mut leases, 13, 4, State::Declined, 60);
    assert_eq!(choose(&mut leases, 9, None, 10), None);
    assert_eq!(choose(&mut leases, 9, None, 35), Some(11));
    put(&mut leases, 11, 9, State::Bound, 135);
    assert_eq!(choose(&mut leases, 8, None, 35), Some(12));
}

#[test]
fn offers_give_way_when_nothing_else_is_left() {
    let mut leases = Leases::default();
    for client in 1..=4 {
        let last = choose(&mut leases, client, None, 10).unwrap();
        put(
            &mut leases,
            last,
            client,
            State::Offered,
            10 + OFFER_SECONDS,
        );
    }
    assert!(choose(&mut leases, 9, None, 11).is_some());
}

#[test]
fn reserved_addresses_are_left_out() {
    let mut leases = Leases::default();
    let reserved = |address: Ipv4Addr| address.octets()[3] != 12;
    let found = leases.choose(&subnet(), &key(1), None, reserved, 1);
    assert_eq!(found, Some(Ipv4Addr::new(10, 0, 0, 12)));
}

#[test]
fn a_table_with_an_end_of_all_addresses_does_not_overflow() {
    let mut subnet = subnet();
    subnet.network = "255.255.255.0/24".parse().unwrap();
    subnet.ranges = vec!["255.255.255.254-255.255.255.255".parse().unwrap()];
    let mut leases = Leases::default();
    let first = leases.choose(&subnet, &key(1), None, |_| false, 1);
    assert_eq!(first, Some(Ipv4Addr::new(255, 255, 255, 254)));
}

proptest! {
    /// Whatever happens in whatever order, the indexes agree with the table
    /// and no address that somebody has a right to is given to another.
    #[test]
    fn no_address_is_given_twice(
        steps in proptest::collection::vec((0_u8..8, 0_u8..4, 0_u64..40), 1..200),
    ) {
        let mut leases = Leases::default();
        let mut now = 100;
        for (client, what, passed) in steps {
            now += passed;
            let Some(last) = choose(&mut leases, client, None, now) else { continue };
            let address = Ipv4Addr::new(10, 0, 0, last);
            prop_assert!(!leases.taken(address, &key(client), now));
            let (state, until) = match what {
                0 => (State::Offered, now + OFFER_SECONDS),
                1 | 2 => (State::Bound, now + 100),
                _ => (State::Released, now),
            };
            put(&mut leases, last, client, state, until);
            prop_assert_eq!(leases.ends.len(), leases.by_address.len());
            for (key, address) in &leases.by_client {
                prop_assert_eq!(&leases.by_address[address].key, key);
            }
        }
    }
}
