//! `transient-queue`: a queue that a restart takes away.

use crate::lint::queue_object;
use crate::lint::{Context, Findings, Rule, Severity};
use crate::topology::{Origin, QueueType};
pub(super) const RULE: Rule = Rule {
    id: "transient-queue",
    severity: Severity::Warning,
    summary: "a queue that a restart takes away",
    why: "Transient queues that are not exclusive are deprecated, and denied by default in newer brokers. Exclusive queues have no place in definitions: they go with their connection.",
    fix: "Declare it durable, or exclusive in the client that uses it.",
    link: "https://www.rabbitmq.com/docs/queues#durability",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for id in topology.queue_ids() {
        let queue = topology.queue(id);
        if queue.origin != Origin::Defined {
            continue;
        }
        let object = queue_object(topology, id);
        let replicated = matches!(queue.kind, QueueType::Quorum | QueueType::Stream);
        if replicated && (!queue.durable || queue.exclusive) {
            findings.add(queue.vhost, object, "quorum queues and streams are always durable and never exclusive: the broker refuses this");
        } else if queue.exclusive {
            findings.add(
                queue.vhost,
                object,
                "exclusive queues belong to a connection, not into definitions",
            );
        } else if !queue.durable {
            findings.add(
                queue.vhost,
                object,
                "transient but not exclusive: lost with the node, and deprecated",
            );
        }
    }
}
