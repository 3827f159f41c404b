//! Results as text and JSON.

pub mod check;
pub mod decode;
pub mod explain;
mod message;
pub mod probe;
