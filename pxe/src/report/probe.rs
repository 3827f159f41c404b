//! What `pxe probe` prints.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::message::{fields, fields_json, text_and_hex};
use crate::firmware::{End, Reason, shown};
use crate::probe::{Caught, Download, Plan, Seen};

/// What a probe found, and what to make of it.
#[derive(Debug)]
pub(crate) struct Probed {
    /// Who was asked as whom.
    pub plan: Plan,
    /// The answers.
    pub seen: Seen,
    /// The file, when it was downloaded.
    pub download: Option<Download>,
    /// The verdict: a sentence, and whether a client would boot.
    pub verdict: Verdict,
}

/// Would it boot?
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    /// Whether a client would boot, as far as was looked.
    pub ok: bool,
    /// Why.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The reason, for programs.
    pub reason: Option<&'static str>,
}

impl Verdict {
    /// It would not.
    pub(crate) fn no(plan: &Plan, reason: &Reason) -> Verdict {
        let screen = plan
            .profile()
            .screen(reason)
            .map_or_else(String::new, |code| format!(" ({code} on its screen)"));
        Verdict {
            ok: false,
            text: format!("{}{screen}", reason.text()),
            hint: Some(reason.hint()),
            reason: Some(reason.code()),
        }
    }
}

impl Probed {
    /// Whether there is just nothing for this architecture, and nothing wrong
    /// with what there is.
    pub(crate) fn offers_nothing(&self) -> bool {
        matches!(
            self.verdict.reason,
            Some("no-offer" | "no-boot-file" | "no-address")
        ) && self
            .seen
            .offers
            .iter()
            .all(|offer| !offer.answer.has_file())
    }

    /// What else is odd, whether it boots or not.
    pub(crate) fn findings(&self) -> Vec<String> {
        let servers = |proxies: bool| {
            let mut servers: Vec<Ipv4Addr> = self
                .seen
                .offers
                .iter()
                .filter(|offer| offer.answer.is_proxy() == proxies)
                .map(|offer| offer.answer.server())
                .collect();
            servers.sort_unstable();
            servers.dedup();
            servers
        };
        let mut found = Vec::new();
        if let Some(download) = &self.download {
            let architecture = self.plan.speaker.architecture;
            found.extend(self.plan.profile().doubts(architecture, &download.head));
        }
        for (servers, what) in [
            (servers(false), "DHCP servers offer addresses here"),
            (servers(true), "servers add boot offers here"),
        ] {
            if servers.len() > 1 {
                let list: Vec<String> = servers.iter().map(ToString::to_string).collect();
                found.push(format!("{} {what}: {}", servers.len(), list.join(", ")));
            }
        }
        found
    }

    fn loads(&self) -> Option<(&[u8], Ipv4Addr)> {
        match &self.seen.course.end {
            End::Loads { file, server } => Some((file, *server)),
            End::Stops(_) => None,
        }
    }
}

/// For people.
pub(crate) fn text(probed: &Probed, color: bool) -> String {
    let mut text = String::new();
    let (plan, seen) = (&probed.plan, &probed.seen);
    let _ = writeln!(
        text,
        "asked {} as {} ({})",
        plan.subject(),
        plan.speaker.architecture,
        plan.speaker.mac
    );
    for offer in &seen.offers {
        write_answer(&mut text, "offer", offer);
    }
    if let Some(answer) = &seen.acknowledged {
        write_answer(&mut text, "ack", answer);
    }
    if let Some(address) = seen.given_back {
        let _ = writeln!(text, "{address} was given back");
    }
    if let Some(answer) = &seen.boot_server {
        write_answer(&mut text, "ack (boot server port)", answer);
    }
    let profile = plan.profile();
    let _ = writeln!(text, "{} ({})", profile.name, profile.basis);
    for step in &seen.course.steps {
        let _ = writeln!(text, "  {step}");
    }
    if let Some(download) = &probed.download {
        let _ = writeln!(text, "download   {}", downloaded(download));
        let _ = writeln!(text, "sha256     {}", download.sha256);
    }
    for finding in probed.findings() {
        let _ = writeln!(text, "finding: {finding}");
    }
    let _ = writeln!(text, "{}", verdict_line(&probed.verdict, color));
    if let Some(hint) = &probed.verdict.hint {
        let _ = writeln!(text, "hint: {hint}");
    }
    text
}

