//! Draws, checks, traces, compares and documents RabbitMQ topologies from the broker's definitions.

pub mod cli;
pub mod definitions;
pub mod error;
pub mod graphml;
pub mod layout;
pub mod mermaid;
pub mod node_link;
pub mod picture;
pub mod scene;
pub mod svg;
pub mod terminal;
pub mod text;
