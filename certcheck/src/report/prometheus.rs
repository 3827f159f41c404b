//! The text format of Prometheus, for the textfile collector of node_exporter.

use std::fmt::Write as _;

use super::seconds;
use super::summary::Summary;
use crate::diagnosis::Verdict;

/// The whole file. There are no timestamps in it: the collector refuses them
/// and shows the age of the file itself.
pub(crate) fn file(summaries: &[Summary], now: i64) -> String {
    let mut text = String::new();
    family(
        &mut text,
        summaries,
        "certcheck_up",
        "Whether the peer passed the check (1) or not (0).",
        |summary| Some(u8::from(summary.verdict.passed()).to_string()),
    );
    family(
        &mut text,
        summaries,
        "certcheck_checked",
        "Whether the peer could be checked (1) or not (0).",
        |summary| Some(u8::from(summary.verdict != Verdict::Unchecked).to_string()),
    );
    family(
        &mut text,
        summaries,
        "certcheck_not_after_timestamp_seconds",
        "End of the certificate of the chain that ends first, in seconds since 1970.",
        |summary| summary.not_after.map(|end| end.to_string()),
    );
    family(
        &mut text,
        summaries,
        "certcheck_http_status",
        "Status of the HTTP answer.",
        |summary| summary.http_status.map(|status| status.to_string()),
    );
    family(
        &mut text,
        summaries,
        "certcheck_duration_seconds",
        "How long the check took.",
        |summary| Some(seconds(summary.milliseconds)),
    );
    header(
        &mut text,
        "certcheck_info",
        "The verdict, its reason and the TLS version.",
    );
    for summary in summaries {
        let _ = writeln!(
            text,
            "certcheck_info{{target=\"{}\",verdict=\"{}\",reason=\"{}\",tls=\"{}\"}} 1",
            escaped(&summary.target),
            summary.verdict.name(),
            summary.reason.unwrap_or_default(),
            summary.tls_version.as_deref().unwrap_or_default(),
        );
    }
    header(
        &mut text,
        "certcheck_last_run_timestamp_seconds",
        "When this file was written, in seconds since 1970.",
    );
    let _ = writeln!(text, "certcheck_last_run_timestamp_seconds {now}");
    text
}

fn header(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn family(
    text: &mut String,
    summaries: &[Summary],
    name: &str,
    help: &str,
    value: impl Fn(&Summary) -> Option<String>,
) {
    header(text, name, help);
    for summary in summaries {
        if let Some(value) = value(summary) {
            let target = escaped(&summary.target);
            let _ = writeln!(text, "{name}{{target=\"{target}\"}} {value}");
        }
    }
}

/// A label value (exposition format: backslash, quote and line feed).
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
