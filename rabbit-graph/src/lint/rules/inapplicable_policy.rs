//! `inapplicable-policy`: a policy that a single key keeps from applying.

use crate::lint::{Context, Findings, Rule, Severity};
use crate::topology::Node;
pub(super) const RULE: Rule = Rule {
    id: "inapplicable-policy",
    severity: Severity::Error,
    summary: "a policy that a single key keeps from applying",
    why: "A policy with a key that a queue type does not have does not apply to such queues at all: its other keys have no effect either.",
    fix: "Split it into one policy for each queue type (apply-to), each with the keys that the type has.",
    link: "https://www.rabbitmq.com/docs/parameters#policies",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for (kind, policy, _) in super::all_policies(topology) {
        let Some(matching) = super::matching(topology, policy) else {
            continue;
        };
        let mut kept: Vec<(&str, &str, usize)> = Vec::new();
        for (node, unsupported) in matching {
            let (Some(key), Node::Queue(id)) = (unsupported, node) else {
                continue;
            };
            let queue_type = topology.queue(id).kind.name();
            match kept
                .iter_mut()
                .find(|(k, t, _)| (*k, *t) == (key, queue_type))
            {
                Some((_, _, count)) => *count += 1,
                None => kept.push((key, queue_type, 1)),
            }
        }
        kept.sort_unstable();
        for (key, queue_type, count) in kept {
            let message = format!(
                "does not apply to {count} {queue_type} queue(s) that it matches: they have no `{key}`"
            );
            findings.add(policy.vhost, format!("{kind} {}", policy.name), message);
        }
    }
}
