//! From a topology to a picture of the selected part of it.

use super::{
    Attribute, Badge, Cluster, ClusterIndex, ClusterKind, Edge, EdgeKind, ExchangeShape, Key, Node,
    NodeIndex, NodeKind, Picture, QueueShape,
};
use crate::definitions::{Table, Value};
use crate::filter::Selection;
use crate::topology::{
    self, Destination, Exchange, ExchangeType, Link, Origin, Queue, QueueType, RemoteEnd, Setting,
    Topology, VhostId, policy,
};

/// What is shown beside the objects themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Show {
    /// Users, what they may publish to and consume from.
    pub permissions: bool,
    /// What they may declare and delete, too.
    pub configure: bool,
    /// The arguments of objects, in the nodes.
    pub arguments: bool,
    /// The policies that apply and what they set, in the nodes.
    pub policies: bool,
}

/// The picture of the selected objects and of the edges between them.
pub fn build(topology: &Topology, selection: &Selection, show: Show) -> Picture {
    let mut builder = Builder::new(topology, selection, show);
    builder.nodes();
    builder.edges();
    if show.permissions || show.configure {
        let place = |node: usize| builder.places[node];
        super::access::add(&mut builder.picture, topology, show, place);
    }
    builder.picture
}

const HIDDEN: u32 = u32::MAX;

struct Builder<'t> {
    topology: &'t Topology,
    selection: &'t Selection,
    show: Show,
    picture: Picture,
    /// For each node of the topology its place in the picture.
    places: Vec<u32>,
}

impl<'t> Builder<'t> {
    fn new(topology: &'t Topology, selection: &'t Selection, show: Show) -> Self {
        Builder {
            topology,
            selection,
            show,
            picture: Picture {
                title: match &topology.cluster_name {
                    Some(name) => format!("RabbitMQ topology of {name}"),
                    None => "RabbitMQ topology".to_owned(),
                },
                ..Picture::default()
            },
            places: vec![HIDDEN; topology.graph.node_count()],
        }
    }

    fn place(&mut self, node: topology::Node, drawn: Node) {
        let at = self.topology.node_of(node).index();
        self.places[at] = self.picture.nodes.len() as u32;
        self.picture.nodes.push(drawn);
    }

    /// What is asked to be shown of an object, a line each.
    fn notes(
        &self,
        arguments: &Table,
        (policy, operator): (Option<topology::PolicyId>, Option<topology::PolicyId>),
    ) -> Vec<Box<str>> {
        let mut notes: Vec<Box<str>> = Vec::new();
        let line = |name: &str, value: &Value| format!("{name}={value}").into();
        if self.show.arguments {
            notes.extend(arguments.iter().map(|(name, value)| line(name, value)));
        }
        if self.show.policies {
            let policy = policy.map(|id| self.topology.policy(id));
            let operator = operator.map(|id| self.topology.operator_policy(id));
            notes.extend(policy.map(|it| format!("policy {}", it.name).into()));
            notes.extend(operator.map(|it| format!("operator policy {}", it.name).into()));
            let effective = policy::effective_definition(policy, operator);
            notes.extend(
                effective
                    .into_iter()
                    .map(|(key, value, _)| line(key, value)),
            );
        }
        notes
    }

    fn selected(&self, node: topology::Node) -> bool {
        self.selection.contains(self.topology.node_of(node))
    }

