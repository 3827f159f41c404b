//! `removed-feature`: a policy or argument whose feature is gone.

use crate::lint::{Context, Findings, Rule, Severity};
use crate::topology::Version;
pub(super) const RULE: Rule = Rule {
    id: "removed-feature",
    severity: Severity::Error,
    summary: "a policy or argument whose feature is gone",
    why: "Classic queue mirroring (ha-*) was removed in 4.0 and is ignored there: queues that look replicated are not.",
    fix: "Use quorum queues or streams; delete the ha-* keys.",
    link: "https://www.rabbitmq.com/docs/3.13/ha",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    let version = context.target.or(topology.version);
    if version.is_some_and(|version| version < Version::new(4, 0)) {
        return;
    }
    for (kind, policy, _) in super::all_policies(topology) {
        let keys: Vec<&str> = policy
            .definition
            .iter()
            .map(|(key, _)| key)
            .filter(|key| key.starts_with("ha-"))
            .collect();
        if !keys.is_empty() {
            let message = format!(
                "uses mirroring, which 4.x does not have: {}",
                keys.join(", ")
            );
            findings.add(policy.vhost, format!("{kind} {}", policy.name), message);
        }
    }
}
