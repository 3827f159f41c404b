//! The drawing model: what is left of a topology once it has been filtered
//! and put into the order of display. Every picture format is written from
//! this one value, so that they cannot disagree about what there is.
//!
//! Invariants, kept by [`build()`] and every step after it:
//! * [`Picture::nodes`] and [`Picture::edges`] are in display order, and the
//!   order depends on names alone, never on the order of the input;
//! * indices in edges and nodes are valid, and a cluster's parent comes
//!   before it;
//! * every text is as the definitions have it, with passwords already
//!   masked; escaping belongs to the format, and so does the shortening of
//!   long labels;
//! * ids are unique, and stay the same for an object whatever else is drawn.

mod access;
pub mod build;
mod collapse;
mod group;
pub mod style;

pub use build::{Show, build};

use std::rc::Rc;

use crate::definitions::Value;

/// A graph ready to be drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Picture {
    /// The heading: what was drawn.
    pub title: String,
    /// Virtual hosts and groups within them; parents before children.
    pub clusters: Vec<Cluster>,
    /// In display order: users and remote brokers, then cluster by cluster
    /// exchanges by name and queues by name.
    pub nodes: Vec<Node>,
    /// In display order: by source, target, kind, then keys.
    pub edges: Vec<Edge>,
}

/// The place of a cluster in [`Picture::clusters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterIndex(pub u32);

/// The place of a node in [`Picture::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub u32);

impl ClusterIndex {
    /// The index as one into [`Picture::clusters`].
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

impl NodeIndex {
    /// The index as one into [`Picture::nodes`].
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

/// A frame around nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Unique among clusters: `vhost/NAME` or `group/VHOST/PREFIX`.
    pub id: String,
    /// What the frame stands for.
    pub kind: ClusterKind,
    /// The name of the virtual host, or the prefix.
    pub name: String,
    /// The cluster around this one.
    pub parent: Option<ClusterIndex>,
    /// Name and value of what a reader may want to know of it.
    pub attributes: Vec<Attribute>,
    /// What became of it between two definitions.
    pub mark: Option<Mark>,
}

/// What a frame stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClusterKind {
    /// A virtual host.
    VirtualHost,
    /// Names with a common prefix.
    Prefix,
}

/// An object, or several of the same shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Unique and stable: `exchange/VHOST/NAME`, `queue/VHOST/NAME`,
    /// `remote/NAME`, `user/NAME`; within a name or virtual host `/`, `%`,
    /// `"`, `\` and control characters are percent-encoded.
    pub id: Box<str>,
    /// What it is, which decides shape and colour.
    pub kind: NodeKind,
    /// The name in the broker; empty for the default exchange.
    pub name: Box<str>,
    /// The innermost cluster around it.
    pub cluster: Option<ClusterIndex>,
    /// The type where `kind` does not tell it: the name of a plugin's
    /// exchange or queue type.
    pub type_name: Option<Box<str>>,
    /// Properties shown beside the name.
    pub badges: Vec<Badge>,
    /// Name and value of arguments, the policy that applies and its keys.
    pub attributes: Vec<Attribute>,
    /// Lines shown below the name, where arguments or policies are asked for.
    pub notes: Vec<Box<str>>,
    /// The names of the objects that this node stands for when it stands for
    /// more than one, in order; empty otherwise.
    pub members: Vec<Box<str>>,
    /// What became of it between two definitions.
    pub mark: Option<Mark>,
}

impl Node {
    /// How many objects this node stands for.
    pub fn count(&self) -> usize {
        self.members.len().max(1)
    }

    /// The name as a reader is shown it, which is never empty.
    pub fn label(&self) -> &str {
        match self.kind {
            NodeKind::Exchange(ExchangeShape::Default) => "(default exchange)",
            _ if self.name.is_empty() => "(empty name)",
            _ => &self.name,
        }
    }

