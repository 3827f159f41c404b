use super::*;

#[test]
fn the_table_of_reasons_has_the_order_of_the_enum_and_unique_ids() {
    let mut seen = std::collections::BTreeSet::new();
    for (index, reason) in Reason::all().enumerate() {
        assert_eq!(reason as usize, index, "{reason:?}");
        assert!(seen.insert(reason.id()), "{}", reason.id());
        assert!(
            reason
                .id()
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{}",
            reason.id()
        );
    }
    assert_eq!(Reason::BadRedirect as usize + 1, seen.len());
}

#[test]
fn the_worst_finding_decides() {
    let note = Finding::new(Reason::WrongOrder, "");
    let unchecked = Finding::new(Reason::Dns, "");
    let failure = Finding::new(Reason::Expired, "");
    assert_eq!(Verdict::of(&[]), Verdict::Ok);
    assert_eq!(Verdict::of(std::slice::from_ref(&note)), Verdict::Ok);
    assert_eq!(Verdict::of(&[note, unchecked.clone()]), Verdict::Unchecked);
    assert_eq!(Verdict::of(&[unchecked, failure]), Verdict::Bad);
}

#[test]
fn a_span_is_told_in_one_unit() {
    for (seconds, text) in [
        (0, "0 seconds"),
        (1, "1 second"),
        (150, "2 minutes"),
        (7_300, "2 hours"),
        (86_400 * 2, "2 days"),
        (86_400 * 400, "400 days"),
    ] {
        assert_eq!(span(seconds), text);
    }
}

#[test]
fn the_readme_lists_every_reason() {
    let readme = include_str!("../../README.md");
    for reason in Reason::all() {
        assert!(
            readme.contains(&format!("`{}`", reason.id())),
            "{}",
            reason.id()
        );
    }
}

#[test]
fn only_who_waited_for_the_http_answer_is_told_of_tls_only() {
    let hints_at_it = |failure: &Failure| {
        let hint = explain_failure(failure).hint;
        hint.is_some_and(|hint| hint.contains("--tls-only"))
    };
    for (phase, expected) in [
        (Phase::Connecting, false),
        (Phase::StartTls, false),
        (Phase::Handshake, false),
        (Phase::Answer, true),
    ] {
        let timeout = Failure::Timeout { phase, seconds: 10 };
        assert_eq!(hints_at_it(&timeout), expected, "{phase:?}");
        assert_eq!(hints_at_it(&Failure::Closed(phase)), expected, "{phase:?}");
    }
}
