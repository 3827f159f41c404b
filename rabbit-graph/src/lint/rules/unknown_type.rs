//! `unknown-type`: an exchange or queue of a type this tool does not know.

use crate::lint::{Context, Findings, Rule, Severity};
use crate::lint::{exchange_object, queue_object};
use crate::topology::{ExchangeType, Origin, QueueType};
pub(super) const RULE: Rule = Rule {
    id: "unknown-type",
    severity: Severity::Note,
    summary: "an exchange or queue of a type this tool does not know",
    why: "It takes a plugin; an import into a broker without it fails, and routes through it cannot be told.",
    fix: "Enable the plugin on every broker that is to import this.",
    link: "https://www.rabbitmq.com/docs/exchanges",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for id in topology.exchange_ids() {
        let exchange = topology.exchange(id);
        if let (ExchangeType::Other(name), Origin::Defined) = (&exchange.kind, exchange.origin) {
            findings.add(
                exchange.vhost,
                exchange_object(topology, id),
                format!("type `{name}`"),
            );
        }
    }
    for id in topology.queue_ids() {
        if let QueueType::Other(name) = &topology.queue(id).kind {
            findings.add(
                topology.queue(id).vhost,
                queue_object(topology, id),
                format!("type `{name}`"),
            );
        }
    }
}
