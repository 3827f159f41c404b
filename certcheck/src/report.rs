//! Outcomes as people and programs read them.

pub(crate) mod file;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod nagios;
pub(crate) mod prometheus;
pub(crate) mod show;
pub(crate) mod summary;
pub(crate) mod text;
pub(crate) mod xml;

/// A time as every report for programs writes it: in seconds, with three
/// decimals.
pub(crate) fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

#[cfg(test)]
mod tests;
