//! What differs between two topologies: objects, and the effects of objects
//! on others, such as a dead-letter way that a changed policy moves.

pub mod marks;

use std::collections::{BTreeMap, BTreeSet};

use crate::filter::Selection;
use crate::picture::{EdgeKind, Picture, Show, build};
use crate::topology::{Destination, Origin, Policy, Topology, policy};

pub use crate::picture::Mark;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// `object`, or `effect`.
    pub effect: bool,
    /// The virtual host, where it lies in one.
    pub vhost: String,
    /// `queue orders.new`, `dead letters of queue orders.new`.
    pub object: String,
    /// What became of it.
    pub mark: Mark,
    /// What changed: property, before, after.
    pub changes: Vec<Change>,
}

/// One property.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Its name.
    pub property: String,
    /// Before, if it was there.
    pub before: Option<String>,
    /// After, if it is there.
    pub after: Option<String>,
}

/// Where an object lies, and what it is called.
type Key = (bool, String, String);
type Properties = BTreeMap<String, String>;

/// All differences: objects first, then effects, each by virtual host and
/// name.
pub fn between(old: &Topology, new: &Topology) -> Vec<Difference> {
    let (before, after) = (facts(old), facts(new));
    let keys: BTreeSet<&Key> = before.keys().chain(after.keys()).collect();
    (keys.into_iter())
        .filter_map(|key| {
            let (mark, changes) = match (before.get(key), after.get(key)) {
                (Some(before), Some(after)) => (Mark::Changed, changes(before, after)),
                (None, Some(after)) => (Mark::Added, changes(&Properties::new(), after)),
                (Some(before), None) => (Mark::Removed, changes(before, &Properties::new())),
                (None, None) => return None,
            };
            (mark != Mark::Changed || !changes.is_empty()).then(|| Difference {
                effect: key.0,
                vhost: key.1.clone(),
                object: key.2.clone(),
                mark,
                changes,
            })
        })
        .collect()
}

fn changes(before: &Properties, after: &Properties) -> Vec<Change> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    (names.into_iter())
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| Change {
            property: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        })
        .collect()
}

fn facts(topology: &Topology) -> BTreeMap<Key, Properties> {
    let mut facts: BTreeMap<Key, Properties> = BTreeMap::new();
    objects(topology, &mut facts);
    others(topology, &mut facts);
    effects(topology, &mut facts);
    facts
}

fn properties(entries: &[(&str, String)]) -> Properties {
    (entries.iter())
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

fn objects(topology: &Topology, facts: &mut BTreeMap<Key, Properties>) {
    let mut add = |vhost: &str, object: String, found: Properties| {
        facts.insert((false, vhost.to_owned(), object), found);
    };
    for vhost in topology.vhosts.iter().filter(|vhost| vhost.listed) {
        let mut found = properties(&[
            (
                "description",
                vhost.description.as_deref().unwrap_or_default().to_owned(),
            ),
            (
                "default queue type",
                vhost
                    .default_queue_type
                    .as_deref()
                    .unwrap_or_default()
                    .to_owned(),
            ),
        ]);
        found.extend(
            vhost
                .limits
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_string())),
        );
        add("", format!("virtual host {}", vhost.name), found);
    }
    for exchange in topology
        .exchanges
        .iter()
        .filter(|it| it.origin == Origin::Defined)
    {
        let mut found = properties(&[
            ("type", exchange.kind.name().to_owned()),
            ("delayed", exchange.delayed.to_string()),
            ("durable", exchange.durable.to_string()),
            ("auto-delete", exchange.auto_delete.to_string()),
            ("internal", exchange.internal.to_string()),
        ]);
        let arguments = exchange.arguments.iter();
        found.extend(arguments.map(|(name, value)| (name.to_owned(), value.to_string())));
        add(
            &topology.vhost(exchange.vhost).name,
            format!("exchange {}", exchange.name),
            found,
        );
    }
    for queue in topology
        .queues
        .iter()
        .filter(|it| it.origin == Origin::Defined)
    {
        let mut found = properties(&[
            ("type", queue.kind.name().to_owned()),
            ("durable", queue.durable.to_string()),
            ("auto-delete", queue.auto_delete.to_string()),
            ("exclusive", queue.exclusive.to_string()),
        ]);
        let arguments = queue.arguments.iter();
        found.extend(arguments.map(|(name, value)| (name.to_owned(), value.to_string())));
        add(
            &topology.vhost(queue.vhost).name,
            format!("queue {}", queue.name),
            found,
        );
    }
    for binding in &topology.bindings {
        let source = topology.exchange(binding.source);
        let to = match binding.destination {
            Destination::Exchange(id) => format!("exchange {}", topology.exchange(id).name),
            Destination::Queue(id) => format!("queue {}", topology.queue(id).name),
        };
        let mut object = format!("binding {} -> {to} `{}`", source.name, binding.key);
        if !binding.arguments.is_empty() {
            let arguments = crate::definitions::Value::Table(binding.arguments.clone());
            object.push_str(&format!(" {arguments}"));
        }
        add(
            &topology.vhost(source.vhost).name,
            object,
            Properties::new(),
        );
    }
    for (kind, list) in [
        ("policy", &topology.policies),
        ("operator policy", &topology.operator_policies),
    ] {
        for policy in list {
            let object = format!("{kind} {}", policy.name);
            add(
                &topology.vhost(policy.vhost).name,
                object,
                policy_properties(policy),
            );
        }
    }
}

