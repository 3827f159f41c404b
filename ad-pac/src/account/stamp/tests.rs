use super::*;

#[test]
fn a_generalized_time_becomes_iso_8601() {
    assert_eq!(iso("20261121053534.0Z"), "2026-11-21T05:35:34Z");
}

#[test]
fn anything_else_stays_what_it_is() {
    for text in [
        "",
        "never",
        "2026112105353",
        "20261121053534+0100",
        "ÄÄÄÄÄÄÄZ",
    ] {
        assert_eq!(iso(text), text);
    }
}
