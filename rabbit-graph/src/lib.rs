//! Draws, checks, traces, compares and documents RabbitMQ topologies from the
//! broker's definitions.
//!
//! # As a library
//!
//! Definitions in, answers and pictures out; nothing exported opens a file or
//! asks a broker. What is exported follows semantic versioning with the crate;
//! `examples/trace.rs` does more of it.
//!
//! ```
//! use rabbit_graph::definitions;
//! use rabbit_graph::route::{Message, Router, cases::default_vhost};
//! use rabbit_graph::topology::Topology;
//!
//! let export = br#"{"vhosts": [{"name": "/"}],
//!     "exchanges": [{"name": "shop", "vhost": "/", "type": "topic"}],
//!     "queues": [{"name": "orders", "vhost": "/"}],
//!     "bindings": [{"source": "shop", "vhost": "/", "destination": "orders",
//!         "destination_type": "queue", "routing_key": "order.#", "arguments": {}}]}"#;
//! let topology = Topology::new(definitions::read("definitions.json", export)?);
//! let vhost = default_vhost(&topology).expect("there is one");
//! let message = Message { keys: vec!["order.created.web".into()], ..Message::default() };
//! let landed = Router::new(&topology).publish(vhost, "shop", &message)?;
//! let names: Vec<&str> = landed.queues.iter().map(|id| &*topology.queue(*id).name).collect();
//! assert_eq!(names, ["orders"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The rooms
//!
//! - [`definitions`]: the tolerant reader of exports. Nothing a file names is
//!   lost, and no secret gets past it.
//! - [`topology`]: the broker's rules: objects with typed ids, policies, the
//!   graph of where messages go.
//! - [`route`], [`lint`], [`who`], [`diff`]: what can be asked of a topology.
//! - [`filter`] and [`picture`]: which part is drawn, ready for every format.
//! - [`layout`], [`text`], [`scene`]: from a picture to coordinates; or
//!   [`graphviz`], an installed one.
//! - [`dot`], [`svg`], [`html`], [`mermaid`], [`graphml`], [`node_link`],
//!   [`raster`], [`handbook`]: the formats, with [`xml`] below them.
//! - [`source`] and [`output`]: the edges to files and the management API.
//! - [`cli`]: arguments, wiring, exit status; one file a command.
//!
//! # What must hold
//!
//! 1. The rules are the broker's, not an approximation of them.
//! 2. The same definitions give the same bytes in every format, whatever the
//!    order of the file.
//! 3. Passwords, hashes and the secrets in URIs end in [`definitions`]; no
//!    other room ever holds one.
//!
//! # What an attacker controls
//!
//! Every byte of a definitions file: names, arguments, patterns, sizes.
//! Policies are PCRE patterns and run with a limit on backtracking; the
//! layout has a limit on objects and edges; names are escaped for each format
//! by its own room.

mod cli;
pub mod definitions;
pub mod diff;
pub mod dot;
pub mod error;
pub mod filter;
pub mod graphml;
mod graphviz;
pub mod handbook;
pub mod html;
pub mod layout;
pub mod lint;
pub mod mermaid;
pub mod node_link;
mod output;
pub mod picture;
pub mod raster;
pub mod route;
pub mod scene;
mod source;
pub mod svg;
mod terminal;
pub mod text;
pub mod topology;
pub mod who;
mod xml;

pub use cli::main;