    /// The second line of the label: what the object is.
    pub fn kind_label(&self) -> String {
        let kind = self.kind.label();
        let kind = match &self.type_name {
            Some(name) => format!("{name} {}", self.kind.noun()),
            None => kind.to_owned(),
        };
        match self.count() {
            1 => kind,
            count => format!("{count} × {kind}"),
        }
    }
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// A user, where permissions are drawn.
    User,
    /// The other end of a shovel or of a federation link.
    Remote,
    /// An exchange.
    Exchange(ExchangeShape),
    /// An exchange that is named but not in the definitions.
    MissingExchange,
    /// A queue.
    Queue(QueueShape),
    /// A queue that is named but not in the definitions.
    MissingQueue,
}

impl NodeKind {
    /// All kinds, in the order of a legend.
    pub const ALL: [NodeKind; 15] = [
        NodeKind::User,
        NodeKind::Remote,
        NodeKind::Exchange(ExchangeShape::Default),
        NodeKind::Exchange(ExchangeShape::Direct),
        NodeKind::Exchange(ExchangeShape::Fanout),
        NodeKind::Exchange(ExchangeShape::Topic),
        NodeKind::Exchange(ExchangeShape::Headers),
        NodeKind::Exchange(ExchangeShape::OneOf),
        NodeKind::Exchange(ExchangeShape::Other),
        NodeKind::MissingExchange,
        NodeKind::Queue(QueueShape::Classic),
        NodeKind::Queue(QueueShape::Quorum),
        NodeKind::Queue(QueueShape::Stream),
        NodeKind::Queue(QueueShape::Other),
        NodeKind::MissingQueue,
    ];

    /// What it is, in words.
    pub fn label(self) -> &'static str {
        match self {
            NodeKind::User => "user",
            NodeKind::Remote => "remote broker",
            NodeKind::Exchange(ExchangeShape::Default) => "default exchange",
            NodeKind::Exchange(ExchangeShape::Direct) => "direct exchange",
            NodeKind::Exchange(ExchangeShape::Fanout) => "fanout exchange",
            NodeKind::Exchange(ExchangeShape::Topic) => "topic exchange",
            NodeKind::Exchange(ExchangeShape::Headers) => "headers exchange",
            NodeKind::Exchange(ExchangeShape::OneOf) => "one-of exchange",
            NodeKind::Exchange(ExchangeShape::Other) => "other exchange",
            NodeKind::MissingExchange => "missing exchange",
            NodeKind::Queue(QueueShape::Classic) => "classic queue",
            NodeKind::Queue(QueueShape::Quorum) => "quorum queue",
            NodeKind::Queue(QueueShape::Stream) => "stream",
            NodeKind::Queue(QueueShape::Other) => "other queue",
            NodeKind::MissingQueue => "missing queue",
        }
    }

    /// A word for data formats.
    pub fn id(self) -> &'static str {
        match self {
            NodeKind::User => "user",
            NodeKind::Remote => "remote",
            NodeKind::Exchange(_) => "exchange",
            NodeKind::MissingExchange => "missing-exchange",
            NodeKind::Queue(_) => "queue",
            NodeKind::MissingQueue => "missing-queue",
        }
    }

    /// The finer kind for data formats: `topic`, `quorum`.
    pub fn shape_id(self) -> Option<&'static str> {
        match self {
            NodeKind::Exchange(shape) => Some(match shape {
                ExchangeShape::Default => "default",
                ExchangeShape::Direct => "direct",
                ExchangeShape::Fanout => "fanout",
                ExchangeShape::Topic => "topic",
                ExchangeShape::Headers => "headers",
                ExchangeShape::OneOf => "one-of",
                ExchangeShape::Other => "other",
            }),
            NodeKind::Queue(shape) => Some(match shape {
                QueueShape::Classic => "classic",
                QueueShape::Quorum => "quorum",
                QueueShape::Stream => "stream",
                QueueShape::Other => "other",
            }),
            NodeKind::User
            | NodeKind::Remote
            | NodeKind::MissingExchange
            | NodeKind::MissingQueue => None,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            NodeKind::User => "user",
            NodeKind::Remote => "remote broker",
            NodeKind::Exchange(_) | NodeKind::MissingExchange => "exchange",
            NodeKind::Queue(_) | NodeKind::MissingQueue => "queue",
        }
    }
}

/// How an exchange routes, as far as a picture tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExchangeShape {
    /// The nameless exchange, bound to every queue by its name.
    Default,
    /// By equal key.
    Direct,
    /// To everything.
    Fanout,
    /// By pattern.
    Topic,
    /// By headers.
    Headers,
    /// To one of several: consistent hash, random, modulus.
    OneOf,
    /// A type that this tool does not know.
    Other,
}

