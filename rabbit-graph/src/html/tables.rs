//! What the script of the page routes by: for each virtual host its
//! exchanges with their bindings and its queues, with policies resolved.

use serde_json::{Map, Value as Json, json};

use crate::definitions::{Table, Value};
use crate::picture::{ClusterKind, Picture};
use crate::topology::{Destination, Origin, Topology, Version};

/// The tables of the virtual hosts in a picture. Names, keys and arguments
/// only: nothing that a picture would not show.
pub fn of(topology: &Topology, picture: &Picture) -> Json {
    let in_sight = |name: &str| {
        picture
            .clusters
            .iter()
            .any(|cluster| cluster.kind == ClusterKind::VirtualHost && cluster.name == name)
    };
    let mut exchanges: Vec<Map<String, Json>> = vec![Map::new(); topology.vhosts.len()];
    let mut queues = exchanges.clone();
    let mut bindings: Vec<Vec<Json>> = vec![Vec::new(); topology.exchanges.len()];
    for binding in &topology.bindings {
        let mut entry = match binding.destination {
            Destination::Queue(queue) => json!({ "queue": topology.queue(queue).name }),
            Destination::Exchange(exchange) => {
                json!({ "exchange": topology.exchange(exchange).name })
            }
        };
        entry["key"] = json!(&*binding.key);
        entry["arguments"] = arguments(&binding.arguments);
        bindings[binding.source.get()].push(entry);
    }
    for (exchange, bindings) in topology.exchanges.iter().zip(bindings) {
        let alternate = exchange
            .alternate
            .as_ref()
            .map(|alternate| &topology.exchange(alternate.exchange).name);
        exchanges[exchange.vhost.get()].insert(
            exchange.name.to_string(),
            json!({
                "type": exchange.kind.name(),
                "missing": exchange.origin == Origin::Missing,
                "internal": exchange.internal,
                "alternate": alternate,
                "bindings": bindings,
            }),
        );
    }
    for queue in &topology.queues {
        queues[queue.vhost.get()].insert(
            queue.name.to_string(),
            json!({ "missing": queue.origin == Origin::Missing }),
        );
    }
    let vhosts: Map<String, Json> = topology
        .vhosts
        .iter()
        .zip(exchanges.into_iter().zip(queues))
        .filter(|(vhost, _)| in_sight(&vhost.name))
        .map(|(vhost, (exchanges, queues))| {
            (
                vhost.name.to_string(),
                json!({ "exchanges": exchanges, "queues": queues }),
            )
        })
        .collect();
    let rules = topology.rules();
    json!({
        // Whether a header 1.0 differs from an asked 1.
        "strict_numbers": rules >= Version::new(3, 13),
        // Whether the modes that count `x-` headers are known.
        "with_x": rules >= Version::new(3, 10),
        "vhosts": vhosts,
    })
}

fn arguments(table: &Table) -> Json {
    let map: Map<String, Json> = table
        .iter()
        .map(|(name, value)| (name.to_owned(), typed(value)))
        .collect();
    Json::Object(map)
}

/// A value with its type, which a number of JavaScript does not have.
fn typed(value: &Value) -> Json {
    match value {
        Value::Null => json!(["n"]),
        Value::Bool(value) => json!(["b", value]),
        Value::Integer(value) => json!(["i", value.to_string()]),
        Value::Float(value) => json!(["f", value]),
        Value::String(value) => json!(["s", value]),
        Value::List(_) | Value::Table(_) => {
            json!(["o", crate::node_link::plain(value).to_string()])
        }
    }
}
