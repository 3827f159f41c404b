//! Results as text and JSON.

pub mod check;
pub mod decode;
pub mod explain;
pub mod lint;
mod message;
pub mod probe;
