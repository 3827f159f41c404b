//! `dead-letter-cycle`: dead letters that can come back to where they were.

use crate::lint::{Context, Findings, Rule, Severity};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use petgraph::graph::NodeIndex;

use crate::lint::{exchange_object, queue_object};
use crate::topology::{Node, Topology};
pub(super) const RULE: Rule = Rule {
    id: "dead-letter-cycle",
    severity: Severity::Warning,
    summary: "dead letters that can come back to where they were",
    why: "A message that is rejected each time goes round for ever and burns the broker; a cycle of expiring messages alone is cut by the broker. Retry cycles with a delay are meant so: waive them.",
    fix: "Count the deaths in the consumer (header x-death) and give up, or break the cycle.",
    link: "https://www.rabbitmq.com/docs/dlx",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    let graph = &topology.graph;
    for component in petgraph::algo::kosaraju_scc(graph) {
        let start = component
            .iter()
            .filter(|node| matches!(graph[**node], Node::Queue(_)))
            .min();
        let Some(start) = start else { continue };
        let looped = component.len() > 1 || graph.find_edge(*start, *start).is_some();
        if !looped {
            continue;
        }
        let path = cycle(topology, *start, &component);
        let names: Vec<String> = path
            .iter()
            .map(|node| match topology.graph[*node] {
                Node::Queue(id) => queue_object(topology, id),
                Node::Exchange(id) => exchange_object(topology, id),
                Node::Remote(_) => topology.name_of(topology.graph[*node]).to_owned(),
            })
            .collect();
        if let Node::Queue(id) = graph[*start] {
            let message = format!("cycle: {}", names.join(" -> "));
            findings.add(
                topology.queue(id).vhost,
                queue_object(topology, id),
                message,
            );
        }
    }
}

/// The shortest way within a component from a node back to it.
fn cycle(topology: &Topology, start: NodeIndex, component: &[NodeIndex]) -> Vec<NodeIndex> {
    let graph = &topology.graph;
    let inside: HashSet<NodeIndex> = component.iter().copied().collect();
    let mut came_from: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(node) = waiting.pop_front() {
        let mut next: Vec<_> = graph
            .neighbors(node)
            .filter(|it| inside.contains(it))
            .collect();
        next.sort_unstable();
        for other in next {
            if other == start {
                let mut path = vec![start, node];
                let mut at = node;
                while let Some(before) = came_from.get(&at) {
                    path.push(*before);
                    at = *before;
                }
                if node == start {
                    path.truncate(2);
                }
                path.reverse();
                return path;
            }
            if let Entry::Vacant(entry) = came_from.entry(other) {
                entry.insert(node);
                waiting.push_back(other);
            }
        }
    }
    vec![start]
}
