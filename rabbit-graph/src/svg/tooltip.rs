//! What a reader is told who points at something.

use std::fmt::Write as _;

use crate::picture::{Attribute, Cluster, Edge, Node};
use crate::text::visible;

/// More lines do not fit a tooltip.
const MOST_LINES: usize = 40;

/// About a node: what it is, its properties, what it stands for.
pub fn of_node(node: &Node) -> String {
    let mut text = format!("{}\n{}", visible(node.label()), visible(&node.kind_label()));
    for badge in &node.badges {
        let _ = write!(text, "\n{}", badge.meaning());
    }
    attributes(&mut text, &node.attributes);
    if node.count() > 1 {
        lines(
            &mut text,
            node.members
                .iter()
                .map(|member| visible(member).into_owned()),
        );
    }
    mark(&mut text, node.mark);
    text
}

/// About an edge: from where to where, and every key.
pub fn of_edge(edge: &Edge, source: &Node, target: &Node) -> String {
    let mut text = format!(
        "{}\n{} → {}",
        edge.kind.label(),
        visible(source.label()),
        visible(target.label())
    );
    lines(
        &mut text,
        edge.label_lines()
            .iter()
            .map(|line| visible(line).into_owned()),
    );
    if edge.count as usize > edge.keys.len().max(1) {
        let _ = write!(text, "\n{} in all", edge.count);
    }
    attributes(&mut text, &edge.attributes);
    mark(&mut text, edge.mark);
    text
}

/// About a cluster.
pub fn of_cluster(cluster: &Cluster) -> String {
    let kind = match cluster.kind {
        crate::picture::ClusterKind::VirtualHost => "virtual host",
        crate::picture::ClusterKind::Prefix => "group",
    };
    let mut text = format!("{kind} {}", visible(&cluster.name));
    attributes(&mut text, &cluster.attributes);
    mark(&mut text, cluster.mark);
    text
}

fn attributes(text: &mut String, attributes: &[Attribute]) {
    lines(
        text,
        attributes
            .iter()
            .map(|one| format!("{}: {}", visible(&one.name), visible(&one.value))),
    );
}

fn lines(text: &mut String, lines: impl ExactSizeIterator<Item = String>) {
    let left_out = lines.len().saturating_sub(MOST_LINES);
    for line in lines.take(MOST_LINES) {
        text.push('\n');
        text.push_str(&line);
    }
    if left_out > 0 {
        let _ = write!(text, "\n… and {left_out} more");
    }
}

fn mark(text: &mut String, mark: Option<crate::picture::Mark>) {
    if let Some(mark) = mark {
        let _ = write!(text, "\n{}", mark.id());
    }
}
