//! Outcomes as people and programs read them.

pub mod file;
pub mod json;
pub mod junit;
pub mod nagios;
pub mod prometheus;
pub mod show;
pub mod summary;
pub mod text;

#[cfg(test)]
mod tests;
