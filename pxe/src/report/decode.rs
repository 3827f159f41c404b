//! What `pxe decode` prints.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::message::text_and_hex;
use crate::capture::{Summary, link_name};
use crate::decode::{Boot, Outcome, Told, Verdict};
use crate::dhcp::client::uuid_text;
use crate::firmware::shown;

/// Whether some boot stopped.
pub(crate) fn any_stopped(told: &Told) -> bool {
    told.boots
        .iter()
        .any(|(_, verdict)| verdict.reason().is_some())
}

/// For people.
pub(crate) fn text(told: &Told, summary: &Summary, color: bool) -> String {
    let mut text = String::new();
    for (boot, verdict) in &told.boots {
        let _ = writeln!(text, "{}", title(boot));
        for event in &boot.events {
            let again = if event.count > 1 {
                let last = seconds(event.last.saturating_sub(boot.at));
                format!("  ({} times, last at {last})", event.count)
            } else {
                String::new()
            };
            let at = seconds(event.at.saturating_sub(boot.at));
            let _ = writeln!(text, "  {at:>9}  {}{again}", event.text);
        }
        if boot.more_events > 0 {
            let _ = writeln!(text, "             ... and {} more", boot.more_events);
        }
        for finding in &verdict.findings {
            let _ = writeln!(text, "  finding: {finding}");
        }
        write_verdict(&mut text, boot, verdict, color);
        text.push('\n');
    }
    let _ = writeln!(text, "{}", count(told));
    for note in notes(told, summary) {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

fn write_verdict(text: &mut String, boot: &Boot, verdict: &Verdict, color: bool) {
    let (red, green, off) = if color {
        ("\x1b[1;31m", "\x1b[1;32m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    let _ = match &verdict.outcome {
        Outcome::Loaded { path, size } => {
            writeln!(text, "  {green}loaded:{off} {}, {size} bytes", shown(path))
        }
        Outcome::Unfinished(what) => writeln!(text, "  the capture ends here: so far, {what}"),
        Outcome::Stopped(reason) => {
            let screen = boot
                .profile()
                .and_then(|profile| profile.screen(reason))
                .map_or_else(String::new, |code| format!(" ({code} on its screen)"));
            let _ = writeln!(text, "  {red}stopped:{off} {}{screen}", reason.text());
            writeln!(text, "  hint: {}", reason.hint())
        }
    };
}

fn title(boot: &Boot) -> String {
    let mut parts = Vec::new();
    match &boot.client {
        Some(client) => {
            parts.push(client.mac.to_string());
            if let Some(architecture) = client.architecture() {
                parts.push(architecture.to_string());
            }
        }
        None => parts.push("a machine whose DHCP was not recorded".to_owned()),
    }
    if let Some(profile) = boot.profile() {
        parts.push(format!("taken for {}", profile.name));
    }
    if let Some(address) = boot.address {
        parts.push(address.to_string());
    }
    parts.join(", ")
}

fn count(told: &Told) -> String {
    let of = |wanted: fn(&Outcome) -> bool| {
        told.boots
            .iter()
            .filter(|(_, verdict)| wanted(&verdict.outcome))
            .count()
    };
    if told.boots.is_empty() {
        return "no boot in it".to_owned();
    }
    let mut parts = vec![format!(
        "{} boot{}",
        told.boots.len(),
        if told.boots.len() == 1 { "" } else { "s" }
    )];
    for (count, what) in [
        (of(|o| matches!(o, Outcome::Loaded { .. })), "loaded"),
        (of(|o| matches!(o, Outcome::Stopped(_))), "stopped"),
        (of(|o| matches!(o, Outcome::Unfinished(_))), "unfinished"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.join(", ")
}

/// What else is to be known of the capture.
fn notes(told: &Told, summary: &Summary) -> Vec<String> {
    let mut notes = Vec::new();
    if summary.cut {
        notes.push("the last packet of the file is cut short".to_owned());
    }
    for (link, packets) in &summary.unknown_links {
        notes.push(format!(
            "{packets} packets are of a kind that is not read here: {}",
            link_name(*link)
        ));
    }
    if told.left_out > 0 {
        notes.push(format!(
            "{} more boots than can be told at once; cut the capture up with `editcap`",
            told.left_out
        ));
    }
    if told.boots.is_empty() && summary.packets > 0 {
        notes.push(
            "record on the client's network: `tcpdump -i eth0 -w boot.pcap port 67 or port 68 \
             or port 4011 or udp or tcp port 80`"
                .to_owned(),
        );
    }
    notes
}

fn seconds(nanoseconds: u64) -> String {
    format!("+{:.3}", nanoseconds as f64 / 1e9)
}

/// For programs.
pub(crate) fn json(file: &str, told: &Told, summary: &Summary) -> Value {
    let boots: Vec<Value> = told
        .boots
        .iter()
        .map(|(boot, verdict)| boot_json(boot, verdict))
        .collect();
    json!({
        "file": file,
        "packets": summary.packets,
        "cut": summary.cut,
        "left_out": told.left_out,
        "boots": boots,
        "ok": !any_stopped(told),
    })
}

fn boot_json(boot: &Boot, verdict: &Verdict) -> Value {
    let client = boot.client.as_ref();
    let at = |nanoseconds: u64| nanoseconds as f64 / 1e9;
    let events: Vec<Value> = boot
        .events
        .iter()
        .map(|event| {
            json!({
                "at": at(event.at),
                "last": at(event.last),
                "count": event.count,
                "text": event.text,
            })
        })
        .collect();
    let reason = verdict.reason();
    let result = match &verdict.outcome {
        Outcome::Loaded { .. } => "loaded",
        Outcome::Stopped(_) => "stopped",
        Outcome::Unfinished(_) => "unfinished",
    };
    let loaded = match &verdict.outcome {
        Outcome::Loaded { path, size } => json!({ "file": text_and_hex(path), "size": size }),
        Outcome::Stopped(_) | Outcome::Unfinished(_) => Value::Null,
    };
    let text = match &verdict.outcome {
        Outcome::Loaded { path, .. } => format!("loaded {}", shown(path)),
        Outcome::Stopped(reason) => reason.text(),
        Outcome::Unfinished(what) => what.clone(),
    };
    json!({
        "mac": client.map(|client| client.mac.to_string()),
        "uuid": client.and_then(|client| client.uuid.as_ref()).map(uuid_text),
        "arch": client.and_then(|client| client.architecture()).map(|own| own.0),
        "firmware": boot.profile().map(|profile| profile.id),
        "address": boot.address.map(|address| address.to_string()),
        "began": at(boot.at),
        "ended": at(boot.last),
        "events": events,
        "findings": verdict.findings,
        "result": result,
        "loaded": loaded,
        "reason": reason.map(|reason| reason.code()),
        "screen": reason.and_then(|reason| boot.profile()?.screen(reason)),
        "text": text,
        "hint": reason.map(|reason| reason.hint()),
    })
}
