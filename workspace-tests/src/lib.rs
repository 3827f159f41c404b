//! What the tests and the tour share: the four binaries as a user runs them,
//! real peers, and waiting on conditions.
//!
//! This crate sees the tools as binaries only; it never links one of them.

pub mod bins;
pub mod capture;
pub mod commands;
pub mod dhcp;
pub mod directory;
pub mod examples;
#[cfg(target_os = "linux")]
pub mod load;
#[cfg(target_os = "linux")]
pub mod netns;
pub mod peers;
pub mod process;
pub mod random;
pub mod scenarios;
pub mod tour;
pub mod wait;
