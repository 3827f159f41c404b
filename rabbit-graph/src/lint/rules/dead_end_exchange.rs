//! `dead-end-exchange`: an exchange that routes nowhere.

use crate::lint::{Context, Findings, Rule, Severity};
use petgraph::Direction;

use crate::lint::exchange_object;
use crate::topology::{Node, Origin, Topology};
pub(super) const RULE: Rule = Rule {
    id: "dead-end-exchange",
    severity: Severity::Warning,
    summary: "an exchange that routes nowhere",
    why: "Whatever is published to it is lost without an error, unless it is mandatory.",
    fix: "Bind it to a queue or to another exchange, or delete it.",
    link: "https://www.rabbitmq.com/docs/exchanges",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    let reaching = reaching_queues(topology);
    for id in topology.exchange_ids() {
        let exchange = topology.exchange(id);
        let node = topology.node_of(Node::Exchange(id));
        let used = exchange.origin == Origin::Defined
            || (exchange.origin == Origin::Implicit
                && !exchange.name.is_empty()
                && topology
                    .graph
                    .edges_directed(node, Direction::Incoming)
                    .next()
                    .is_some());
        if used && !reaching[node.index()] {
            findings.add(
                exchange.vhost,
                exchange_object(topology, id),
                "no way leads from it to a queue",
            );
        }
    }
}

/// For each node whether a message in it can end in a queue or leave the
/// broker: everything upstream of a queue or a far end.
fn reaching_queues(topology: &Topology) -> Vec<bool> {
    let graph = &topology.graph;
    let mut reaching = vec![false; graph.node_count()];
    let ends = graph
        .node_indices()
        .filter(|node| !matches!(graph[*node], Node::Exchange(_)));
    let mut waiting: Vec<_> = ends.collect();
    while let Some(node) = waiting.pop() {
        if !std::mem::replace(&mut reaching[node.index()], true) {
            waiting.extend(graph.neighbors_directed(node, Direction::Incoming));
        }
    }
    reaching
}
