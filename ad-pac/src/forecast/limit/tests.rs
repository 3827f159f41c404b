use super::*;

#[test]
fn the_zones_meet_without_a_gap() {
    for (token, zone) in [
        (0, Zone::Works),
        (572, Zone::Works),
        (2045, Zone::Works),
        (2046, Zone::Jams),
        (4032, Zone::Jams),
        (4033, Zone::Refused),
        (6185, Zone::Refused),
        (usize::MAX, Zone::Refused),
    ] {
        assert_eq!(Zone::of(token), zone, "{token}");
    }
}

#[test]
fn a_margin_is_counted_on_both_sides_of_a_limit() {
    assert_eq!(LIMITS[0].margin(2000), 45);
    assert_eq!(LIMITS[0].margin(2100), -55);
    assert_eq!(close_to(1916), None);
    assert_eq!(close_to(1917), Some(&LIMITS[0]));
    assert_eq!(close_to(2173), Some(&LIMITS[0]));
    assert_eq!(close_to(2174), None);
    assert_eq!(close_to(48_100).map(|limit| limit.bytes), Some(48_000));
}

#[test]
fn the_limits_are_sorted() {
    assert!(LIMITS.is_sorted_by_key(|limit| limit.bytes));
}