    fn nodes(&mut self) {
        let topology = self.topology;
        for at in 0..topology.remotes.len() as u32 {
            let node = topology::Node::Remote(topology::RemoteId(at));
            if self.selected(node) {
                let name = &topology.remotes[at as usize].name;
                let drawn = Node {
                    id: format!("remote/{}", id_part(name)).into(),
                    ..bare(NodeKind::Remote, name)
                };
                self.place(node, drawn);
            }
        }
        let (mut exchange, mut queue) = (0, 0);
        for at in 0..topology.vhosts.len() as u32 {
            let vhost = VhostId(at);
            let index = ClusterIndex(self.picture.clusters.len() as u32);
            let before = self.picture.nodes.len();
            let name = id_part(&topology.vhost(vhost).name);
            while exchange < topology.exchanges.len() && topology.exchanges[exchange].vhost == vhost
            {
                let node = topology::Node::Exchange(topology::ExchangeId(exchange as u32));
                if self.selected(node) {
                    let object = &topology.exchanges[exchange];
                    let drawn = drawn_exchange(topology, object, &name);
                    let policies = (object.policy, object.operator_policy);
                    self.place(
                        node,
                        Node {
                            cluster: Some(index),
                            notes: self.notes(&object.arguments, policies),
                            ..drawn
                        },
                    );
                }
                exchange += 1;
            }
            while queue < topology.queues.len() && topology.queues[queue].vhost == vhost {
                let node = topology::Node::Queue(topology::QueueId(queue as u32));
                if self.selected(node) {
                    let object = &topology.queues[queue];
                    let drawn = drawn_queue(topology, object, &name);
                    let policies = (object.policy, object.operator_policy);
                    self.place(
                        node,
                        Node {
                            cluster: Some(index),
                            notes: self.notes(&object.arguments, policies),
                            ..drawn
                        },
                    );
                }
                queue += 1;
            }
            // An empty virtual host is an object of the file too.
            if self.picture.nodes.len() > before || self.selection.has_empty_vhost(vhost) {
                self.picture.clusters.push(drawn_vhost(topology, vhost));
            }
        }
    }

    fn edges(&mut self) {
        let topology = self.topology;
        self.picture
            .edges
            .reserve_exact(topology.graph.edge_count());
        let mut order: Vec<(u32, u32)> = (self.places.iter().enumerate())
            .filter(|(_, place)| **place != HIDDEN)
            .map(|(at, place)| (*place, at as u32))
            .collect();
        order.sort_unstable();
        let mut found: Vec<(u32, Link)> = Vec::new();
        for (source, at) in order {
            let index = petgraph::graph::NodeIndex::new(at as usize);
            found.clear();
            for edge in topology.graph.edges(index) {
                let target = self.places[petgraph::visit::EdgeRef::target(&edge).index()];
                if target != HIDDEN {
                    found.push((target, *edge.weight()));
                }
            }
            found.sort_unstable();
            for (target, link) in &found {
                let edge = Edge {
                    source: NodeIndex(source),
                    target: NodeIndex(*target),
                    ..drawn_edge(topology, index, *link)
                };
                self.picture.edges.push(edge);
            }
        }
    }
}

/// A part of an id: what would be taken for its structure, or could not
/// stand in every format, percent-encoded.
pub(super) fn id_part(name: &str) -> std::borrow::Cow<'_, str> {
    let special = |c: char| matches!(c, '/' | '%' | '"' | '\\') || c.is_control();
    if !name.contains(special) {
        return name.into();
    }
    let mut part = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if special(c) {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                part.push_str(&format!("%{byte:02X}"));
            }
        } else {
            part.push(c);
        }
    }
    part.into()
}

/// The id of an object of a virtual host, whose part of the id is given.
fn id(kind: &str, vhost: &str, name: &str) -> Box<str> {
    [kind, vhost, "/", &id_part(name)].concat().into()
}

pub(super) fn bare(kind: NodeKind, name: &str) -> Node {
    Node {
        id: Box::default(),
        kind,
        name: name.into(),
        cluster: None,
        type_name: None,
        badges: Vec::new(),
        attributes: Vec::new(),
        notes: Vec::new(),
        members: Vec::new(),
        mark: None,
    }
}

