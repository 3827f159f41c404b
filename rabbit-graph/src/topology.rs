//! The resolved topology: every object the definitions name, with the
//! broker's rules applied, and the ways between them as a graph.
//!
//! Invariants:
//! * ids are positions in sorted lists (virtual host by name, then name
//!   within it), so that nothing depends on the order of the file;
//! * every name that the file mentions has an object: what is named but not
//!   defined is there with [`Origin::Missing`], and the exchanges that each
//!   virtual host has anyway with [`Origin::Implicit`];
//! * the node of an exchange has its id as index, queues follow, remote ends
//!   come last: see [`Topology::node_of`];
//! * of conflicting duplicates the smaller one, in the order of their
//!   properties, stands for both; [`Topology::duplicates`] lists them.

mod build;
pub mod pattern;
pub mod policy;
mod remote;
mod version;

use std::rc::Rc;

use petgraph::graph::{DiGraph, NodeIndex};

pub use remote::{Remote, RemoteEnd, Shovel, Upstream};
pub use version::Version;

use crate::definitions::{Table, Value};

/// The graph of a topology.
pub type Graph = DiGraph<Node, Link, u32>;

/// Everything that the definitions say and imply.
#[derive(Debug, Clone, Default)]
pub struct Topology {
    /// The broker that exported, if the file tells.
    pub version: Option<Version>,
    /// The cluster's name, if the file tells.
    pub cluster_name: Option<Box<str>>,
    /// By name.
    pub vhosts: Vec<Vhost>,
    /// By virtual host and name.
    pub exchanges: Vec<Exchange>,
    /// By virtual host and name.
    pub queues: Vec<Queue>,
    /// By source, destination (exchanges first), key and arguments.
    pub bindings: Vec<Binding>,
    /// By virtual host and name.
    pub policies: Vec<Policy>,
    /// By virtual host and name.
    pub operator_policies: Vec<Policy>,
    /// By name.
    pub users: Vec<User>,
    /// By user and virtual host.
    pub permissions: Vec<Permission>,
    /// By user, virtual host and exchange.
    pub topic_permissions: Vec<TopicPermission>,
    /// By virtual host and name.
    pub shovels: Vec<Shovel>,
    /// Federation upstreams, by virtual host and name.
    pub upstreams: Vec<Upstream>,
    /// Federation upstream sets: virtual host, name, names of upstreams.
    pub upstream_sets: Vec<(VhostId, Box<str>, Vec<Box<str>>)>,
    /// Every other parameter: virtual host, component, name, value.
    pub parameters: Vec<(VhostId, Box<str>, Box<str>, Value)>,
    /// Parameters of the cluster, by name.
    pub global_parameters: Vec<(Box<str>, Value)>,
    /// The far ends of shovels and federation links, by name.
    pub remotes: Vec<Remote>,
    /// Objects that the file has more than once.
    pub duplicates: Vec<Duplicate>,
    /// Names of sections of the file that were not understood.
    pub unknown_sections: Vec<Box<str>>,
    /// The ways between the objects.
    pub graph: Graph,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in its list.
            pub fn get(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// The position in [`Topology::vhosts`].
    VhostId
);
id!(
    /// The position in [`Topology::exchanges`].
    ExchangeId
);
id!(
    /// The position in [`Topology::queues`].
    QueueId
);
id!(
    /// The position in [`Topology::bindings`].
    BindingId
);
id!(
    /// The position in [`Topology::policies`] or
    /// [`Topology::operator_policies`].
    PolicyId
);
id!(
    /// The position in [`Topology::shovels`].
    ShovelId
);
id!(
    /// The position in [`Topology::upstreams`].
    UpstreamId
);
id!(
    /// The position in [`Topology::remotes`].
    RemoteId
);

/// Where an object comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// The definitions define it.
    #[default]
    Defined,
    /// Every virtual host has it: the default exchange and `amq.*`.
    Implicit,
    /// Something refers to it, nothing defines it.
    Missing,
}

/// A virtual host.
#[derive(Debug, Clone, Default)]
pub struct Vhost {
    /// Its name.
    pub name: Box<str>,
    /// Whether the section `vhosts` has it, or objects only mention it.
    pub listed: bool,
    /// What it is for.
    pub description: Option<Box<str>>,
    /// The type of queues declared without one.
    pub default_queue_type: Option<Box<str>>,
    /// `max-connections`, `max-queues`.
    pub limits: Table,
    /// Tags.
    pub metadata: Table,
}

