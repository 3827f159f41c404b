//! `dangling-reference`: a binding from or to something that is not defined.

use crate::lint::{Context, Findings, Rule, Severity};
use crate::lint::{exchange_object, queue_object};
use crate::topology::{Destination, Origin};
pub(super) const RULE: Rule = Rule {
    id: "dangling-reference",
    severity: Severity::Warning,
    summary: "a binding from or to something that is not defined",
    why: "The other end is gone, or was left out of the export: the CLI leaves out internal exchanges, and exclusive queues are in no export. An import ignores or refuses such a binding.",
    fix: "Define the missing end, or delete the binding.",
    link: "https://www.rabbitmq.com/docs/definitions",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for binding in &topology.bindings {
        let source = topology.exchange(binding.source);
        let (destination, missing) = match binding.destination {
            Destination::Queue(id) => (
                queue_object(topology, id),
                topology.queue(id).origin == Origin::Missing,
            ),
            Destination::Exchange(id) => (
                exchange_object(topology, id),
                topology.exchange(id).origin == Origin::Missing,
            ),
        };
        let from = exchange_object(topology, binding.source);
        if source.origin == Origin::Missing {
            let message = format!("source of a binding to {destination}, but not defined");
            findings.add(source.vhost, from.clone(), message);
        }
        if missing {
            let message = format!("bound to {from}, but not defined");
            findings.add(source.vhost, destination, message);
        }
    }
    for vhost in topology.vhosts.iter().filter(|vhost| !vhost.listed) {
        let object = format!("virtual host {}", vhost.name);
        findings.add_global(object, "objects lie in it, but it is not defined");
    }
    // An export of one virtual host has no users at all.
    if topology.users.iter().all(|user| !user.listed) {
        return;
    }
    for permission in &topology.permissions {
        let user = topology.find_user(&permission.user);
        if !user.is_some_and(|user| user.listed) {
            let object = format!("user {}", permission.user);
            findings.add(
                permission.vhost,
                object,
                "has permissions, but is not defined",
            );
        }
    }
}
