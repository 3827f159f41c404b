//! Reads a broker's definitions, tells where a message ends and by which
//! bindings, what becomes of it when it is rejected there, and draws the
//! topology for Graphviz.
//!
//! ```sh
//! cargo run --example trace                          # a small topology
//! cargo run --example trace definitions.json shop order.created
//! ```

use std::io::{self, Write};

use rabbit_graph::filter::Selection;
use rabbit_graph::picture::{self, Show};
use rabbit_graph::route::{Message, Reason, Router, cases::default_vhost};
use rabbit_graph::topology::{Destination, Topology};
use rabbit_graph::{definitions, dot};

const SMALL: &str = r#"{
  "vhosts": [{"name": "/"}],
  "policies": [{"vhost": "/", "name": "dead", "pattern": "^orders", "apply-to": "queues",
    "definition": {"dead-letter-exchange": "rejected"}}],
  "exchanges": [
    {"name": "shop", "vhost": "/", "type": "topic"},
    {"name": "rejected", "vhost": "/", "type": "fanout"}],
  "queues": [{"name": "orders", "vhost": "/"}, {"name": "parked", "vhost": "/"}],
  "bindings": [
    {"source": "shop", "vhost": "/", "destination": "orders", "destination_type": "queue",
     "routing_key": "order.*", "arguments": {}},
    {"source": "rejected", "vhost": "/", "destination": "parked", "destination_type": "queue",
     "routing_key": "", "arguments": {}}]
}"#;

fn write(
    out: &mut impl Write,
    definitions: &[u8],
    exchange: &str,
    key: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let definitions = definitions::read("definitions.json", definitions)?;
    let topology = Topology::new(definitions);
    let vhost = default_vhost(&topology).ok_or("which virtual host?")?;
    let message = Message {
        keys: vec![key.to_owned()],
        ..Message::default()
    };
    let mut router = Router::new(&topology);
    let landed = router.publish(vhost, exchange, &message)?;
    if landed.is_unroutable() {
        writeln!(out, "{key} goes nowhere")?;
    }
    for queue in &landed.queues {
        write!(out, "{}", exchange)?;
        for step in landed.path_to(*queue) {
            let by = match step.reason {
                Reason::Binding(id) => topology.binding(id).key.to_string(),
                Reason::DefaultExchange => "its name".to_owned(),
                Reason::Alternate => "nothing else".to_owned(),
            };
            let to = match step.to {
                Destination::Exchange(id) => &topology.exchange(id).name,
                Destination::Queue(id) => &topology.queue(id).name,
            };
            write!(out, " --{by}--> {to}")?;
        }
        writeln!(out)?;
    }
    let rejected = router.reject(&landed, &message)?;
    for hop in &rejected.hops {
        for queue in &hop.outcome.queues {
            writeln!(
                out,
                "rejected in {}: to {}",
                topology.queue(hop.queue).name,
                topology.queue(*queue).name
            )?;
        }
    }
    let picture = picture::build(&topology, &Selection::all(&topology), Show::default());
    dot::write(&picture, dot::Options::default(), out)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let definitions = match arguments.next() {
        Some(path) => std::fs::read(path)?,
        None => SMALL.into(),
    };
    let exchange = arguments.next().unwrap_or_else(|| "shop".to_owned());
    let key = arguments
        .next()
        .unwrap_or_else(|| "order.created".to_owned());
    write(&mut io::stdout().lock(), &definitions, &exchange, &key)
}