/// How an exchange routes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExchangeType {
    /// By equal key.
    Direct,
    /// To everything.
    Fanout,
    /// By pattern.
    Topic,
    /// By headers.
    Headers,
    /// `x-consistent-hash`: to one destination, by weight.
    ConsistentHash,
    /// `x-random`: to any one destination.
    Random,
    /// `x-local-random`: to a local destination.
    LocalRandom,
    /// `x-modulus-hash`: to one destination, by hash of the key.
    ModulusHash,
    /// A type that this tool cannot predict.
    Other(Box<str>),
}

impl ExchangeType {
    /// The type of that name.
    pub fn of(name: &str) -> Self {
        match name {
            "direct" => ExchangeType::Direct,
            "fanout" => ExchangeType::Fanout,
            "topic" => ExchangeType::Topic,
            "headers" => ExchangeType::Headers,
            "x-consistent-hash" => ExchangeType::ConsistentHash,
            "x-random" => ExchangeType::Random,
            "x-local-random" => ExchangeType::LocalRandom,
            "x-modulus-hash" => ExchangeType::ModulusHash,
            other => ExchangeType::Other(other.into()),
        }
    }

    /// The name of the type.
    pub fn name(&self) -> &str {
        match self {
            ExchangeType::Direct => "direct",
            ExchangeType::Fanout => "fanout",
            ExchangeType::Topic => "topic",
            ExchangeType::Headers => "headers",
            ExchangeType::ConsistentHash => "x-consistent-hash",
            ExchangeType::Random => "x-random",
            ExchangeType::LocalRandom => "x-local-random",
            ExchangeType::ModulusHash => "x-modulus-hash",
            ExchangeType::Other(name) => name,
        }
    }
}

/// An exchange.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Its virtual host.
    pub vhost: VhostId,
    /// Its name; empty for the default exchange.
    pub name: Box<str>,
    /// How it routes; for a delayed exchange how it does once the time has
    /// come.
    pub kind: ExchangeType,
    /// Whether it delays messages first (`x-delayed-message`).
    pub delayed: bool,
    /// Survives a restart.
    pub durable: bool,
    /// Deleted with its last binding.
    pub auto_delete: bool,
    /// Cannot be published to.
    pub internal: bool,
    /// Its arguments.
    pub arguments: Table,
    /// Where it comes from.
    pub origin: Origin,
    /// The policy that applies.
    pub policy: Option<PolicyId>,
    /// The operator policy that applies.
    pub operator_policy: Option<PolicyId>,
    /// Where it sends what matches nothing.
    pub alternate: Option<Alternate>,
}

/// An alternate exchange that takes effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternate {
    /// The exchange.
    pub exchange: ExchangeId,
    /// What set it.
    pub by: Setting,
}

/// What a setting comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// An argument of the object.
    Argument,
    /// The policy that applies to the object.
    Policy,
    /// The operator policy that applies to the object.
    OperatorPolicy,
}

/// How a queue stores.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum QueueType {
    /// Classic.
    #[default]
    Classic,
    /// Replicated by Raft.
    Quorum,
    /// An append-only log.
    Stream,
    /// A type that this tool does not know.
    Other(Box<str>),
}

impl QueueType {
    /// The type of that name; newer brokers also write module names.
    pub fn of(name: &str) -> Self {
        match name {
            "classic" | "rabbit_classic_queue" | "" | "undefined" | "default" => QueueType::Classic,
            "quorum" | "rabbit_quorum_queue" => QueueType::Quorum,
            "stream" | "rabbit_stream_queue" => QueueType::Stream,
            other => QueueType::Other(other.into()),
        }
    }

    /// The name of the type.
    pub fn name(&self) -> &str {
        match self {
            QueueType::Classic => "classic",
            QueueType::Quorum => "quorum",
            QueueType::Stream => "stream",
            QueueType::Other(name) => name,
        }
    }
}

/// A queue or stream.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Its virtual host.
    pub vhost: VhostId,
    /// Its name.
    pub name: Box<str>,
    /// How it stores.
    pub kind: QueueType,
    /// Survives a restart.
    pub durable: bool,
    /// Deleted with its last consumer.
    pub auto_delete: bool,
    /// For one connection.
    pub exclusive: bool,
    /// Its arguments.
    pub arguments: Table,
    /// Where it comes from.
    pub origin: Origin,
    /// The policy that applies.
    pub policy: Option<PolicyId>,
    /// The operator policy that applies.
    pub operator_policy: Option<PolicyId>,
    /// Where it sends what it gives up.
    pub dead_letter: Option<DeadLetter>,
}