pub(super) fn attribute(name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Attribute {
    Attribute {
        name: name.into(),
        value: value.into(),
    }
}

fn drawn_vhost(topology: &Topology, id: VhostId) -> Cluster {
    let vhost = topology.vhost(id);
    let mut attributes = Vec::new();
    if let Some(text) = &vhost.description {
        attributes.push(attribute("description", text.clone()));
    }
    if let Some(kind) = &vhost.default_queue_type {
        attributes.push(attribute("default queue type", kind.clone()));
    }
    for (name, value) in vhost.limits.iter() {
        attributes.push(attribute(name, value.to_string()));
    }
    Cluster {
        id: format!("vhost/{}", id_part(&vhost.name)),
        kind: ClusterKind::VirtualHost,
        name: vhost.name.to_string(),
        parent: None,
        attributes,
        mark: None,
    }
}

fn drawn_exchange(topology: &Topology, exchange: &Exchange, vhost: &str) -> Node {
    let (shape, type_name) = match &exchange.kind {
        _ if exchange.name.is_empty() => (ExchangeShape::Default, None),
        ExchangeType::Direct => (ExchangeShape::Direct, None),
        ExchangeType::Fanout => (ExchangeShape::Fanout, None),
        ExchangeType::Topic => (ExchangeShape::Topic, None),
        ExchangeType::Headers => (ExchangeShape::Headers, None),
        kind @ (ExchangeType::ConsistentHash
        | ExchangeType::Random
        | ExchangeType::LocalRandom
        | ExchangeType::ModulusHash) => (ExchangeShape::OneOf, Some(kind.name().into())),
        ExchangeType::Other(name) => (ExchangeShape::Other, Some(name.clone())),
    };
    let missing = exchange.origin == Origin::Missing;
    let kind = if missing {
        NodeKind::MissingExchange
    } else {
        NodeKind::Exchange(shape)
    };
    let mut attributes = Vec::new();
    let flags = [
        (!exchange.durable, Badge::Transient),
        (exchange.auto_delete, Badge::AutoDelete),
        (exchange.internal, Badge::Internal),
        (exchange.delayed, Badge::Delayed),
        (
            exchange.policy.is_some() || exchange.operator_policy.is_some(),
            Badge::Policy,
        ),
    ];
    arguments(&mut attributes, &exchange.arguments);
    policies(
        &mut attributes,
        topology,
        exchange.policy,
        exchange.operator_policy,
    );
    Node {
        id: id("exchange/", vhost, &exchange.name),
        type_name: if missing { None } else { type_name },
        badges: badges(&flags),
        attributes,
        ..bare(kind, &exchange.name)
    }
}

fn drawn_queue(topology: &Topology, queue: &Queue, vhost: &str) -> Node {
    let (shape, type_name) = match &queue.kind {
        QueueType::Classic => (QueueShape::Classic, None),
        QueueType::Quorum => (QueueShape::Quorum, None),
        QueueType::Stream => (QueueShape::Stream, None),
        QueueType::Other(name) => (QueueShape::Other, Some(name.clone())),
    };
    let kind = if queue.origin == Origin::Missing {
        NodeKind::MissingQueue
    } else {
        NodeKind::Queue(shape)
    };
    let mut attributes = Vec::new();
    let plain =
        queue.arguments.is_empty() && queue.policy.is_none() && queue.operator_policy.is_none();
    let set = |keys: &[&str]| {
        !plain && (keys.iter()).any(|key| topology.queue_setting(queue, key).is_some())
    };
    let on = |key: &str| matches!(queue.arguments.get(key), Some(Value::Bool(true)));
    let flags = [
        (!queue.durable, Badge::Transient),
        (queue.auto_delete, Badge::AutoDelete),
        (queue.exclusive, Badge::Exclusive),
        (set(&["message-ttl", "expires"]), Badge::Expiry),
        (
            set(&["max-length", "max-length-bytes", "max-age"]),
            Badge::Limit,
        ),
        (set(&["max-priority"]), Badge::Priority),
        (on("x-single-active-consumer"), Badge::SingleActiveConsumer),
        (
            queue.policy.is_some() || queue.operator_policy.is_some(),
            Badge::Policy,
        ),
    ];
    arguments(&mut attributes, &queue.arguments);
    policies(
        &mut attributes,
        topology,
        queue.policy,
        queue.operator_policy,
    );
    Node {
        id: id("queue/", vhost, &queue.name),
        type_name,
        badges: badges(&flags),
        attributes,
        ..bare(kind, &queue.name)
    }
}

/// The badges that are set, in the order of the table.
fn badges(flags: &[(bool, Badge)]) -> Vec<Badge> {
    (flags.iter())
        .filter(|(set, _)| *set)
        .map(|(_, badge)| *badge)
        .collect()
}

fn arguments(attributes: &mut Vec<Attribute>, table: &Table) {
    attributes.extend(
        table
            .iter()
            .map(|(name, value)| attribute(name, value.to_string())),
    );
}

fn policies(
    attributes: &mut Vec<Attribute>,
    topology: &Topology,
    policy: Option<topology::PolicyId>,
    operator: Option<topology::PolicyId>,
) {
    let policy = policy.map(|id| topology.policy(id));
    let operator = operator.map(|id| topology.operator_policy(id));
    if let Some(policy) = policy {
        attributes.push(attribute("policy", policy.name.clone()));
    }
    if let Some(operator) = operator {
        attributes.push(attribute("operator policy", operator.name.clone()));
    }
    for (key, value, setting) in policy::effective_definition(policy, operator) {
        let by = match setting {
            Setting::OperatorPolicy => "operator policy",
            Setting::Policy | Setting::Argument => "policy",
        };
        attributes.push(attribute([by, ": ", key].concat(), value.to_string()));
    }
}

fn set_by(topology: &Topology, setting: Setting, ids: [Option<topology::PolicyId>; 2]) -> String {
    match (setting, ids) {
        (Setting::Policy, [Some(id), _]) => format!("policy {}", topology.policy(id).name),
        (Setting::OperatorPolicy, [_, Some(id)]) => {
            format!("operator policy {}", topology.operator_policy(id).name)
        }
        _ => "argument".to_owned(),
    }
}

/// A link as an edge; its ends are filled in by the caller.
fn drawn_edge(topology: &Topology, source: petgraph::graph::NodeIndex, link: Link) -> Edge {
    let mut edge = Edge {
        source: NodeIndex(0),
        target: NodeIndex(0),
        kind: EdgeKind::Binding,
        keys: Vec::new(),
        count: 1,
        attributes: Vec::new(),
        mark: None,
    };
    match link {
        Link::Binding(id) => {
            let binding = topology.binding(id);
            if matches!(binding.destination, Destination::Exchange(_)) {
                edge.kind = EdgeKind::ExchangeBinding;
            }
            let kind = &topology.exchange(binding.source).kind;
            edge.keys = vec![Key {
                routing_key: binding.key.clone(),
                arguments: (binding.arguments.iter())
                    .map(|(name, value)| (name.into(), value.clone()))
                    .collect(),
                by_headers: *kind == ExchangeType::Headers,
                ignored: matches!(
                    kind,
                    ExchangeType::Fanout
                        | ExchangeType::Random
                        | ExchangeType::LocalRandom
                        | ExchangeType::ModulusHash
                ),
            }];
        }
        Link::Alternate => {
            edge.kind = EdgeKind::Alternate;
            if let topology::Node::Exchange(id) = topology.graph[source] {
                let exchange = topology.exchange(id);
                if let Some(alternate) = &exchange.alternate {
                    let ids = [exchange.policy, exchange.operator_policy];
                    let by = set_by(topology, alternate.by, ids);
                    edge.attributes.push(attribute("set by", by));
                }
            }
        }
        Link::DeadLetter => {
            edge.kind = EdgeKind::DeadLetter;
            if let topology::Node::Queue(id) = topology.graph[source] {
                let queue = topology.queue(id);
                if let Some(dead_letter) = &queue.dead_letter {
                    let ids = [queue.policy, queue.operator_policy];
                    let by = set_by(topology, dead_letter.by, ids);
                    edge.attributes.push(attribute("set by", by));
                    if topology.exchange(dead_letter.exchange).name.is_empty() {
                        edge.attributes
                            .push(attribute("through", "default exchange"));
                    }
                    if let Some((key, _)) = &dead_letter.key {
                        edge.keys.push(plain_key(key));
                    }
                }
            }
        }
        Link::Shovel(id) => {
            let shovel = &topology.shovels[id.get()];
            edge.kind = EdgeKind::Shovel;
            edge.attributes
                .push(attribute("shovel", shovel.name.clone()));
            for (name, end) in [("from", &shovel.source), ("to", &shovel.destination)] {
                if let Some(RemoteEnd::Remote(_, what)) = end {
                    edge.attributes.push(attribute(name, what.clone()));
                }
            }
            if let Some(key) = &shovel.source_key {
                edge.keys.push(plain_key(key));
            }
            if let Some(key) = &shovel.destination_key {
                edge.attributes
                    .push(attribute("published with key", key.clone()));
            }
        }
        Link::Federation(id) => {
            edge.kind = EdgeKind::Federation;
            let name = topology.upstreams[id.get()].name.clone();
            edge.attributes.push(attribute("upstream", name));
        }
    }
    edge
}

pub(super) fn plain_key(key: &str) -> Key {
    Key {
        routing_key: key.into(),
        arguments: Vec::new(),
        by_headers: false,
        ignored: false,
    }
}
