//! Tables of what a virtual host consists of.

use super::markdown::{self, name, plain};
use crate::definitions;
use crate::topology::{
    Binding, Destination, ExchangeType, Origin, PolicyId, RemoteEnd, Topology, VhostId,
};

pub(super) fn exchanges(out: &mut String, topology: &Topology, vhost: VhostId) {
    let mut table = markdown::Table::new(&[
        "exchange",
        "type",
        "properties",
        "alternate exchange",
        "policy",
        "arguments",
    ]);
    for id in topology.exchanges_in(vhost) {
        let exchange = topology.exchange(id);
        // What every virtual host has needs no words unless it is used.
        let used = exchange.origin != Origin::Implicit || exchange.policy.is_some();
        if !used {
            continue;
        }
        let flags = [
            (exchange.auto_delete, "auto-delete"),
            (exchange.internal, "internal"),
            (exchange.delayed, "delayed"),
        ];
        let alternate = exchange
            .alternate
            .as_ref()
            .map(|alternate| name(&topology.exchange(alternate.exchange).name));
        table.row([
            name(&exchange.name),
            plain(exchange.kind.name()),
            properties(exchange.origin, exchange.durable, &flags),
            alternate.unwrap_or_default(),
            policies_of(topology, exchange.policy, exchange.operator_policy),
            arguments(&exchange.arguments),
        ]);
    }
    table.write(out, "Exchanges");
}

pub(super) fn queues(out: &mut String, topology: &Topology, vhost: VhostId) {
    let mut table = markdown::Table::new(&[
        "queue",
        "type",
        "properties",
        "dead letters to",
        "policy",
        "arguments",
    ]);
    for id in topology.queues_in(vhost) {
        let queue = topology.queue(id);
        let flags = [
            (queue.auto_delete, "auto-delete"),
            (queue.exclusive, "exclusive"),
        ];
        let dead_letter = queue.dead_letter.as_ref().map(|dead_letter| {
            let exchange = name(&topology.exchange(dead_letter.exchange).name);
            match &dead_letter.key {
                Some((key, _)) => format!("{exchange} as {}", name(key)),
                None => exchange,
            }
        });
        table.row([
            name(&queue.name),
            plain(queue.kind.name()),
            properties(queue.origin, queue.durable, &flags),
            dead_letter.unwrap_or_default(),
            policies_of(topology, queue.policy, queue.operator_policy),
            arguments(&queue.arguments),
        ]);
    }
    table.write(out, "Queues");
}

/// What an object is besides its type. What is not defined may be durable or
/// not: nothing tells.
fn properties(origin: Origin, durable: bool, flags: &[(bool, &str)]) -> String {
    let origin = [
        (origin == Origin::Missing, "**not defined**"),
        (!durable && origin == Origin::Defined, "transient"),
    ];
    let words: Vec<&str> = (origin.iter().chain(flags))
        .filter(|(holds, _)| *holds)
        .map(|(_, word)| *word)
        .collect();
    words.join(", ")
}

pub(super) fn bindings(out: &mut String, topology: &Topology, vhost: VhostId) {
    let mut table = markdown::Table::new(&["from", "to", "key or headers"]);
    for binding in topology.bindings_in(vhost) {
        let source = topology.exchange(binding.source);
        table.row([
            name(&source.name),
            destination(topology, binding.destination),
            asked(binding, &source.kind),
        ]);
    }
    table.write(out, "Bindings");
}

/// What a binding asks of a message.
fn asked(binding: &Binding, source: &ExchangeType) -> String {
    let arguments = arguments(&binding.arguments);
    match source {
        ExchangeType::Headers => arguments,
        ExchangeType::Fanout if binding.key.is_empty() => arguments,
        _ if arguments.is_empty() => name(&binding.key),
        _ => format!("{} with {arguments}", name(&binding.key)),
    }
}

pub(super) fn policies(out: &mut String, topology: &Topology, vhost: VhostId) {
    for (heading, policies, operator) in [
        ("Policies", &topology.policies, false),
        ("Operator policies", &topology.operator_policies, true),
    ] {
        let mut table = markdown::Table::new(&[
            "policy",
            "pattern",
            "applies to",
            "priority",
            "definition",
            "in effect on",
        ]);
        for (index, policy) in policies.iter().enumerate() {
            if policy.vhost != vhost {
                continue;
            }
            let id = Some(PolicyId(index as u32));
            let exchanges = (topology.exchanges_in(vhost))
                .map(|id| topology.exchange(id))
                .filter(|it| {
                    id == if operator {
                        it.operator_policy
                    } else {
                        it.policy
                    }
                })
                .map(|it| format!("exchange {}", name(&it.name)));
            let queues = (topology.queues_in(vhost))
                .map(|id| topology.queue(id))
                .filter(|it| {
                    id == if operator {
                        it.operator_policy
                    } else {
                        it.policy
                    }
                })
                .map(|it| name(&it.name));
            let effect: Vec<String> = exchanges.chain(queues).collect();
            table.row([
                name(&policy.name),
                name(&policy.pattern),
                plain(&policy.apply_to),
                policy.priority.to_string(),
                arguments(&policy.definition),
                if effect.is_empty() {
                    "**nothing**".to_owned()
                } else {
                    effect.join(", ")
                },
            ]);
        }
        table.write(out, heading);
    }
}

/// Shovels and federation upstreams.
pub(super) fn links(out: &mut String, topology: &Topology, vhost: VhostId) {
    let mut table = markdown::Table::new(&["shovel", "from", "to"]);
    for shovel in topology
        .shovels
        .iter()
        .filter(|shovel| shovel.vhost == vhost)
    {
        table.row([
            name(&shovel.name),
            end(topology, shovel.source.as_ref()),
            end(topology, shovel.destination.as_ref()),
        ]);
    }
    table.write(out, "Shovels");
    let mut table = markdown::Table::new(&["upstream", "broker"]);
    for upstream in topology
        .upstreams
        .iter()
        .filter(|upstream| upstream.vhost == vhost)
    {
        let broker = upstream
            .remote
            .map(|id| name(&topology.remotes[id.get()].name));
        table.row([name(&upstream.name), broker.unwrap_or_default()]);
    }
    table.write(out, "Federation upstreams");
}

fn end(topology: &Topology, end: Option<&RemoteEnd>) -> String {
    match end {
        None => String::new(),
        Some(RemoteEnd::Local(at)) => destination(topology, *at),
        Some(RemoteEnd::Remote(broker, what)) => {
            let broker = name(&topology.remotes[broker.get()].name);
            if what.is_empty() {
                broker
            } else {
                format!("{} on {broker}", name(what))
            }
        }
    }
}

fn destination(topology: &Topology, destination: Destination) -> String {
    match destination {
        Destination::Exchange(id) => format!("exchange {}", name(&topology.exchange(id).name)),
        Destination::Queue(id) => name(&topology.queue(id).name),
    }
}

fn policies_of(
    topology: &Topology,
    policy: Option<PolicyId>,
    operator: Option<PolicyId>,
) -> String {
    let names: Vec<String> = policy
        .map(|id| name(&topology.policy(id).name))
        .into_iter()
        .chain(operator.map(|id| format!("operator {}", name(&topology.operator_policy(id).name))))
        .collect();
    names.join(", ")
}

fn arguments(table: &definitions::Table) -> String {
    let all: Vec<String> = table
        .iter()
        .map(|(key, value)| name(&format!("{key}={value}")))
        .collect();
    all.join(", ")
}
