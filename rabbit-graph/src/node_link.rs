//! Writes a picture as JSON in node-link form, which networkx, d3 and the
//! like read: `{"directed", "multigraph", "graph", "nodes", "links"}`.

use serde_json::{Map, Value as Json, json};

use crate::definitions::Value;
use crate::picture::{Attribute, ClusterIndex, Edge, Mark, Node, Picture};

/// The picture as a document.
pub fn document(picture: &Picture) -> Json {
    let cluster_id = |cluster: Option<ClusterIndex>| {
        cluster.map(|cluster| picture.clusters[cluster.get()].id.clone())
    };
    let clusters: Vec<Json> = picture
        .clusters
        .iter()
        .map(|cluster| {
            json!({
                "id": cluster.id,
                "kind": match cluster.kind {
                    crate::picture::ClusterKind::VirtualHost => "vhost",
                    crate::picture::ClusterKind::Prefix => "group",
                },
                "name": cluster.name,
                "parent": cluster_id(cluster.parent),
                "attributes": attributes(&cluster.attributes),
                "mark": cluster.mark.map(Mark::id),
            })
        })
        .collect();
    let nodes: Vec<Json> = picture
        .nodes
        .iter()
        .map(|node| node_json(node, cluster_id(node.cluster)))
        .collect();
    let links: Vec<Json> = picture
        .edges
        .iter()
        .map(|edge| edge_json(edge, picture))
        .collect();
    json!({
        "directed": true,
        "multigraph": true,
        "graph": { "title": picture.title, "clusters": clusters },
        "nodes": nodes,
        "links": links,
    })
}

fn node_json(node: &Node, cluster: Option<String>) -> Json {
    let properties: Vec<&str> = node.badges.iter().map(|badge| badge.meaning()).collect();
    json!({
        "id": node.id,
        "kind": node.kind.id(),
        "type": node.type_name.as_deref().or(node.kind.shape_id()),
        "name": node.name,
        "cluster": cluster,
        "properties": properties,
        "attributes": attributes(&node.attributes),
        "count": node.count(),
        "members": node.members,
        "mark": node.mark.map(Mark::id),
    })
}

fn edge_json(edge: &Edge, picture: &Picture) -> Json {
    let keys: Vec<Json> = edge
        .keys
        .iter()
        .map(|key| {
            let arguments: Map<String, Json> = key
                .arguments
                .iter()
                .map(|(name, value)| (name.to_string(), plain(value)))
                .collect();
            json!({
                "routing_key": &*key.routing_key,
                "arguments": arguments,
                "label": key.label(),
            })
        })
        .collect();
    json!({
        "source": picture.nodes[edge.source.get()].id,
        "target": picture.nodes[edge.target.get()].id,
        "kind": edge.kind.id(),
        "keys": keys,
        "count": edge.count,
        "attributes": attributes(&edge.attributes),
        "mark": edge.mark.map(Mark::id),
    })
}

/// By name; the names of attributes may repeat, so a list.
fn attributes(attributes: &[Attribute]) -> Vec<Json> {
    attributes
        .iter()
        .map(|attribute| json!({ "name": attribute.name, "value": attribute.value }))
        .collect()
}

/// A value as JSON has it. A number that JSON cannot hold becomes a text.
pub fn plain(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Integer(value) => i64::try_from(*value)
            .map(Json::from)
            .or_else(|_| u64::try_from(*value).map(Json::from))
            .unwrap_or_else(|_| json!(value.to_string())),
        Value::Float(value) => json!(value),
        Value::String(value) => json!(value),
        Value::List(values) => values.iter().map(plain).collect(),
        Value::Table(table) => Json::Object(
            table
                .iter()
                .map(|(name, value)| (name.to_owned(), plain(value)))
                .collect(),
        ),
    }
}

#[cfg(test)]
#[path = "node_link/tests.rs"]
mod tests;
