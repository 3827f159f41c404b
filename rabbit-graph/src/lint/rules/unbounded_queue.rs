//! `unbounded-queue`: a queue without any bound on length or time.

use crate::lint::queue_object;
use crate::lint::{Context, Findings, Rule, Severity};
use crate::topology::Origin;
pub(super) const RULE: Rule = Rule {
    id: "unbounded-queue",
    severity: Severity::Note,
    summary: "a queue without any bound on length or time",
    why: "When its consumers stop it grows until the broker runs out of memory or disk, and blocks all publishers.",
    fix: "Set max-length, max-length-bytes or message-ttl by policy, with an overflow behaviour that fits.",
    link: "https://www.rabbitmq.com/docs/maxlength",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    let bounds = [
        "max-length",
        "max-length-bytes",
        "message-ttl",
        "max-age",
        "expires",
    ];
    for id in topology.queue_ids() {
        let queue = topology.queue(id);
        if queue.origin == Origin::Defined
            && bounds
                .iter()
                .all(|key| topology.queue_setting(queue, key).is_none())
        {
            findings.add(
                queue.vhost,
                queue_object(topology, id),
                "nothing bounds its length or the age of its messages",
            );
        }
    }
}
