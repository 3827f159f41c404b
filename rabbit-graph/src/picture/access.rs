//! Users in a picture: who may publish where, and consume from what.

use super::build::{Show, attribute, bare, id_part, plain_key};
use super::{Edge, EdgeKind, Node, NodeIndex, NodeKind, Picture};
use crate::topology::{self, Origin, Permission, Topology};
use crate::who::{self, Rights};

/// Puts the users that may do something with the drawn objects in front.
pub(super) fn add(
    picture: &mut Picture,
    topology: &Topology,
    show: Show,
    place: impl Fn(usize) -> u32,
) {
    let mut users: Vec<Node> = Vec::new();
    let mut edges: Vec<Edge> = Vec::new();
    for user in &topology.users {
        let mut found: Vec<Granted> = Vec::new();
        for permission in topology.permissions_of(&user.name) {
            granted(topology, permission, show, &place, &mut found);
        }
        if found.is_empty() {
            continue;
        }
        found.sort_unstable();
        found.dedup();
        let source = NodeIndex(users.len() as u32);
        edges.extend(found.into_iter().map(|(target, kind, keys)| Edge {
            source,
            target: NodeIndex(target),
            kind,
            keys: keys.map(plain_key).into_iter().collect(),
            count: 1,
            attributes: Vec::new(),
            mark: None,
        }));
        let mut drawn = Node {
            id: format!("user/{}", id_part(&user.name)).into(),
            ..bare(NodeKind::User, &user.name)
        };
        if !user.tags.is_empty() {
            drawn
                .attributes
                .push(attribute("tags", user.tags.join(", ")));
        }
        users.push(drawn);
    }
    let added = users.len() as u32;
    for edge in &mut picture.edges {
        edge.source.0 += added;
        edge.target.0 += added;
    }
    for edge in &mut edges {
        edge.target.0 += added;
    }
    users.append(&mut picture.nodes);
    picture.nodes = users;
    edges.append(&mut picture.edges);
    picture.edges = edges;
}

/// The object, the right on it, and the pattern of the routing keys that a
/// topic permission narrows publishing to.
type Granted<'t> = (u32, EdgeKind, Option<&'t str>);

fn granted<'t>(
    topology: &'t Topology,
    permission: &'t Permission,
    show: Show,
    place: &impl Fn(usize) -> u32,
    found: &mut Vec<Granted<'t>>,
) {
    let rights = Rights::of(permission);
    let mut add = |node: topology::Node, kind, keys, granted: bool| {
        let at = place(topology.node_of(node).index());
        if granted && at != u32::MAX {
            found.push((at, kind, keys));
        }
    };
    for id in topology.exchanges_in(permission.vhost) {
        let exchange = topology.exchange(id);
        if exchange.origin == Origin::Missing {
            continue;
        }
        let [configure, write, _] = rights.on(who::permission_name(topology, id));
        let node = topology::Node::Exchange(id);
        let keys = who::topic_keys(topology, permission, exchange);
        let publish = show.permissions && write && !exchange.internal;
        add(node, EdgeKind::MayWrite, keys, publish);
        // Nobody can delete what every virtual host has.
        let own = exchange.origin == Origin::Defined;
        let configure = show.configure && configure && own;
        add(node, EdgeKind::MayConfigure, None, configure);
    }
    for id in topology.queues_in(permission.vhost) {
        let queue = topology.queue(id);
        if queue.origin == Origin::Missing {
            continue;
        }
        let [configure, _, read] = rights.on(&queue.name);
        let node = topology::Node::Queue(id);
        add(node, EdgeKind::MayRead, None, show.permissions && read);
        let configure = show.configure && configure;
        add(node, EdgeKind::MayConfigure, None, configure);
    }
}