fn policy_properties(policy: &Policy) -> Properties {
    let mut found = properties(&[
        ("pattern", policy.pattern.to_string()),
        ("apply-to", policy.apply_to.to_string()),
        ("priority", policy.priority.to_string()),
    ]);
    let definition = policy.definition.iter();
    found.extend(definition.map(|(name, value)| (format!("sets {name}"), value.to_string())));
    found
}

fn others(topology: &Topology, facts: &mut BTreeMap<Key, Properties>) {
    let mut add = |vhost: &str, object: String, found: Properties| {
        facts.insert((false, vhost.to_owned(), object), found);
    };
    for user in topology.users.iter().filter(|user| user.listed) {
        let found = properties(&[("tags", user.tags.join(", "))]);
        add("", format!("user {}", user.name), found);
    }
    for it in &topology.permissions {
        let found = properties(&[
            ("configure", it.configure.to_string()),
            ("write", it.write.to_string()),
            ("read", it.read.to_string()),
        ]);
        add(
            &topology.vhost(it.vhost).name,
            format!("permission of {}", it.user),
            found,
        );
    }
    for it in &topology.topic_permissions {
        let found = properties(&[
            ("write", it.write.to_string()),
            ("read", it.read.to_string()),
        ]);
        let object = format!("topic permission of {} on {}", it.user, it.exchange);
        add(&topology.vhost(it.vhost).name, object, found);
    }
    let table = |table: &crate::definitions::Table| -> Properties {
        table
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_string()))
            .collect()
    };
    for it in &topology.shovels {
        add(
            &topology.vhost(it.vhost).name,
            format!("shovel {}", it.name),
            table(&it.definition),
        );
    }
    for it in &topology.upstreams {
        let object = format!("federation upstream {}", it.name);
        add(
            &topology.vhost(it.vhost).name,
            object,
            table(&it.definition),
        );
    }
    for (vhost, name, members) in &topology.upstream_sets {
        let found = properties(&[("upstreams", members.join(", "))]);
        add(
            &topology.vhost(*vhost).name,
            format!("federation upstream set {name}"),
            found,
        );
    }
    for (vhost, component, name, value) in &topology.parameters {
        let found = properties(&[("value", value.to_string())]);
        add(
            &topology.vhost(*vhost).name,
            format!("{component} {name}"),
            found,
        );
    }
    for (name, value) in &topology.global_parameters {
        let found = properties(&[("value", value.to_string())]);
        add("", format!("global parameter {name}"), found);
    }
}

/// What policies and settings bring about.
fn effects(topology: &Topology, facts: &mut BTreeMap<Key, Properties>) {
    let mut add = |vhost: &str, object: String, found: Properties| {
        facts.insert((true, vhost.to_owned(), object), found);
    };
    let effective = |own: Option<_>, operator: Option<_>| -> Properties {
        let own = own.map(|id| topology.policy(id));
        let operator = operator.map(|id| topology.operator_policy(id));
        let definition = policy::effective_definition(own, operator).into_iter();
        let mut found: Properties = definition
            .map(|(key, value, _)| (key.to_owned(), value.to_string()))
            .collect();
        found.extend(own.map(|policy| ("policy".to_owned(), policy.name.to_string())));
        found.extend(operator.map(|it| ("operator policy".to_owned(), it.name.to_string())));
        found
    };
    for queue in &topology.queues {
        let found = effective(queue.policy, queue.operator_policy);
        if !found.is_empty() {
            let object = format!("policies on queue {}", queue.name);
            add(&topology.vhost(queue.vhost).name, object, found);
        }
    }
    for exchange in &topology.exchanges {
        let found = effective(exchange.policy, exchange.operator_policy);
        if !found.is_empty() {
            let object = format!("policies on exchange {}", exchange.name);
            add(&topology.vhost(exchange.vhost).name, object, found);
        }
    }
    let picture = build(topology, &Selection::all(topology), Show::default());
    for edge in &picture.edges {
        let word = match edge.kind {
            EdgeKind::DeadLetter => "dead letters",
            EdgeKind::Alternate => "unrouted messages",
            EdgeKind::Shovel => "shovel",
            EdgeKind::Federation => "federation",
            _ => continue,
        };
        let [source, target] = [edge.source, edge.target].map(|at| {
            let node = &picture.nodes[at.get()];
            (node, format!("{} {}", node.kind.id(), node.label()))
        });
        let vhost = [source.0, target.0]
            .into_iter()
            .find_map(|node| node.cluster);
        let vhost = vhost.map_or("", |at| &picture.clusters[at.get()].name);
        let keys: Vec<String> = edge.label_lines();
        let object = format!("{word}: {} -> {}", source.1, target.1);
        add(vhost, object, properties(&[("key", keys.join(", "))]));
    }
}

/// Both topologies in one picture, what differs marked.
pub fn picture(old: &Topology, new: &Topology) -> Picture {
    let draw = |topology: &Topology| build(topology, &Selection::all(topology), Show::default());
    marks::merged(&draw(old), &draw(new))
}

#[cfg(test)]
#[path = "diff/tests.rs"]
mod tests;
