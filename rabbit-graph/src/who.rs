//! Who may publish, consume and configure what: the broker's permissions.
//!
//! A permission is three patterns on names, unanchored; the empty one allows
//! nothing, one that does not compile denies all. The default exchange goes
//! by the name `amq.default`. Topic permissions narrow publishing further, by
//! routing key.

use crate::topology::pattern::Pattern;
use crate::topology::{
    Exchange, ExchangeId, ExchangeType, Origin, Permission, QueueId, TopicPermission, Topology,
    VhostId,
};

/// What a user may do in one virtual host.
#[derive(Debug, Clone)]
pub struct Access<'t> {
    /// The permission that says so.
    pub permission: &'t Permission,
    /// Exchanges it may publish to.
    pub publish: Vec<ExchangeId>,
    /// Queues it may consume from.
    pub consume: Vec<QueueId>,
    /// Exchanges it may declare and delete.
    pub configure_exchanges: Vec<ExchangeId>,
    /// Queues it may declare and delete.
    pub configure_queues: Vec<QueueId>,
    /// How publishing to topic exchanges is narrowed.
    pub topics: Vec<&'t TopicPermission>,
}

/// The three patterns of a permission, ready to be tried.
#[derive(Debug)]
pub struct Rights {
    configure: Option<Pattern>,
    write: Option<Pattern>,
    read: Option<Pattern>,
}

impl Rights {
    /// Compiles a permission.
    pub fn of(permission: &Permission) -> Self {
        let compiled = |pattern: &str| {
            let pattern = if pattern.is_empty() { "^$" } else { pattern };
            Pattern::new(pattern).ok()
        };
        Rights {
            configure: compiled(&permission.configure),
            write: compiled(&permission.write),
            read: compiled(&permission.read),
        }
    }

    /// Configure, write, read on an object of this name.
    pub fn on(&self, name: &str) -> [bool; 3] {
        [&self.configure, &self.write, &self.read]
            .map(|right| right.as_ref().is_some_and(|pattern| pattern.is_match(name)))
    }
}

/// The name under which permissions know an exchange.
pub fn permission_name(topology: &Topology, id: ExchangeId) -> &str {
    match &*topology.exchange(id).name {
        "" => "amq.default",
        name => name,
    }
}

/// What each permission (of a user, if one is named) allows.
pub fn access<'t>(topology: &'t Topology, user: Option<&str>) -> Vec<Access<'t>> {
    (topology.permissions.iter())
        .filter(|permission| user.is_none_or(|user| &*permission.user == user))
        .map(|permission| one(topology, permission))
        .collect()
}

fn one<'t>(topology: &'t Topology, permission: &'t Permission) -> Access<'t> {
    let rights = Rights::of(permission);
    let mut access = Access {
        permission,
        publish: Vec::new(),
        consume: Vec::new(),
        configure_exchanges: Vec::new(),
        configure_queues: Vec::new(),
        topics: (topology.topic_permissions.iter())
            .filter(|topic| topic.user == permission.user && topic.vhost == permission.vhost)
            .collect(),
    };
    let vhost = permission.vhost;
    for id in topology.exchanges_in(vhost) {
        let exchange = topology.exchange(id);
        if exchange.origin == Origin::Missing {
            continue;
        }
        let [configure, write, _] = rights.on(permission_name(topology, id));
        if write && !exchange.internal {
            access.publish.push(id);
        }
        if configure && exchange.origin == Origin::Defined {
            access.configure_exchanges.push(id);
        }
    }
    for id in topology.queues_in(vhost) {
        let queue = topology.queue(id);
        if queue.origin == Origin::Missing {
            continue;
        }
        let [configure, _, read] = rights.on(&queue.name);
        if read {
            access.consume.push(id);
        }
        if configure {
            access.configure_queues.push(id);
        }
    }
    access
}

/// The pattern of the routing keys that a user may publish with to a topic
/// exchange, if a topic permission narrows them.
pub fn topic_keys<'t>(
    topology: &'t Topology,
    permission: &Permission,
    exchange: &Exchange,
) -> Option<&'t str> {
    if exchange.kind != ExchangeType::Topic {
        return None;
    }
    let topic = topology.topic_permissions.iter().find(|topic| {
        topic.user == permission.user
            && topic.vhost == permission.vhost
            && topic.exchange == exchange.name
    });
    topic.map(|topic| &*topic.write)
}

/// A user's rights on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right<'t> {
    /// The user.
    pub user: &'t str,
    /// Declare and delete.
    pub configure: bool,
    /// Publish to it (exchange), bind it (queue).
    pub write: bool,
    /// Bind to it (exchange), consume from it (queue).
    pub read: bool,
    /// The pattern of the routing keys it may publish with, if narrowed.
    pub keys: Option<&'t str>,
}

/// Who may do what with an object; those who may do nothing are left out.
pub fn rights_on<'t>(
    topology: &'t Topology,
    vhost: VhostId,
    name: &str,
    exchange: Option<ExchangeId>,
) -> Vec<Right<'t>> {
    (topology.permissions.iter())
        .filter(|permission| permission.vhost == vhost)
        .filter_map(|permission| {
            let [configure, mut write, read] = Rights::of(permission).on(name);
            let mut keys = None;
            if let Some(id) = exchange {
                let exchange = topology.exchange(id);
                write &= !exchange.internal;
                keys = topic_keys(topology, permission, exchange);
            }
            (configure || write || read).then_some(Right {
                user: &permission.user,
                configure,
                write,
                read,
                keys,
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "who/tests.rs"]
mod tests;
