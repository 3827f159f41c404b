//! Results as text and JSON.

pub(crate) mod check;
pub(crate) mod decode;
pub(crate) mod explain;
pub(crate) mod leases;
pub(crate) mod lint;
mod message;
pub(crate) mod probe;
pub(crate) mod watch;

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
