//! `transient-exchange`: an exchange that a restart takes away.

use crate::lint::exchange_object;
use crate::lint::{Context, Findings, Rule, Severity};
use crate::topology::Origin;
pub(super) const RULE: Rule = Rule {
    id: "transient-exchange",
    severity: Severity::Note,
    summary: "an exchange that a restart takes away",
    why: "Its bindings go with it, those to durable queues too; publishers get 404.",
    fix: "Declare it durable.",
    link: "https://www.rabbitmq.com/docs/exchanges",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for id in topology.exchange_ids() {
        let exchange = topology.exchange(id);
        if exchange.origin == Origin::Defined && !exchange.durable {
            findings.add(
                exchange.vhost,
                exchange_object(topology, id),
                "transient: it and its bindings are lost with the node",
            );
        }
    }
}