/// How a queue stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueueShape {
    /// Classic.
    Classic,
    /// Replicated by Raft.
    Quorum,
    /// An append-only log.
    Stream,
    /// A type that this tool does not know.
    Other,
}

/// A property shown beside the name of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Badge {
    /// Lost when the broker restarts.
    Transient,
    /// Deleted when the last one that uses it is gone.
    AutoDelete,
    /// For one connection.
    Exclusive,
    /// Cannot be published to.
    Internal,
    /// Delays messages.
    Delayed,
    /// Messages expire, or the queue does.
    Expiry,
    /// A bound on length.
    Limit,
    /// Has priorities.
    Priority,
    /// One active consumer at a time.
    SingleActiveConsumer,
    /// A policy applies.
    Policy,
}

impl Badge {
    /// The short form beside a name.
    pub fn short(self) -> &'static str {
        match self {
            Badge::Transient => "T",
            Badge::AutoDelete => "AD",
            Badge::Exclusive => "Excl",
            Badge::Internal => "I",
            Badge::Delayed => "Delay",
            Badge::Expiry => "TTL",
            Badge::Limit => "Lim",
            Badge::Priority => "Pri",
            Badge::SingleActiveConsumer => "SAC",
            Badge::Policy => "Pol",
        }
    }

    /// What it means, for legends and tooltips.
    pub fn meaning(self) -> &'static str {
        match self {
            Badge::Transient => "transient",
            Badge::AutoDelete => "deletes itself",
            Badge::Exclusive => "exclusive",
            Badge::Internal => "internal",
            Badge::Delayed => "delays messages",
            Badge::Expiry => "messages or queue expire",
            Badge::Limit => "length is bounded",
            Badge::Priority => "has priorities",
            Badge::SingleActiveConsumer => "single active consumer",
            Badge::Policy => "a policy applies",
        }
    }
}

/// Something to know of an object: the name and value of an argument, or
/// `policy` and the name of the policy that applies.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// The name as the broker writes it, or a word of this tool's.
    pub name: Box<str>,
    /// The value as text.
    pub value: Box<str>,
}

/// A way that messages take (or, for users, that access takes).
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// Where it starts.
    pub source: NodeIndex,
    /// Where it ends.
    pub target: NodeIndex,
    /// What it is, which decides colour and dash.
    pub kind: EdgeKind,
    /// What a message must carry to go this way; for a dead-letter edge the
    /// key it is given, if any. One entry for each binding that was merged
    /// into this edge, in order.
    pub keys: Vec<Key>,
    /// How many edges of the topology it stands for; more than `keys.len()`
    /// when the nodes stand for several objects.
    pub count: u32,
    /// Name and value of what a reader may want to know of it.
    pub attributes: Vec<Attribute>,
    /// What became of it between two definitions.
    pub mark: Option<Mark>,
}

/// What a binding asks of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The routing key.
    pub routing_key: Rc<str>,
    /// The arguments, sorted by name: the headers asked for, and `x-match`.
    pub arguments: Vec<(Box<str>, Value)>,
    /// Whether the arguments, rather than the key, decide.
    pub by_headers: bool,
    /// Whether neither decides (fanout), so that the label stays empty
    /// unless there is something to see.
    pub ignored: bool,
}

impl Key {
    /// The label of one binding: its key, or its headers with x-match.
    /// Empty where neither matters and the key is empty.
    pub fn label(&self) -> String {
        if self.by_headers {
            let mut text = String::new();
            let mut mode = "all";
            for (name, value) in &self.arguments {
                if &**name == "x-match" {
                    if let Value::String(given) = value {
                        mode = given;
                    }
                    continue;
                }
                if !text.is_empty() {
                    text.push_str(", ");
                }
                text.push_str(name);
                text.push('=');
                text.push_str(&value.to_string());
            }
            return format!("{mode}: {text}");
        }
        if self.routing_key.is_empty() && !self.ignored {
            return "(empty key)".to_owned();
        }
        self.routing_key.to_string()
    }
}

