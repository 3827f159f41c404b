//! Frames within a virtual host around names with a common prefix.

use std::collections::BTreeMap;

use super::build::id_part;
use super::{Cluster, ClusterIndex, ClusterKind, Node, NodeIndex, Picture};

impl Picture {
    /// Frames objects of a virtual host whose names have the same part
    /// before the separator; one object alone gets no frame.
    pub fn group_by_prefix(&mut self, separator: &str) {
        if separator.is_empty() {
            return;
        }
        let prefix = |node: &Node| -> Option<(ClusterIndex, String)> {
            let (prefix, _) = node.name.split_once(separator)?;
            Some((node.cluster?, prefix.to_owned())).filter(|_| !prefix.is_empty())
        };
        let mut sizes: BTreeMap<(ClusterIndex, String), usize> = BTreeMap::new();
        for node in &self.nodes {
            if let Some(group) = prefix(node) {
                *sizes.entry(group).or_default() += node.count();
            }
        }
        let mut groups: BTreeMap<(ClusterIndex, String), ClusterIndex> = BTreeMap::new();
        for ((parent, name), _) in sizes.into_iter().filter(|(_, size)| *size > 1) {
            let index = ClusterIndex(self.clusters.len() as u32);
            let vhost = id_part(&self.clusters[parent.get()].name).into_owned();
            self.clusters.push(Cluster {
                id: format!("group/{vhost}/{}", id_part(&name)),
                kind: ClusterKind::Prefix,
                name: format!("{name}{separator}"),
                parent: Some(parent),
                attributes: Vec::new(),
                mark: None,
            });
            groups.insert((parent, name), index);
        }
        let mut order: Vec<(Option<ClusterIndex>, Option<ClusterIndex>, usize)> =
            Vec::with_capacity(self.nodes.len());
        for (at, node) in self.nodes.iter_mut().enumerate() {
            let outer = node.cluster;
            let inner = prefix(node).and_then(|group| groups.get(&group)).copied();
            if inner.is_some() {
                node.cluster = inner;
            }
            order.push((outer, inner, at));
        }
        order.sort_unstable();
        let mut places = vec![0; order.len()];
        let mut nodes: Vec<Option<Node>> = self.nodes.drain(..).map(Some).collect();
        for (place, (_, _, at)) in order.into_iter().enumerate() {
            places[at] = place as u32;
            self.nodes.extend(nodes[at].take());
        }
        for edge in &mut self.edges {
            edge.source = NodeIndex(places[edge.source.get()]);
            edge.target = NodeIndex(places[edge.target.get()]);
        }
        // Stable, so that edges between the same nodes keep their order.
        self.edges
            .sort_by_key(|edge| (edge.source, edge.target, edge.kind));
    }
}
