use proptest::prelude::*;

use super::*;

#[test]
fn the_table_is_sorted_and_every_flag_is_one_bit() {
    for flag in FLAGS {
        assert_eq!(flag.bit.count_ones(), 1, "{}", flag.name);
    }
    assert!(FLAGS.is_sorted_by_key(|flag| flag.bit));
}

#[test]
fn the_bit_of_the_tool_is_the_one_of_ms_adts() {
    assert_eq!(UserAccountControl::NO_AUTH_DATA_REQUIRED.bits(), 33_554_432);
}

#[test]
fn adding_the_bit_twice_does_not_carry_into_the_next_one() {
    let once =
        UserAccountControl::from_bits(0x1000).with(UserAccountControl::NO_AUTH_DATA_REQUIRED);
    let twice = once.with(UserAccountControl::NO_AUTH_DATA_REQUIRED);
    assert_eq!(once, twice);
    assert!(!twice.contains(UserAccountControl::PARTIAL_SECRETS_ACCOUNT));
}

#[test]
fn the_signed_and_the_unsigned_form_are_one_value() {
    let signed = UserAccountControl::parse("-2147479552").unwrap();
    let unsigned = UserAccountControl::parse("2147487744").unwrap();
    assert_eq!(signed, unsigned);
    assert_eq!(signed.bits(), 0x8000_1000);
    assert_eq!(signed.to_ldap(), "-2147479552");
}

#[test]
fn what_is_no_32_bit_number_is_refused() {
    for text in [
        "",
        "0x1000",
        "4096 ",
        "4294967296",
        "-2147483649",
        "1e3",
        "٤",
    ] {
        assert_eq!(UserAccountControl::parse(text), Err(NotFlags), "{text:?}");
    }
}

#[test]
fn bits_without_a_name_are_shown_as_a_number() {
    assert_eq!(
        UserAccountControl::from_bits(0x1400).to_string(),
        "WORKSTATION_TRUST_ACCOUNT | 0x400"
    );
    assert_eq!(UserAccountControl::from_bits(0).to_string(), "0x0");
}

proptest! {
    #[test]
    fn every_value_survives_the_way_to_ldap_and_back(bits: u32) {
        let value = UserAccountControl::from_bits(bits);
        prop_assert_eq!(UserAccountControl::parse(&value.to_ldap()), Ok(value));
    }

    #[test]
    fn setting_and_clearing_touch_no_other_bit(bits: u32) {
        let value = UserAccountControl::from_bits(bits);
        let flag = UserAccountControl::NO_AUTH_DATA_REQUIRED;
        prop_assert_eq!(value.with(flag).bits() & !flag.bits(), bits & !flag.bits());
        prop_assert_eq!(value.without(flag).bits(), bits & !flag.bits());
    }

    #[test]
    fn names_and_unnamed_bits_make_up_the_value(bits: u32) {
        let value = UserAccountControl::from_bits(bits);
        let named: u32 = FLAGS
            .iter()
            .filter(|flag| value.names().any(|name| name == flag.name))
            .map(|flag| flag.bit)
            .sum();
        prop_assert_eq!(named | value.unnamed(), bits);
    }
}
