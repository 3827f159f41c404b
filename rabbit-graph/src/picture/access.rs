//! Users in a picture: who may publish where, and consume from what.

use super::build::{attribute, bare, id_part};
use super::{Edge, EdgeKind, Node, NodeIndex, NodeKind, Picture};
use crate::topology::pattern::Pattern;
use crate::topology::{self, Origin, Permission, Topology};

/// Puts the users that may do something with the drawn objects in front.
pub(super) fn add(picture: &mut Picture, topology: &Topology, place: impl Fn(usize) -> u32) {
    let mut users: Vec<Node> = Vec::new();
    let mut edges: Vec<Edge> = Vec::new();
    for user in &topology.users {
        let mut found: Vec<(u32, EdgeKind)> = Vec::new();
        for permission in topology.permissions_of(&user.name) {
            granted(topology, permission, &place, &mut found);
        }
        if found.is_empty() {
            continue;
        }
        found.sort_unstable();
        found.dedup();
        let source = NodeIndex(users.len() as u32);
        edges.extend(found.into_iter().map(|(target, kind)| Edge {
            source,
            target: NodeIndex(target),
            kind,
            keys: Vec::new(),
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

fn granted(
    topology: &Topology,
    permission: &Permission,
    place: &impl Fn(usize) -> u32,
    found: &mut Vec<(u32, EdgeKind)>,
) {
    let rights = [&permission.write, &permission.read].map(|pattern| allowing(pattern));
    let mut test = |node: topology::Node, right: &Option<Pattern>, name: &str, kind| {
        let at = place(topology.node_of(node).index());
        if at != u32::MAX && right.as_ref().is_some_and(|pattern| pattern.is_match(name)) {
            found.push((at, kind));
        }
    };
    let [write, read] = &rights;
    for id in topology.exchanges_in(permission.vhost) {
        let exchange = topology.exchange(id);
        if exchange.origin != Origin::Missing && !exchange.internal {
            // The default exchange goes by this name in permissions.
            let name = if exchange.name.is_empty() {
                "amq.default"
            } else {
                &exchange.name
            };
            test(
                topology::Node::Exchange(id),
                write,
                name,
                EdgeKind::MayWrite,
            );
        }
    }
    for id in topology.queues_in(permission.vhost) {
        let queue = topology.queue(id);
        if queue.origin != Origin::Missing {
            test(
                topology::Node::Queue(id),
                read,
                &queue.name,
                EdgeKind::MayRead,
            );
        }
    }
}

/// The pattern of a permission. The empty one allows nothing but the empty
/// name; one that does not compile allows nothing at all.
fn allowing(pattern: &str) -> Option<Pattern> {
    let pattern = if pattern.is_empty() { "^$" } else { pattern };
    Pattern::new(pattern).ok()
}