/// Dead-lettering that takes effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The exchange.
    pub exchange: ExchangeId,
    /// What set it.
    pub by: Setting,
    /// The key that messages are given, and what set it; without one they
    /// keep their own.
    pub key: Option<(Box<str>, Setting)>,
}

/// Where a binding leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// To an exchange.
    Exchange(ExchangeId),
    /// To a queue.
    Queue(QueueId),
}

/// A binding.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// Where messages come from.
    pub source: ExchangeId,
    /// Where they go.
    pub destination: Destination,
    /// The routing key; shared with pictures, since there are many.
    pub key: Rc<str>,
    /// Headers, or a weight.
    pub arguments: Table,
}

/// A policy or operator policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its virtual host.
    pub vhost: VhostId,
    /// Its name.
    pub name: Box<str>,
    /// The regular expression as written.
    pub pattern: Box<str>,
    /// What kinds of objects it is for, as written.
    pub apply_to: Box<str>,
    /// What it sets.
    pub definition: Table,
    /// The highest wins.
    pub priority: i64,
}

/// A user, without anything secret.
#[derive(Debug, Clone, Default)]
pub struct User {
    /// The name.
    pub name: Box<str>,
    /// Sorted.
    pub tags: Vec<String>,
    /// Whether it can log in with a password.
    pub has_password: bool,
    /// The hashing algorithm's name.
    pub hashing_algorithm: Option<Box<str>>,
    /// `max-connections`, `max-channels`.
    pub limits: Table,
    /// Whether the section `users` has it, or a permission only names it.
    pub listed: bool,
}

/// What a user may do in a virtual host.
#[derive(Debug, Clone)]
pub struct Permission {
    /// The user.
    pub user: Box<str>,
    /// The virtual host.
    pub vhost: VhostId,
    /// Pattern of what it may declare and delete.
    pub configure: Box<str>,
    /// Pattern of what it may publish to.
    pub write: Box<str>,
    /// Pattern of what it may consume from.
    pub read: Box<str>,
}

/// Which routing keys a user may use on a topic exchange.
#[derive(Debug, Clone)]
pub struct TopicPermission {
    /// The user.
    pub user: Box<str>,
    /// The virtual host.
    pub vhost: VhostId,
    /// The exchange.
    pub exchange: Box<str>,
    /// Pattern of keys to publish with.
    pub write: Box<str>,
    /// Pattern of keys to bind with.
    pub read: Box<str>,
}

/// An object that the file has more than once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duplicate {
    /// `queue`, `exchange`, `binding`, `policy`, …
    pub section: &'static str,
    /// The virtual host, where it has one.
    pub vhost: Option<VhostId>,
    /// What identifies it.
    pub name: Box<str>,
    /// Whether the copies differ.
    pub conflicting: bool,
}

/// What a node of the graph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// An exchange.
    Exchange(ExchangeId),
    /// A queue.
    Queue(QueueId),
    /// A far end.
    Remote(RemoteId),
}

/// What an edge of the graph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// A binding.
    Binding(BindingId),
    /// To the alternate exchange.
    Alternate,
    /// To where a queue dead-letters: the exchange, or, when that is the
    /// default one and the key is set, the queue of that name.
    DeadLetter,
    /// Moved by a shovel.
    Shovel(ShovelId),
    /// Federated from an upstream.
    Federation(UpstreamId),
}

impl Topology {
    /// The virtual host of that name.
    pub fn find_vhost(&self, name: &str) -> Option<VhostId> {
        let at = self
            .vhosts
            .binary_search_by(|vhost| (*vhost.name).cmp(name));
        at.ok().map(|at| VhostId(at as u32))
    }

    /// The exchange of that name, in whatever way it is known.
    pub fn find_exchange(&self, vhost: VhostId, name: &str) -> Option<ExchangeId> {
        let at = (self.exchanges)
            .binary_search_by(|exchange| (exchange.vhost, &*exchange.name).cmp(&(vhost, name)));
        at.ok().map(|at| ExchangeId(at as u32))
    }