/// What an edge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// From an exchange to a queue.
    Binding,
    /// From an exchange to an exchange.
    ExchangeBinding,
    /// Where an exchange sends what matches nothing.
    Alternate,
    /// Where a queue sends what it rejects, expires or drops.
    DeadLetter,
    /// Moved by a shovel.
    Shovel,
    /// Copied by federation.
    Federation,
    /// A user may publish to the exchange.
    MayWrite,
    /// A user may consume from the queue.
    MayRead,
    /// A user may declare and delete the object.
    MayConfigure,
}

impl EdgeKind {
    /// All kinds, in the order of a legend.
    pub const ALL: [EdgeKind; 9] = [
        EdgeKind::Binding,
        EdgeKind::ExchangeBinding,
        EdgeKind::Alternate,
        EdgeKind::DeadLetter,
        EdgeKind::Shovel,
        EdgeKind::Federation,
        EdgeKind::MayWrite,
        EdgeKind::MayRead,
        EdgeKind::MayConfigure,
    ];

    /// What it is, in words.
    pub fn label(self) -> &'static str {
        match self {
            EdgeKind::Binding => "binding",
            EdgeKind::ExchangeBinding => "exchange-to-exchange binding",
            EdgeKind::Alternate => "alternate exchange",
            EdgeKind::DeadLetter => "dead letter",
            EdgeKind::Shovel => "shovel",
            EdgeKind::Federation => "federation",
            EdgeKind::MayWrite => "may publish",
            EdgeKind::MayRead => "may consume",
            EdgeKind::MayConfigure => "may configure",
        }
    }

    /// A word for data formats.
    pub fn id(self) -> &'static str {
        match self {
            EdgeKind::Binding => "binding",
            EdgeKind::ExchangeBinding => "exchange-binding",
            EdgeKind::Alternate => "alternate",
            EdgeKind::DeadLetter => "dead-letter",
            EdgeKind::Shovel => "shovel",
            EdgeKind::Federation => "federation",
            EdgeKind::MayWrite => "may-write",
            EdgeKind::MayRead => "may-read",
            EdgeKind::MayConfigure => "may-configure",
        }
    }
}

/// What became of an object or of an effect between two definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Only in the new ones.
    Added,
    /// Only in the old ones.
    Removed,
    /// In both, but not the same.
    Changed,
}

impl Mark {
    /// A word for data formats and legends.
    pub fn id(self) -> &'static str {
        match self {
            Mark::Added => "added",
            Mark::Removed => "removed",
            Mark::Changed => "changed",
        }
    }
}

impl Edge {
    /// The lines of the label, one a key, without empty ones. Shortening is
    /// the format's affair.
    pub fn label_lines(&self) -> Vec<String> {
        self.keys
            .iter()
            .map(Key::label)
            .filter(|line| !line.is_empty())
            .collect()
    }
}

/// What a legend explains: the kinds that the picture really contains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Legend {
    /// Kinds of nodes.
    pub nodes: Vec<NodeKind>,
    /// Kinds of edges.
    pub edges: Vec<EdgeKind>,
    /// Badges.
    pub badges: Vec<Badge>,
    /// Marks of a difference.
    pub marks: Vec<Mark>,
}

impl Picture {
    /// The kinds in this picture, in the order of a legend.
    pub fn legend(&self) -> Legend {
        let mut badges: Vec<_> = self.nodes.iter().flat_map(|node| &node.badges).collect();
        badges.sort_unstable();
        badges.dedup();
        let mut marks: Vec<_> = (self.nodes.iter().filter_map(|node| node.mark))
            .chain(self.edges.iter().filter_map(|edge| edge.mark))
            .collect();
        marks.sort_unstable();
        marks.dedup();
        Legend {
            nodes: (NodeKind::ALL.into_iter())
                .filter(|kind| self.nodes.iter().any(|node| node.kind == *kind))
                .collect(),
            edges: (EdgeKind::ALL.into_iter())
                .filter(|kind| self.edges.iter().any(|edge| edge.kind == *kind))
                .collect(),
            badges: badges.into_iter().copied().collect(),
            marks,
        }
    }
}

#[cfg(test)]
#[path = "picture/tests.rs"]
mod tests;
