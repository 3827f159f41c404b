//! `idle-policy`: a policy that matches nothing.

use crate::lint::{Context, Findings, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "idle-policy",
    severity: Severity::Warning,
    summary: "a policy that matches nothing",
    why: "It has no effect; its pattern is misspelt, or what it was for is gone.",
    fix: "Correct the pattern or apply-to, or delete the policy.",
    link: "https://www.rabbitmq.com/docs/parameters#policies",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for (kind, policy, _) in super::all_policies(context.topology) {
        let Some(matching) = super::matching(context.topology, policy) else {
            continue;
        };
        if matching.is_empty() {
            let message = format!(
                "its pattern `{}` matches no object it applies to ({})",
                policy.pattern, policy.apply_to
            );
            findings.add(policy.vhost, format!("{kind} {}", policy.name), message);
        }
    }
}
