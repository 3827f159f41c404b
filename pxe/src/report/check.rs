//! What `pxe check` prints.

use std::fmt::Write as _;

use crate::check::{Examined, Row};

/// For people.
pub(crate) fn text(examined: &Examined, color: bool) -> String {
    let mut text = String::new();
    let widest = |cell: fn(&Row) -> &str| {
        let cells = examined.clients.iter().map(cell);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let width = widest(|row| &row.client);
    // One long path does not push the sizes of all out of sight.
    let files = widest(|row| &row.file).min(40);
    for row in &examined.clients {
        let whom = match (&row.rule, &row.network) {
            (Some(rule), _) => format!("  (rule {rule})"),
            (None, Some(network)) => format!("  (network {network})"),
            (None, None) => String::new(),
        };
        let arch = row
            .architecture
            .map_or_else(|| "-".to_owned(), |arch| arch.to_string());
        let size = row
            .size
            .map_or_else(String::new, |size| format!("  {size} bytes"));
        let line = format!(
            "{:width$}  {arch:>2}  {:files$}{size}{whom}",
            row.client, row.file
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if examined.clients.is_empty() {
        text.push_str("no client gets a boot file\n");
    }
    let (bold, plain) = if color {
        ("\x1b[1;31m", "\x1b[0m")
    } else {
        ("", "")
    };
    for finding in &examined.findings {
        let _ = writeln!(
            text,
            "{bold}finding:{plain} {}: {}",
            finding.subject, finding.message
        );
        let _ = writeln!(text, "hint: {}", finding.hint);
    }
    let verdict = match examined.findings.len() {
        0 => "all is well".to_owned(),
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    let _ = writeln!(text, "{verdict}");
    text
}

/// For programs.
pub(crate) fn json(file: &str, examined: &Examined) -> serde_json::Value {
    let clients: Vec<_> = examined
        .clients
        .iter()
        .map(|row| {
            serde_json::json!({
                "rule": row.rule,
                "network": row.network,
                "client": row.client,
                "arch": row.architecture,
                "file": row.file,
                "size": row.size,
            })
        })
        .collect();
    let findings: Vec<_> = examined
        .findings
        .iter()
        .map(|finding| {
            serde_json::json!({
                "subject": finding.subject,
                "message": finding.message,
                "hint": finding.hint,
            })
        })
        .collect();
    serde_json::json!({
        "config": file,
        "ok": findings.is_empty(),
        "clients": clients,
        "findings": findings,
    })
}
