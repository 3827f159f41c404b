//! Writes a picture as GraphML, for yEd, Gephi, Cytoscape, networkx and the
//! like: virtual hosts and groups as nested graphs, everything else as data.
//!
//! Ids are those of the picture, with what XML cannot write in percent form;
//! the names in the data `name` have such characters as `\u{..}`.

use std::fmt::Write as _;

use crate::picture::{Attribute, Mark, Picture};
use crate::xml::{escaped, id};

/// (id, for, name, type) of each piece of data.
const KEYS: &[(&str, &str, &str, &str)] = &[
    ("d0", "node", "kind", "string"),
    ("d1", "node", "type", "string"),
    ("d2", "node", "name", "string"),
    ("d3", "node", "label", "string"),
    ("d4", "node", "properties", "string"),
    ("d5", "node", "attributes", "string"),
    ("d6", "node", "count", "int"),
    ("d7", "node", "mark", "string"),
    ("d8", "edge", "kind", "string"),
    ("d9", "edge", "label", "string"),
    ("d10", "edge", "count", "int"),
    ("d11", "edge", "attributes", "string"),
    ("d12", "edge", "mark", "string"),
];

/// The picture as a document.
pub fn write(picture: &Picture) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
    );
    for (id, kind, name, of) in KEYS {
        let _ = writeln!(
            out,
            "  <key id=\"{id}\" for=\"{kind}\" attr.name=\"{name}\" attr.type=\"{of}\"/>"
        );
    }
    out.push_str("  <graph id=\"topology\" edgedefault=\"directed\">\n");
    graph(&mut out, picture, None, 2);
    for (index, edge) in picture.edges.iter().enumerate() {
        let end = |node: crate::picture::NodeIndex| id(&picture.nodes[node.get()].id);
        let _ = writeln!(
            out,
            "    <edge id=\"e{index}\" source=\"{}\" target=\"{}\">",
            escaped(&end(edge.source)),
            escaped(&end(edge.target))
        );
        data(&mut out, 3, "d8", edge.kind.id());
        data(&mut out, 3, "d9", &edge.label_lines().join("\n"));
        data(&mut out, 3, "d10", &edge.count.to_string());
        data(&mut out, 3, "d11", &attributes(&edge.attributes));
        data(&mut out, 3, "d12", edge.mark.map_or("", Mark::id));
        out.push_str("    </edge>\n");
    }
    out.push_str("  </graph>\n</graphml>\n");
    out
}

/// The nodes of a cluster, the clusters in it first.
fn graph(out: &mut String, picture: &Picture, parent: Option<usize>, depth: usize) {
    let indent = "  ".repeat(depth);
    for (index, cluster) in picture.clusters.iter().enumerate() {
        if cluster.parent.map(|parent| parent.get()) != parent {
            continue;
        }
        let own = format!("cluster/{}", id(&cluster.id));
        let _ = writeln!(out, "{indent}<node id=\"{}\">", escaped(&own));
        data(out, depth + 1, "d0", "cluster");
        data(out, depth + 1, "d2", &cluster.name);
        data(out, depth + 1, "d5", &attributes(&cluster.attributes));
        data(out, depth + 1, "d7", cluster.mark.map_or("", Mark::id));
        let _ = writeln!(
            out,
            "{indent}  <graph id=\"{}:\" edgedefault=\"directed\">",
            escaped(&own)
        );
        graph(out, picture, Some(index), depth + 2);
        let _ = writeln!(out, "{indent}  </graph>\n{indent}</node>");
    }
    for node in &picture.nodes {
        if node.cluster.map(|cluster| cluster.get()) != parent {
            continue;
        }
        let _ = writeln!(out, "{indent}<node id=\"{}\">", escaped(&id(&node.id)));
        let properties: Vec<&str> = node.badges.iter().map(|badge| badge.meaning()).collect();
        let depth = depth + 1;
        data(out, depth, "d0", node.kind.id());
        let of = node.type_name.as_deref().or(node.kind.shape_id());
        data(out, depth, "d1", of.unwrap_or_default());
        data(out, depth, "d2", &node.name);
        data(out, depth, "d3", node.label());
        data(out, depth, "d4", &properties.join("\n"));
        data(out, depth, "d5", &attributes(&node.attributes));
        data(out, depth, "d6", &node.count().to_string());
        data(out, depth, "d7", node.mark.map_or("", Mark::id));
        let _ = writeln!(out, "{indent}</node>");
    }
}

/// One `name=value` a line.
fn attributes(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes
        .iter()
        .map(|attribute| format!("{}={}", attribute.name, attribute.value))
        .collect();
    lines.join("\n")
}

fn data(out: &mut String, depth: usize, key: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    let _ = write!(out, "{}<data key=\"{key}\">", "  ".repeat(depth));
    for c in value.chars() {
        // XML 1.0 has no way to write these.
        if matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
        {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            let _ = write!(out, "{}", escaped(c.encode_utf8(&mut [0; 4])));
        }
    }
    out.push_str("</data>\n");
}

#[cfg(test)]
#[path = "graphml/tests.rs"]
mod tests;
