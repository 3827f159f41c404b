use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const MS: Duration = Duration::from_millis(1);

fn agreement(window: u16) -> Agreement {
    Agreement {
        block: 8,
        window,
        timeout: None,
        acknowledged: Vec::new(),
    }
}

fn taken(acknowledge: Option<u16>) -> Intake {
    Intake {
        take: true,
        acknowledge,
        finished: false,
    }
}

#[test]
fn single_blocks_are_acknowledged_one_by_one_and_a_short_one_ends() {
    let mut reception = Reception::start(&agreement(1), MS);
    assert_eq!(reception.on_data(1, 8, MS), taken(Some(1)));
    // Our ACK was lost: the block comes again and is acknowledged again.
    let again = reception.on_data(1, 8, MS);
    assert_eq!((again.take, again.acknowledge), (false, Some(1)));
    let last = reception.on_data(2, 3, MS);
    assert!(last.take && last.finished);
    assert_eq!(last.acknowledge, Some(2));
    let again = reception.on_data(2, 3, MS);
    assert_eq!((again.take, again.acknowledge), (false, Some(2)));
}

#[test]
fn a_window_is_acknowledged_at_its_end_and_a_gap_once() {
    let mut reception = Reception::start(&agreement(4), MS);
    assert_eq!(reception.on_data(1, 8, MS), taken(None));
    // 2 is lost; 3 and 4 are behind the gap.
    let gap = reception.on_data(3, 8, MS);
    assert_eq!((gap.take, gap.acknowledge), (false, Some(1)));
    assert_eq!(reception.on_data(4, 8, MS), Intake::default());
    for (number, acknowledge) in [(2, None), (3, None), (4, Some(4))] {
        assert_eq!(reception.on_data(number, 8, MS), taken(acknowledge));
    }
}

#[test]
fn a_block_longer_than_agreed_or_from_far_ahead_is_nothing() {
    let mut reception = Reception::start(&agreement(4), MS);
    assert_eq!(reception.on_data(1, 9, MS), Intake::default());
    assert_eq!(reception.on_data(30_000, 8, MS), Intake::default());
}

#[test]
fn a_silent_client_is_asked_again_and_given_up() {
    let mut reception = Reception::start(&agreement(1), Duration::ZERO);
    assert_eq!(reception.on_timeout(MS), Overdue::Wait);
    let due = reception.deadline();
    assert_eq!(reception.on_timeout(due), Overdue::Begin);
    reception.on_data(1, 8, due);
    let due = reception.deadline();
    assert_eq!(reception.on_timeout(due), Overdue::Acknowledge(1));
    assert_eq!(reception.on_timeout(due + PATIENCE), Overdue::GaveUp);
}

#[derive(Debug, Clone, Copy)]
enum Packet {
    Data(u64),
    Ack(u16),
}

proptest! {
    /// Whatever the network loses, doubles and delays: every block is taken
    /// once and in order, and the transfer ends.
    #[test]
    fn every_block_is_taken_once_and_in_order(
        last in 1_u64..300,
        window in 1_u16..9,
        fates in prop::collection::vec(0_u8..10, 0..400),
    ) {
        let mut reception = Reception::start(&agreement(window), Duration::ZERO);
        let mut fates = fates.into_iter();
        let mut flight: BTreeMap<(Duration, u64), Packet> = BTreeMap::new();
        let mut order = 0;
        let mut launch = |flight: &mut BTreeMap<_, _>, now: Duration, packet| {
            let copies = match fates.next() { Some(0 | 1) => 0, Some(2) => 2, _ => 1 };
            for copy in 0..copies {
                order += 1;
                let late = if order % 7 == 0 { MS * 5 } else { MS };
                flight.insert((now + late + MS * copy, order), packet);
            }
        };
        // The client after RFC 7440: sends a window, goes on from what is
        // acknowledged, and repeats after a second.
        let (mut base, mut now, mut taken) = (0_u64, Duration::ZERO, 0_u64);
        let mut client_timer = Duration::ZERO;
        let mut ended = false;
        for _ in 0..100_000 {
            if ended && base == last {
                break;
            }
            let next = flight.keys().next().map(|(at, _)| *at);
            let due = [next, Some(client_timer), Some(reception.deadline())];
            now = due.into_iter().flatten().min().unwrap().max(now);
            if let Some((&key, &packet)) = flight.first_key_value().filter(|((at, _), _)| *at <= now) {
                flight.remove(&key);
                match packet {
                    Packet::Data(number) => {
                        let len = if number == last { 3 } else { 8 };
                        let intake = reception.on_data(number as u16, len, now);
                        if intake.take {
                            prop_assert_eq!(number, taken + 1);
                            taken = number;
                            ended = intake.finished;
                            prop_assert_eq!(ended, taken == last);
                        }
                        if let Some(number) = intake.acknowledge {
                            launch(&mut flight, now, Packet::Ack(number));
                        }
                    }
                    Packet::Ack(number) => {
                        let ahead = u64::from(number.wrapping_sub(base as u16));
                        if ahead <= u64::from(window) && base + ahead <= last {
                            let moved = ahead > 0;
                            base += ahead;
                            if moved {
                                client_timer = now;
                            }
                        }
                    }
                }
            } else if client_timer <= now {
                for number in base + 1..=(base + u64::from(window)).min(last) {
                    launch(&mut flight, now, Packet::Data(number));
                }
                client_timer = now + Duration::from_secs(1);
            } else {
                match reception.on_timeout(now) {
                    Overdue::Acknowledge(number) => launch(&mut flight, now, Packet::Ack(number)),
                    Overdue::GaveUp => prop_assert!(ended, "gave up"),
                    Overdue::Begin | Overdue::Wait => {}
                }
                if ended {
                    break;
                }
            }
        }
        prop_assert!(ended, "stuck at {} of {}", taken, last);
        prop_assert_eq!(taken, last);
    }
}
