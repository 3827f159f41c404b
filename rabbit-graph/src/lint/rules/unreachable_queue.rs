//! `unreachable-queue`: a queue that no exchange leads to.

use crate::lint::{Context, Findings, Rule, Severity};
use petgraph::Direction;

use crate::lint::queue_object;
use crate::topology::{Node, Origin};
pub(super) const RULE: Rule = Rule {
    id: "unreachable-queue",
    severity: Severity::Warning,
    summary: "a queue that no exchange leads to",
    why: "Messages reach it only by its name through the default exchange; mostly a binding was forgotten or the queue is left over.",
    fix: "Bind it, delete it, or waive the finding if publishers address it by name.",
    link: "https://www.rabbitmq.com/docs/queues",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for id in topology.queue_ids() {
        let queue = topology.queue(id);
        let node = topology.node_of(Node::Queue(id));
        let entered = topology
            .graph
            .edges_directed(node, Direction::Incoming)
            .next()
            .is_some();
        if queue.origin == Origin::Defined && !entered {
            findings.add(
                queue.vhost,
                queue_object(topology, id),
                "no binding, dead letter or shovel leads to it",
            );
        }
    }
}
