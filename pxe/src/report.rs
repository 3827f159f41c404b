//! Results as text and JSON.

pub mod check;
pub mod probe;
