//! Serves network boot over DHCP and TFTP with the paths written as the firmware needs them, and explains, probes, renders and lints network boot set-ups.

pub mod cli;
pub mod error;
pub mod terminal;
