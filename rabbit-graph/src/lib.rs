//! Draws, checks, traces, compares and documents RabbitMQ topologies from the broker's definitions.

pub mod cli;
pub mod error;
pub mod terminal;
