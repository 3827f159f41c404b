//! What `pxe probe` prints.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::message::{fields, fields_json, text_and_hex};
use crate::firmware::shown;
use crate::probe::{Answer, Download, Plan, Seen};
use crate::wire::options;

/// What a probe found, and what to make of it.
#[derive(Debug)]
pub struct Probed<'a> {
    /// Who was asked as whom.
    pub plan: &'a Plan,
    /// The answers.
    pub seen: &'a Seen,
    /// The boot path and where it is, when there is one.
    pub boot: Option<Boot>,
    /// The file, when it was downloaded.
    pub download: Option<Download>,
    /// The verdict: a sentence, and whether a client would boot.
    pub verdict: Verdict,
}

/// Where the boot file is.
#[derive(Debug, Clone)]
pub struct Boot {
    /// The next server.
    pub server: Ipv4Addr,
    /// The path or URL, without its NUL.
    pub file: Vec<u8>,
}

/// Would it boot?
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Whether a client would boot, as far as was looked.
    pub ok: bool,
    /// Why.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// For people.
pub fn text(probed: &Probed<'_>, color: bool) -> String {
    let mut text = String::new();
    let plan = probed.plan;
    let _ = writeln!(
        text,
        "asked {} as {} ({})",
        plan.server, plan.architecture, plan.mac
    );
    for answer in &probed.seen.offers {
        write_answer(&mut text, "offer", answer);
    }
    if let Some(answer) = &probed.seen.acknowledged {
        let port = if probed.seen.asked_boot_server {
            "ack (boot server port)"
        } else {
            "ack"
        };
        write_answer(&mut text, port, answer);
    }
    if let Some(boot) = &probed.boot {
        let _ = writeln!(text, "boot file  {} on {}", shown(&boot.file), boot.server);
    }
    if let Some(download) = &probed.download {
        let agreed: Vec<String> = download
            .agreed
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let _ = writeln!(
            text,
            "download   {} bytes in {:.0} ms ({:.1} MB/s), {}",
            download.size,
            download.took.as_secs_f64() * 1e3,
            rate(download),
            if agreed.is_empty() {
                "nothing negotiated".to_owned()
            } else {
                agreed.join(" ")
            }
        );
        let _ = writeln!(text, "sha256     {}", download.sha256);
    }
    let verdict = &probed.verdict;
    let (on, off) = match (color, verdict.ok) {
        (true, true) => ("\x1b[1;32m", "\x1b[0m"),
        (true, false) => ("\x1b[1;31m", "\x1b[0m"),
        (false, _) => ("", ""),
    };
    let word = if verdict.ok { "boots" } else { "does not boot" };
    let _ = writeln!(text, "{on}{word}:{off} {}", verdict.text);
    if let Some(hint) = &verdict.hint {
        let _ = writeln!(text, "hint: {hint}");
    }
    text
}

fn write_answer(text: &mut String, what: &str, answer: &Answer) {
    let message = &answer.message;
    let _ = writeln!(
        text,
        "{what} from {} after {:.1} ms, {} bytes",
        answer.from,
        answer.took.as_secs_f64() * 1e3,
        answer.len
    );
    text.push_str(&fields(message));
}

fn rate(download: &Download) -> f64 {
    download.size as f64 / 1e6 / download.took.as_secs_f64().max(1e-6)
}

/// For programs.
pub fn json(probed: &Probed<'_>) -> Value {
    let offers: Vec<Value> = probed.seen.offers.iter().map(answer_json).collect();
    json!({
        "server": probed.plan.server.to_string(),
        "arch": probed.plan.architecture.0,
        "mac": probed.plan.mac.to_string(),
        "offers": offers,
        "ack": probed.seen.acknowledged.as_ref().map(answer_json),
        "asked_boot_server": probed.seen.asked_boot_server,
        "boot": probed.boot.as_ref().map(|boot| json!({
            "server": boot.server.to_string(),
            "file": text_and_hex(&boot.file),
        })),
        "download": probed.download.as_ref().map(|download| json!({
            "size": download.size,
            "sha256": download.sha256,
            "ms": download.took.as_secs_f64() * 1e3,
            "negotiated": download.agreed.iter().cloned().map(|(name, value)| (name, Value::from(value))).collect::<Map<_, _>>(),
        })),
        "verdict": {
            "ok": probed.verdict.ok,
            "text": probed.verdict.text,
            "hint": probed.verdict.hint,
        },
    })
}

fn answer_json(answer: &Answer) -> Value {
    let message = &answer.message;
    let server = message
        .options
        .address(options::SERVER_IDENTIFIER)
        .map_or_else(|| answer.from.ip().to_string(), |server| server.to_string());
    let mut value = json!({
        "server": server,
        "from": answer.from.to_string(),
        "ms": answer.took.as_secs_f64() * 1e3,
        "length": answer.len,
    });
    value
        .as_object_mut()
        .into_iter()
        .for_each(|object| object.extend(fields_json(message)));
    value
}
