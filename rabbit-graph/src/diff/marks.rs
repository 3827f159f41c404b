//! Two pictures as one, with what differs marked.

use std::collections::{BTreeMap, HashMap};

use crate::picture::{Cluster, ClusterIndex, Edge, Mark, Node, NodeIndex, Picture};

/// The union of two pictures. What only the old one has is marked as removed,
/// what only the new one has as added, what both have with other properties
/// as changed.
pub fn merged(old: &Picture, new: &Picture) -> Picture {
    let clusters = merged_clusters(&old.clusters, &new.clusters);
    let index: HashMap<&str, ClusterIndex> = (clusters.iter().enumerate())
        .map(|(at, cluster)| (cluster.id.as_str(), ClusterIndex(at as u32)))
        .collect();
    let mut nodes: BTreeMap<(Option<ClusterIndex>, bool, &str), Node> = BTreeMap::new();
    for (picture, mark) in [(old, Mark::Removed), (new, Mark::Added)] {
        for node in &picture.nodes {
            let cluster = (node.cluster)
                .and_then(|at| index.get(picture.clusters[at.get()].id.as_str()))
                .copied();
            let queue = node.id.starts_with("queue/");
            let found = Node {
                cluster,
                mark: Some(mark),
                ..node.clone()
            };
            nodes
                .entry((cluster, queue, &node.id))
                .and_modify(|before| {
                    let same = Node {
                        mark: before.mark,
                        ..found.clone()
                    } == *before;
                    let mark = if same { None } else { Some(Mark::Changed) };
                    *before = Node {
                        mark,
                        ..found.clone()
                    };
                })
                .or_insert(found);
        }
    }
    let nodes: Vec<Node> = nodes.into_values().collect();
    let places: HashMap<&str, u32> = nodes
        .iter()
        .enumerate()
        .map(|(at, node)| (&*node.id, at as u32))
        .collect();
    let mut edges: BTreeMap<(u32, u32, crate::picture::EdgeKind, String), Vec<Edge>> =
        BTreeMap::new();
    for (picture, mark) in [(old, Mark::Removed), (new, Mark::Added)] {
        for edge in &picture.edges {
            let [source, target] =
                [edge.source, edge.target].map(|at| places[&*picture.nodes[at.get()].id]);
            let found = Edge {
                source: NodeIndex(source),
                target: NodeIndex(target),
                mark: Some(mark),
                ..edge.clone()
            };
            let label = edge.label_lines().join("\n");
            let same = edges.entry((source, target, edge.kind, label)).or_default();
            match (
                mark,
                same.iter_mut().find(|it| it.mark == Some(Mark::Removed)),
            ) {
                (Mark::Added, Some(before)) => {
                    let equal = before.keys == found.keys && before.attributes == found.attributes;
                    let mark = if equal { None } else { Some(Mark::Changed) };
                    *before = Edge { mark, ..found };
                }
                _ => same.push(found),
            }
        }
    }
    Picture {
        title: format!("{}: what changed", new.title),
        clusters,
        edges: edges.into_values().flatten().collect(),
        nodes,
    }
}

fn merged_clusters(old: &[Cluster], new: &[Cluster]) -> Vec<Cluster> {
    let mut clusters: BTreeMap<&str, Cluster> = BTreeMap::new();
    for (list, mark) in [(old, Mark::Removed), (new, Mark::Added)] {
        for cluster in list {
            clusters
                .entry(&cluster.name)
                .and_modify(|before| {
                    let same = before.attributes == cluster.attributes;
                    before.mark = if same { None } else { Some(Mark::Changed) };
                    before.attributes.clone_from(&cluster.attributes);
                })
                .or_insert_with(|| Cluster {
                    mark: Some(mark),
                    ..cluster.clone()
                });
        }
    }
    clusters.into_values().collect()
}
