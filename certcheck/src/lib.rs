//! Checks HTTPS peers with strict hostname verification, says why one fails, and tests whether a client really verifies.

pub mod cli;
pub mod error;
pub mod terminal;
