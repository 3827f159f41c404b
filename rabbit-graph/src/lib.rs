//! Draws, checks, traces, compares and documents RabbitMQ topologies from the broker's definitions.

pub mod cli;
pub mod definitions;
pub mod error;
pub mod picture;
pub mod layout;
pub mod picture;
pub mod scene;
pub mod svg;
pub mod terminal;
pub mod text;
