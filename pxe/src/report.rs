//! Results as text and JSON.

pub mod check;
pub mod decode;
pub mod explain;
pub mod leases;
pub mod lint;
mod message;
pub mod probe;
pub mod watch;

/// A JSON text as a terminal may show it; `-` for what is not known.
fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(
        || "-".to_owned(),
        |text| {
            text.chars()
                .map(|c| if c.is_control() { '?' } else { c })
                .collect()
        },
    )
}
