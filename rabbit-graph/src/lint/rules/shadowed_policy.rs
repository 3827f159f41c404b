//! `shadowed-policy`: a policy that never wins.

use crate::lint::{Context, Findings, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "shadowed-policy",
    severity: Severity::Warning,
    summary: "a policy that never wins",
    why: "One policy applies to an object, never two merged: everything this one matches goes to another one.",
    fix: "Raise its priority, or move its settings into the policy that wins.",
    link: "https://www.rabbitmq.com/docs/parameters#how-policies-work",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for (kind, policy, index) in super::all_policies(topology) {
        let Some(matching) = super::matching(topology, policy) else {
            continue;
        };
        let candidates: Vec<_> = matching
            .into_iter()
            .filter(|(_, unsupported)| unsupported.is_none())
            .map(|(node, _)| node)
            .collect();
        let winners = candidates
            .iter()
            .map(|node| super::winner(topology, *node, kind));
        let mut others: Vec<&str> = Vec::new();
        let mut wins = false;
        for winner in winners {
            match winner {
                Some(other) if other == index => wins = true,
                Some(other) => others.push(super::policy_name(topology, kind, other)),
                None => {}
            }
        }
        if !wins && !others.is_empty() {
            others.sort_unstable();
            others.dedup();
            others.truncate(5);
            let message = format!(
                "everything it matches goes to {} of higher priority or later name",
                others.join(", ")
            );
            findings.add(policy.vhost, format!("{kind} {}", policy.name), message);
        }
    }
}
