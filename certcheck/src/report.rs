//! Outcomes as people and programs read them.

pub mod file;
pub mod json;
pub mod junit;
pub mod nagios;
pub mod prometheus;
pub mod show;
pub mod summary;
pub mod text;
pub mod xml;

/// A time as every report for programs writes it: in seconds, with three
/// decimals.
pub fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

#[cfg(test)]
mod tests;
