use std::collections::BTreeSet;

use super::*;

#[test]
fn ids_are_unique_and_made_of_lower_case_words() {
    let ids: BTreeSet<_> = CASES.iter().map(|case| case.id).collect();
    assert_eq!(ids.len(), CASES.len());
    for id in ids {
        assert!(
            id.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{id}"
        );
    }
}

#[test]
fn every_case_cites_its_rule_and_every_bad_one_says_the_risk() {
    for case in CASES {
        assert!(
            case.citation.starts_with("RFC ") || case.citation.starts_with("CA/Browser Forum "),
            "{}: {}",
            case.id,
            case.citation
        );
        assert_eq!(
            case.risk.is_empty(),
            case.expected == Expected::Accept,
            "{}",
            case.id
        );
        assert_eq!(
            case.flaw == Flaw::Control,
            case.expected == Expected::Accept,
            "{}",
            case.id
        );
    }
}

#[test]
fn both_an_address_and_a_name_have_a_good_control() {
    for host in [Name, Address] {
        assert!(
            CASES
                .iter()
                .any(|case| case.expected == Expected::Accept && case.host == host)
        );
    }
}

#[test]
fn a_mistyped_id_finds_its_neighbour() {
    assert_eq!(nearest("wrong_host"), Some("wrong-host"));
    assert_eq!(nearest("expired-leaf"), Some("expired"));
    assert_eq!(nearest("xyz"), None);
}