fn verdict_line(verdict: &Verdict, color: bool) -> String {
    let (on, off) = match (color, verdict.ok) {
        (true, true) => ("\x1b[1;32m", "\x1b[0m"),
        (true, false) => ("\x1b[1;31m", "\x1b[0m"),
        (false, _) => ("", ""),
    };
    let word = if verdict.ok { "boots" } else { "does not boot" };
    format!("{on}{word}:{off} {}", verdict.text)
}

fn downloaded(download: &Download) -> String {
    let agreed: Vec<String> = download
        .agreed
        .iter()
        .flatten()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!(
        "{} bytes in {:.0} ms ({:.1} MB/s), {}",
        download.size,
        download.took.as_secs_f64() * 1e3,
        rate(download),
        if agreed.is_empty() {
            "nothing negotiated".to_owned()
        } else {
            agreed.join(" ")
        }
    )
}

/// A line for each firmware.
pub(crate) fn all_text(all: &[Probed], color: bool) -> String {
    let mut text = String::new();
    if let Some(first) = all.first() {
        let (plan, mac) = (&first.plan, first.plan.speaker.mac);
        let _ = writeln!(text, "asked {} as {mac}", plan.subject());
    }
    let (red, green, off) = if color {
        ("\x1b[1;31m", "\x1b[1;32m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    for probed in all {
        let architecture = probed.plan.speaker.architecture;
        let _ = write!(text, "{:>3} {architecture:<16} ", architecture.0);
        let _ = match (probed.verdict.ok, probed.loads()) {
            (true, Some((file, server))) => {
                let place = if server.is_unspecified() || file.starts_with(b"http") {
                    String::new()
                } else {
                    format!(" on {server}")
                };
                let came = probed.download.as_ref().map_or_else(String::new, |own| {
                    format!(", {} bytes, sha256 {}", own.size, &own.sha256[..16])
                });
                writeln!(text, "{green}boots{off}     {}{place}{came}", shown(file))
            }
            _ if probed.offers_nothing() => writeln!(text, "nothing   {}", probed.verdict.text),
            _ => writeln!(text, "{red}stops{off}     {}", probed.verdict.text),
        };
    }
    let mut told: Vec<String> = Vec::new();
    for probed in all {
        let hint = probed
            .verdict
            .hint
            .iter()
            .filter(|_| !probed.offers_nothing());
        let hints = hint.map(|hint| format!("hint: {hint}"));
        let findings = probed
            .findings()
            .into_iter()
            .map(|finding| format!("finding: {finding}"));
        for line in findings.chain(hints) {
            if !told.contains(&line) {
                let _ = writeln!(text, "{line}");
                told.push(line);
            }
        }
    }
    text
}

/// One line for Nagios and its relatives.
pub(crate) fn nagios(probed: &Probed) -> String {
    let answer = probed
        .seen
        .offers
        .first()
        .map_or(0.0, |offer| offer.took.as_secs_f64());
    let size = probed.download.as_ref().map_or(0, |download| download.size);
    let rate = probed.download.as_ref().map_or(0.0, rate) * 1e6;
    let line = plugin_line(
        probed.verdict.ok,
        &probed.verdict.text,
        probed.findings().first(),
    );
    format!(
        "{line} | 'offer'={answer:.4}s;; 'offers'={};; 'size'={size}B;; 'rate'={rate:.0}B;;",
        probed.seen.offers.len()
    )
}

/// The same for several firmwares.
pub(crate) fn all_nagios(all: &[Probed], ok: bool) -> String {
    let name = |probed: &Probed| probed.plan.speaker.architecture.to_string();
    let boots: Vec<String> = all.iter().filter(|own| own.verdict.ok).map(name).collect();
    let stops: Vec<String> = all
        .iter()
        .filter(|own| !own.verdict.ok && !own.offers_nothing())
        .map(|own| format!("{}: {}", name(own), own.verdict.text))
        .collect();
    let text = match (boots.is_empty(), stops.is_empty()) {
        (_, false) => stops.join("; "),
        (false, true) => format!("{} boot", boots.join(", ")),
        (true, true) => "no firmware is offered anything".to_owned(),
    };
    let finding = all.iter().find_map(|own| own.findings().into_iter().next());
    format!(
        "{} | 'boots'={};; 'stops'={};;",
        plugin_line(ok, &text, finding.as_ref()),
        boots.len(),
        stops.len()
    )
}

fn plugin_line(ok: bool, text: &str, finding: Option<&String>) -> String {
    let (word, line) = match (ok, finding) {
        (false, _) => ("CRITICAL", text),
        (true, Some(finding)) => ("WARNING", finding.as_str()),
        (true, None) => ("OK", text),
    };
    format!("{word}: {}", line.replace('|', "/").replace('\n', " "))
}

fn write_answer(text: &mut String, what: &str, caught: &Caught) {
    let _ = writeln!(
        text,
        "{what} from {} after {:.1} ms, {} bytes",
        caught.from,
        caught.took.as_secs_f64() * 1e3,
        caught.answer.bytes.len()
    );
    text.push_str(&fields(&caught.answer.message));
}

/// Megabytes a second.
fn rate(download: &Download) -> f64 {
    download.size as f64 / 1e6 / download.took.as_secs_f64().max(1e-6)
}

/// For programs.
pub(crate) fn json(probed: &Probed) -> Value {
    let (plan, seen) = (&probed.plan, &probed.seen);
    let offers: Vec<Value> = seen.offers.iter().map(answer_json).collect();
    let acknowledged = seen.acknowledged.as_ref().or(seen.boot_server.as_ref());
    json!({
        "server": plan.subject(),
        "arch": plan.speaker.architecture.0,
        "mac": plan.speaker.mac.to_string(),
        "firmware": plan.profile().id,
        "offers": offers,
        "ack": acknowledged.map(answer_json),
        "asked_boot_server": seen.asked_boot_server.is_some(),
        "boot_server": seen.boot_server.as_ref().map(answer_json),
        "given_back": seen.given_back.map(|address| address.to_string()),
        "steps": seen.course.steps,
        "boot": probed.loads().map(|(file, server)| json!({
            "server": server.to_string(),
            "file": text_and_hex(file),
        })),
        "download": probed.download.as_ref().map(|download| json!({
            "size": download.size,
            "sha256": download.sha256,
            "ms": download.took.as_secs_f64() * 1e3,
            "bytes_per_second": rate(download) * 1e6,
            "negotiated": download.agreed.iter().flatten().cloned().map(|(name, value)| (name, Value::from(value))).collect::<Map<_, _>>(),
        })),
        "findings": probed.findings(),
        "verdict": {
            "ok": probed.verdict.ok,
            "text": probed.verdict.text,
            "hint": probed.verdict.hint,
            "reason": probed.verdict.reason,
        },
    })
}

/// The results of several firmwares.
pub(crate) fn all_json(all: &[Probed], ok: bool) -> Value {
    json!({
        "ok": ok,
        "probes": all.iter().map(json).collect::<Vec<_>>(),
    })
}

fn answer_json(caught: &Caught) -> Value {
    let mut fields = Map::new();
    for (name, value) in [
        ("server", Value::from(caught.answer.server().to_string())),
        ("from", Value::from(caught.from.to_string())),
        ("ms", Value::from(caught.took.as_secs_f64() * 1e3)),
        ("length", Value::from(caught.answer.bytes.len())),
    ] {
        fields.insert(name.to_owned(), value);
    }
    fields.extend(fields_json(&caught.answer.message));
    Value::from(fields)
}
