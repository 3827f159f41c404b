//! `no-delivery-limit`: a quorum queue without a delivery limit.

use crate::lint::queue_object;
use crate::lint::{Context, Findings, Rule, Severity};
use crate::topology::{Origin, QueueType, Version};
pub(super) const RULE: Rule = Rule {
    id: "no-delivery-limit",
    severity: Severity::Note,
    summary: "a quorum queue without a delivery limit",
    why: "Before 4.0 a message that crashes its consumer comes back for ever; since 4.0 the limit is 20, and messages beyond it are dropped where no dead-letter exchange is set.",
    fix: "Set delivery-limit and a dead-letter exchange by policy.",
    link: "https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for id in topology.queue_ids() {
        let queue = topology.queue(id);
        if queue.origin == Origin::Defined
            && queue.kind == QueueType::Quorum
            && topology.queue_setting(queue, "delivery-limit").is_none()
        {
            let message = match (topology.rules() >= Version::new(4, 0), &queue.dead_letter) {
                (true, Some(_)) => continue,
                (true, None) => "dropped after 20 deliveries, and dead-lettered nowhere",
                (false, _) => "no delivery limit: a poisonous message comes back for ever",
            };
            findings.add(queue.vhost, queue_object(topology, id), message);
        }
    }
}
