//! The rules, and what several of them need.

mod broad_permission;
mod broken_permission_pattern;
mod broken_policy_pattern;
mod dangling_reference;
mod dead_end_exchange;
mod dead_letter_cycle;
mod duplicate_object;
mod empty_topic_key;
mod guest_access;
mod idle_policy;
mod inapplicable_policy;
mod missing_alternate_exchange;
mod missing_dead_letter_exchange;
mod no_delivery_limit;
mod password_in_uri;
mod removed_feature;
mod shadowed_policy;
mod transient_exchange;
mod transient_queue;
mod unbounded_queue;
mod unknown_type;
mod unreachable_queue;
mod upgrade_note;
mod weak_password_hash;

use super::Rule;
use crate::topology::pattern::Pattern;
use crate::topology::policy::{applies_to_exchange, applies_to_queue, unsupported_key};
use crate::topology::{Node, Origin, Policy, PolicyId, Topology};

/// All rules, by id.
pub const RULES: &[Rule] = &[
    broad_permission::RULE,
    broken_permission_pattern::RULE,
    broken_policy_pattern::RULE,
    dangling_reference::RULE,
    dead_end_exchange::RULE,
    dead_letter_cycle::RULE,
    duplicate_object::RULE,
    empty_topic_key::RULE,
    guest_access::RULE,
    idle_policy::RULE,
    inapplicable_policy::RULE,
    missing_alternate_exchange::RULE,
    missing_dead_letter_exchange::RULE,
    no_delivery_limit::RULE,
    password_in_uri::RULE,
    removed_feature::RULE,
    shadowed_policy::RULE,
    transient_exchange::RULE,
    transient_queue::RULE,
    unbounded_queue::RULE,
    unknown_type::RULE,
    unreachable_queue::RULE,
    upgrade_note::RULE,
    weak_password_hash::RULE,
];

const POLICY: &str = "policy";
const OPERATOR_POLICY: &str = "operator policy";

/// Policies and operator policies, with the word for each and its id.
fn all_policies(topology: &Topology) -> impl Iterator<Item = (&'static str, &Policy, PolicyId)> {
    let numbered = |kind: &'static str, list: &'_ [Policy]| -> Vec<(&'static str, PolicyId)> {
        (0..list.len() as u32)
            .map(|at| (kind, PolicyId(at)))
            .collect()
    };
    let own = numbered(POLICY, &topology.policies);
    let operators = numbered(OPERATOR_POLICY, &topology.operator_policies);
    own.into_iter().chain(operators).map(|(kind, id)| {
        let policy = match kind {
            POLICY => topology.policy(id),
            _ => topology.operator_policy(id),
        };
        (kind, policy, id)
    })
}

/// The objects whose kind and name a policy matches, and for each the key
/// that keeps it from applying, if one does; nothing for a broken pattern.
fn matching<'t>(
    topology: &'t Topology,
    policy: &'t Policy,
) -> Option<Vec<(Node, Option<&'t str>)>> {
    let pattern = Pattern::new(&policy.pattern).ok()?;
    let rules = topology.rules();
    let exchanges = topology.exchanges_in(policy.vhost).filter(|id| {
        let exchange = topology.exchange(*id);
        exchange.origin != Origin::Missing
            && applies_to_exchange(policy)
            && pattern.is_match(&exchange.name)
    });
    let queues = topology.queues_in(policy.vhost).filter(|id| {
        let queue = topology.queue(*id);
        queue.origin != Origin::Missing
            && applies_to_queue(policy, &queue.kind, rules)
            && pattern.is_match(&queue.name)
    });
    let exchanges = exchanges.map(|id| (Node::Exchange(id), None));
    let queues = queues.map(|id| {
        let key = unsupported_key(policy, &topology.queue(id).kind, rules);
        (Node::Queue(id), key)
    });
    Some(exchanges.chain(queues).collect())
}

/// The policy (or operator policy) that an object has.
fn winner(topology: &Topology, node: Node, kind: &str) -> Option<PolicyId> {
    let (own, operators) = match node {
        Node::Exchange(id) => (
            topology.exchange(id).policy,
            topology.exchange(id).operator_policy,
        ),
        Node::Queue(id) => (
            topology.queue(id).policy,
            topology.queue(id).operator_policy,
        ),
        Node::Remote(_) => (None, None),
    };
    if kind == POLICY { own } else { operators }
}

fn policy_name<'t>(topology: &'t Topology, kind: &str, id: PolicyId) -> &'t str {
    match kind {
        POLICY => &topology.policy(id).name,
        _ => &topology.operator_policy(id).name,
    }
}