    /// The queue of that name, in whatever way it is known.
    pub fn find_queue(&self, vhost: VhostId, name: &str) -> Option<QueueId> {
        let at =
            (self.queues).binary_search_by(|queue| (queue.vhost, &*queue.name).cmp(&(vhost, name)));
        at.ok().map(|at| QueueId(at as u32))
    }

    /// The place of a node in the graph.
    pub fn node_of(&self, node: Node) -> NodeIndex<u32> {
        let (exchanges, queues) = (self.exchanges.len() as u32, self.queues.len() as u32);
        NodeIndex::new(match node {
            Node::Exchange(id) => id.0,
            Node::Queue(id) => exchanges + id.0,
            Node::Remote(id) => exchanges + queues + id.0,
        } as usize)
    }

    /// The virtual host an object lies in; none for a far end.
    pub fn vhost_of(&self, node: Node) -> Option<VhostId> {
        match node {
            Node::Exchange(id) => Some(self.exchange(id).vhost),
            Node::Queue(id) => Some(self.queue(id).vhost),
            Node::Remote(_) => None,
        }
    }

    /// The name of an object.
    pub fn name_of(&self, node: Node) -> &str {
        match node {
            Node::Exchange(id) => &self.exchange(id).name,
            Node::Queue(id) => &self.queue(id).name,
            Node::Remote(id) => &self.remotes[id.get()].name,
        }
    }

    /// The virtual host of an id.
    pub fn vhost(&self, id: VhostId) -> &Vhost {
        &self.vhosts[id.get()]
    }

    /// The exchange of an id.
    pub fn exchange(&self, id: ExchangeId) -> &Exchange {
        &self.exchanges[id.get()]
    }

    /// The queue of an id.
    pub fn queue(&self, id: QueueId) -> &Queue {
        &self.queues[id.get()]
    }

    /// The binding of an id.
    pub fn binding(&self, id: BindingId) -> &Binding {
        &self.bindings[id.get()]
    }

    /// The ids of all exchanges, in order.
    pub fn exchange_ids(&self) -> impl ExactSizeIterator<Item = ExchangeId> + use<> {
        (0..self.exchanges.len() as u32).map(ExchangeId)
    }

    /// The ids of all queues, in order.
    pub fn queue_ids(&self) -> impl ExactSizeIterator<Item = QueueId> + use<> {
        (0..self.queues.len() as u32).map(QueueId)
    }

    /// The ids of the exchanges of a virtual host, which lie side by side.
    pub fn exchanges_in(&self, vhost: VhostId) -> impl Iterator<Item = ExchangeId> + use<> {
        let start = self.exchanges.partition_point(|it| it.vhost < vhost);
        let end = self.exchanges.partition_point(|it| it.vhost <= vhost);
        (start as u32..end as u32).map(ExchangeId)
    }

    /// The ids of the queues of a virtual host, which lie side by side.
    pub fn queues_in(&self, vhost: VhostId) -> impl Iterator<Item = QueueId> + use<> {
        let start = self.queues.partition_point(|it| it.vhost < vhost);
        let end = self.queues.partition_point(|it| it.vhost <= vhost);
        (start as u32..end as u32).map(QueueId)
    }

    /// The bindings of a virtual host, which lie side by side.
    pub fn bindings_in(&self, vhost: VhostId) -> &[Binding] {
        let host = |binding: &Binding| self.exchange(binding.source).vhost;
        let start = self.bindings.partition_point(|it| host(it) < vhost);
        let end = self.bindings.partition_point(|it| host(it) <= vhost);
        &self.bindings[start..end]
    }

    /// The user of that name.
    pub fn find_user(&self, name: &str) -> Option<&User> {
        let at = self.users.binary_search_by(|user| (*user.name).cmp(name));
        at.ok().map(|at| &self.users[at])
    }

    /// The permissions of a user, which lie side by side.
    pub fn permissions_of(&self, user: &str) -> &[Permission] {
        let start = self.permissions.partition_point(|it| &*it.user < user);
        let end = self.permissions.partition_point(|it| &*it.user <= user);
        &self.permissions[start..end]
    }

    /// The bindings of an exchange, which lie side by side.
    pub fn bindings_of(&self, source: ExchangeId) -> impl Iterator<Item = (BindingId, &Binding)> {
        let start = self
            .bindings
            .partition_point(|binding| binding.source < source);
        (self.bindings[start..].iter())
            .take_while(move |binding| binding.source == source)
            .enumerate()
            .map(move |(at, binding)| (BindingId((start + at) as u32), binding))
    }
}
