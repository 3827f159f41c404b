//! `missing-alternate-exchange`: an alternate exchange that does not exist.

use crate::lint::exchange_object;
use crate::lint::{Context, Findings, Rule, Severity};
use crate::topology::Origin;
pub(super) const RULE: Rule = Rule {
    id: "missing-alternate-exchange",
    severity: Severity::Error,
    summary: "an alternate exchange that does not exist",
    why: "Messages that match no binding are lost although somebody meant to keep them.",
    fix: "Declare the exchange, or correct the argument or policy that names it.",
    link: "https://www.rabbitmq.com/docs/ae",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for id in topology.exchange_ids() {
        let exchange = topology.exchange(id);
        let Some(alternate) = &exchange.alternate else {
            continue;
        };
        let target = topology.exchange(alternate.exchange);
        if target.origin == Origin::Missing {
            let message = format!("its alternate exchange {} does not exist", target.name);
            findings.add(exchange.vhost, exchange_object(topology, id), message);
        }
    }
}
