//! Public server certificates live ever shorter.

use super::{Basis, Lint, Role, Rule, Subject};

/// See the module.
pub(super) const LINT: Lint = Lint {
    id: "lifetime",
    citation: "CA/Browser Forum BR section 6.3.2, ballots 193, SC-31 and SC-081v3",
    effective: "2018-03-01",
    basis: Basis::NotBefore,
    rule: Rule::Certificate(check),
};

/// From this day on certificates live at most so many days.
const SCHEDULE: [(&str, u64); 5] = [
    ("2018-03-01", 825),
    ("2020-09-01", 398),
    ("2026-03-15", 200),
    ("2027-03-15", 100),
    ("2029-03-15", 47),
];

fn check(subject: &Subject<'_>) -> Option<String> {
    if subject.role != Role::Leaf {
        return None;
    }
    let validity = subject.parsed.validity();
    let begin = validity.not_before.timestamp();
    let (_, most) = SCHEDULE
        .into_iter()
        .rev()
        .find(|(from, _)| begin >= super::day(from))?;
    let seconds = u64::try_from(validity.not_after.timestamp() - begin + 1).unwrap_or(0);
    (seconds > most * 86_400).then(|| {
        format!(
            "lives {} days; {most} are allowed since it was issued",
            seconds.div_ceil(86_400)
        )
    })
}
