//! `empty-topic-key`: a binding with an empty key on a topic exchange.

use crate::lint::{Context, Findings, Rule, Severity};
use crate::lint::{exchange_object, queue_object};
use crate::topology::{Destination, ExchangeType};
pub(super) const RULE: Rule = Rule {
    id: "empty-topic-key",
    severity: Severity::Warning,
    summary: "a binding with an empty key on a topic exchange",
    why: "It matches only messages with an empty key; `#` was meant, more often than not.",
    fix: "Bind with `#` to get everything.",
    link: "https://www.rabbitmq.com/docs/tutorials/tutorial-five-python",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for binding in &topology.bindings {
        let source = topology.exchange(binding.source);
        if source.kind == ExchangeType::Topic && binding.key.is_empty() {
            let to = match binding.destination {
                Destination::Queue(id) => queue_object(topology, id),
                Destination::Exchange(id) => exchange_object(topology, id),
            };
            let message = format!("its binding to {to} has an empty key, which is no wildcard");
            findings.add(
                source.vhost,
                exchange_object(topology, binding.source),
                message,
            );
        }
    }
}
