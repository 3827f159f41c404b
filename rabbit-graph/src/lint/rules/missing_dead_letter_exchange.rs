//! `missing-dead-letter-exchange`: a dead-letter exchange that does not exist.

use crate::lint::queue_object;
use crate::lint::{Context, Findings, Rule, Severity};
use crate::topology::{Node, Origin};
pub(super) const RULE: Rule = Rule {
    id: "missing-dead-letter-exchange",
    severity: Severity::Error,
    summary: "a dead-letter exchange that does not exist",
    why: "Rejected and expired messages are dropped without a trace.",
    fix: "Declare the exchange, or correct the argument or policy that names it.",
    link: "https://www.rabbitmq.com/docs/dlx",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for id in topology.queue_ids() {
        let queue = topology.queue(id);
        let Some(dead_letter) = &queue.dead_letter else {
            continue;
        };
        let exchange = topology.exchange(dead_letter.exchange);
        if exchange.origin == Origin::Missing {
            let message = format!(
                "dead letters go to exchange {}, which does not exist",
                exchange.name
            );
            findings.add(queue.vhost, queue_object(topology, id), message);
        } else if let Node::Queue(target) = topology.dead_letter_target(queue, dead_letter)
            && topology.queue(target).origin == Origin::Missing
        {
            let message = format!(
                "dead letters go to queue {}, which does not exist",
                topology.queue(target).name
            );
            findings.add(queue.vhost, queue_object(topology, id), message);
        }
    }
}
