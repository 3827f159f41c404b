use super::*;

#[test]
fn every_lint_has_a_unique_id_a_citation_and_a_day() {
    let mut seen = std::collections::BTreeSet::new();
    for (id, citation, effective) in all() {
        assert!(seen.insert(id), "{id}");
        assert!(!citation.is_empty(), "{id}");
        assert!(day(effective) < i64::MAX, "{id}: {effective}");
    }
    for reason in crate::diagnosis::Reason::all() {
        assert!(!seen.contains(reason.id()), "{}", reason.id());
    }
}
