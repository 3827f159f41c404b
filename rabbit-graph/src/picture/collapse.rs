//! Many objects of the same shape, in the same place of the graph, as one.

use std::collections::HashMap;

use super::{ClusterIndex, Edge, EdgeKind, Key, Mark, Node, NodeIndex, Picture};

/// What makes two nodes alike: where they are, what they are, and which
/// edges of which kind join them to which others.
type Signature = (
    Option<ClusterIndex>,
    super::NodeKind,
    Option<Box<str>>,
    Vec<super::Badge>,
    Option<Mark>,
    Vec<Joint>,
);

/// One end of an edge: whether it leaves here, its kind, the node at the
/// other end.
type Joint = (bool, EdgeKind, u32, Option<Mark>);

impl Picture {
    /// Merges edges that join the same nodes in the same way into one with a
    /// list of keys.
    pub fn merge_parallels(&mut self) {
        let mut merged: Vec<Edge> = Vec::with_capacity(self.edges.len());
        let mut places: HashMap<(NodeIndex, NodeIndex, EdgeKind, Option<Mark>), usize> =
            HashMap::new();
        for edge in self.edges.drain(..) {
            let place = (edge.source, edge.target, edge.kind, edge.mark);
            match places.get(&place) {
                Some(at) => {
                    let kept = &mut merged[*at];
                    kept.count += edge.count;
                    kept.keys.extend(edge.keys);
                    kept.attributes.extend(edge.attributes);
                }
                None => {
                    places.insert(place, merged.len());
                    merged.push(edge);
                }
            }
        }
        for edge in &mut merged {
            edge.keys.sort_by(compare_keys);
            edge.keys.dedup();
            edge.attributes
                .sort_by(|a, b| (&a.name, &a.value).cmp(&(&b.name, &b.value)));
            edge.attributes.dedup();
        }
        self.edges = merged;
    }

    /// Makes one node of all that are alike, until no two are; parallel
    /// edges merge.
    pub fn collapse(&mut self) {
        self.merge_parallels();
        // Every round but the last makes the picture smaller.
        while self.collapse_once() {}
    }

    fn collapse_once(&mut self) -> bool {
        let mut joined: Vec<Vec<Joint>> = vec![Vec::new(); self.nodes.len()];
        for edge in &self.edges {
            joined[edge.source.get()].push((true, edge.kind, edge.target.0, edge.mark));
            joined[edge.target.get()].push((false, edge.kind, edge.source.0, edge.mark));
        }
        let mut groups: HashMap<Signature, u32> = HashMap::new();
        let mut kept: Vec<Node> = Vec::new();
        let mut places: Vec<u32> = Vec::with_capacity(self.nodes.len());
        for (node, mut edges) in self.nodes.drain(..).zip(joined) {
            edges.sort_unstable();
            let signature = (
                node.cluster,
                node.kind,
                node.type_name.clone(),
                node.badges.clone(),
                node.mark,
                edges,
            );
            match groups.get(&signature) {
                Some(at) => {
                    places.push(*at);
                    absorb(&mut kept[*at as usize], node);
                }
                None => {
                    let at = kept.len() as u32;
                    groups.insert(signature, at);
                    places.push(at);
                    kept.push(node);
                }
            }
        }
        let smaller = kept.len() < places.len();
        self.nodes = kept;
        for edge in &mut self.edges {
            edge.source.0 = places[edge.source.get()];
            edge.target.0 = places[edge.target.get()];
        }
        self.merge_parallels();
        if !smaller {
            for node in &mut self.nodes {
                if node.members.len() > 1 {
                    node.name = common_name(&node.members).into();
                }
            }
        }
        smaller
    }
}

fn absorb(kept: &mut Node, node: Node) {
    if kept.members.is_empty() {
        kept.members.push(kept.name.clone());
    }
    if node.members.is_empty() {
        kept.members.push(node.name);
    } else {
        kept.members.extend(node.members);
    }
    kept.notes.retain(|note| node.notes.contains(note));
    kept.attributes
        .retain(|attribute| node.attributes.contains(attribute));
}

/// `orders.*.retry` of names that begin and end alike, else the first and
/// the last of them.
fn common_name(members: &[Box<str>]) -> String {
    let (Some(first), Some(last)) = (members.first(), members.last()) else {
        return String::new();
    };
    let shortest = members.iter().map(|name| name.chars().count()).min();
    let shortest = shortest.unwrap_or_default();
    let same = |reverse: bool| {
        (0..shortest)
            .take_while(|at| {
                let character = |name: &str| match reverse {
                    false => name.chars().nth(*at),
                    true => name.chars().nth_back(*at),
                };
                members
                    .iter()
                    .all(|name| character(name) == character(first))
            })
            .count()
    };
    let prefix = same(false);
    let suffix = same(true).min(shortest - prefix);
    if prefix + suffix < 3 {
        return format!("{first} … {last}");
    }
    let start: String = first.chars().take(prefix).collect();
    let end: String = first.chars().skip(first.chars().count() - suffix).collect();
    format!("{start}*{end}")
}

fn compare_keys(a: &Key, b: &Key) -> std::cmp::Ordering {
    a.routing_key.cmp(&b.routing_key).then_with(|| {
        let pairs = a.arguments.iter().zip(&b.arguments);
        let mut differing = pairs.map(|(a, b)| a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1)));
        (differing.find(|order| order.is_ne()))
            .unwrap_or_else(|| a.arguments.len().cmp(&b.arguments.len()))
    })
}
