//! The timelines as JSON. The names of the fields stay; they are described in
//! the README.

use serde_json::{Value, json};

use crate::timeline::{Detail, Millis, News, Past, Row, Snapshot, StepRow};

/// A point in time as ISO 8601, in UTC.
pub(crate) fn instant(at: Millis) -> String {
    i64::try_from(at)
        .ok()
        .and_then(|at| jiff::Timestamp::from_millisecond(at).ok())
        .map_or_else(String::new, |at| format!("{at:.3}"))
}

/// Where all clients stand.
pub fn snapshot(snapshot: &Snapshot) -> Value {
    let clients: Vec<Value> = snapshot.rows.iter().map(row).collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "at": instant(snapshot.at),
        "clients": clients,
        "forgotten": snapshot.forgotten,
    })
}

/// One client's boot, and those before it.
pub fn detail(detail: &Detail) -> Value {
    let mut value = row(&detail.row);
    value["steps"] = detail.steps.iter().map(step).collect();
    value["left_out"] = detail.left_out.into();
    value["past"] = detail.past.iter().map(past).collect();
    value
}

/// What is new.
pub(crate) fn news(news: &News, at: Millis) -> Value {
    let clients: Vec<Value> = news
        .clients
        .iter()
        .map(|(client, steps)| {
            let mut value = row(client);
            value["steps"] = steps.iter().map(step).collect();
            value
        })
        .collect();
    let states: serde_json::Map<String, Value> = news
        .states
        .iter()
        .map(|(state, count)| (state.name().to_owned(), (*count).into()))
        .collect();
    json!({"at": instant(at), "states": states, "clients": clients})
}

fn row(row: &Row) -> Value {
    let file = row.file.as_ref().map(|file| {
        json!({
            "name": file.name,
            "way": file.way,
            "bytes": file.bytes,
            "size": file.size,
            "ms": file.took,
            "under_way": file.under_way,
        })
    });
    let reason = row
        .verdict
        .code
        .map(|code| json!({"code": code, "hint": row.verdict.hint}));
    json!({
        "id": row.id.to_string(),
        "address": row.address.map(|address| address.to_string()),
        "arch": row.architecture.map(|arch| arch.to_string()),
        "firmware": row.firmware,
        "rule": row.rule,
        "host": row.host,
        "class": row.class,
        "state": row.state.name(),
        "text": row.verdict.text,
        "reason": reason,
        "began": instant(row.began),
        "last": instant(row.last),
        "boots": row.boots,
        "file": file,
    })
}

fn step(step: &StepRow) -> Value {
    json!({
        "at": instant(step.at),
        "last": instant(step.last),
        "times": step.times,
        "text": step.text,
    })
}

fn past(past: &Past) -> Value {
    json!({
        "began": instant(past.began),
        "last": instant(past.last),
        "state": past.state.name(),
        "text": past.text,
    })
}
