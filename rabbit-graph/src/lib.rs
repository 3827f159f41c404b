//! Draws, checks, traces, compares and documents RabbitMQ topologies from the broker's definitions.

pub mod cli;
pub mod definitions;
pub mod diff;
pub mod dot;
pub mod error;
pub mod filter;
pub mod graphml;
pub mod graphviz;
pub mod handbook;
pub mod html;
pub mod layout;
pub mod lint;
pub mod mermaid;
pub mod node_link;
pub mod output;
pub mod picture;
pub mod raster;
pub mod route;
pub mod scene;
pub mod source;
pub mod svg;
pub mod terminal;
pub mod text;
pub mod topology;
pub mod who;
pub mod xml;
