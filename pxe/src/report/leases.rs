//! What `pxe leases` prints.

use std::fmt::Write as _;

use serde_json::Value;

use super::plain;

/// For people: a table, by address.
pub(crate) fn text(leases: &Value) -> String {
    let rows: Vec<[String; 4]> = leases["leases"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|lease| ["address", "mac", "state", "until"].map(|field| plain(&lease[field])))
        .collect();
    if rows.is_empty() {
        return "no address was ever lent\n".to_owned();
    }
    let head = ["ADDRESS", "MAC", "STATE", "UNTIL"].map(str::to_owned);
    let width = |column: usize| {
        let cells = rows.iter().chain([&head]).map(|row| row[column].len());
        cells.max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for [address, mac, state, until] in [&head].into_iter().chain(&rows) {
        let [first, second, third] = widths;
        let _ = writeln!(
            text,
            "{address:first$}  {mac:second$}  {state:third$}  {until}"
        );
    }
    text
}

/// What was taken back, and what there was nothing to take of.
pub(crate) fn released(result: &Value) -> String {
    let mut text = String::new();
    let lines = |field: &str| result[field].as_array().cloned().unwrap_or_default();
    for address in lines("released") {
        let _ = writeln!(text, "{}: released", plain(&address));
    }
    for client in lines("not_lent") {
        let _ = writeln!(text, "{}: nothing is lent", plain(&client));
    }
    for error in lines("failed") {
        let (subject, message) = (plain(&error["subject"]), plain(&error["message"]));
        let _ = writeln!(text, "{subject}: failed: {message}");
    }
    text
}
