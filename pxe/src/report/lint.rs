//! What `pxe lint` prints.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::lint::model::{Field, Reading};
use crate::lint::{Finding, RULES, Rule, Severity, Target, rule, waivers};

/// Everything there is to say about a configuration.
#[derive(Debug)]
pub(crate) struct Linted<'l> {
    /// What was read.
    pub target: &'l Target,
    /// The configuration.
    pub reading: &'l Reading,
    /// What was found and is not waived.
    pub findings: &'l [Finding],
    /// How many were waived.
    pub waived: usize,
}

/// How many findings have a severity.
fn count(findings: &[Finding], severity: Severity) -> usize {
    findings
        .iter()
        .filter(|finding| finding.severity == severity)
        .count()
}

/// The counts in words.
fn summary(findings: &[Finding], waived: usize) -> String {
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
        let count = count(findings, severity);
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {}{plural}", severity.name())
    });
    let waived = if waived > 0 {
        format!(", {waived} waived")
    } else {
        String::new()
    };
    format!("{}{waived}", counts.join(", "))
}

/// For people.
pub(crate) fn text(linted: &Linted<'_>, color: bool) -> String {
    let mut text = String::new();
    for finding in linted.findings {
        let (on, off) = match (color, finding.severity) {
            (false, _) => ("", ""),
            (true, Severity::Error) => ("\x1b[1;31m", "\x1b[0m"),
            (true, Severity::Warning) => ("\x1b[1;33m", "\x1b[0m"),
            (true, Severity::Note) => ("\x1b[1m", "\x1b[0m"),
        };
        let _ = writeln!(
            text,
            "{}:{}:{}: {on}{}:{off} {}: {} ({})",
            printable(&finding.file),
            finding.line,
            finding.column,
            finding.severity.name(),
            printable(&finding.object),
            printable(&finding.message),
            finding.rule
        );
        if let Some(sent) = finding.sent.as_deref().filter(|sent| !sent.is_empty()) {
            let _ = writeln!(text, "  sent:  {}", bytes(sent));
        }
        if let Some(rule) = rule(finding.rule) {
            let _ = writeln!(text, "  why:   {}", rule.why);
            match &finding.corrected {
                Some(line) => push_right(&mut text, line),
                None => {
                    let _ = writeln!(text, "  hint:  {}", rule.fix);
                }
            }
        }
    }
    let _ = writeln!(text, "{}", summary(linted.findings, linted.waived));
    text
}

fn push_right(text: &mut String, lines: &str) {
    for (index, line) in lines.lines().enumerate() {
        let label = if index == 0 { "right:" } else { "      " };
        let line = if index == 0 {
            line.trim_start()
        } else {
            line.trim()
        };
        let _ = writeln!(text, "  {label} {}", printable(line));
    }
}

/// A name may contain anything; a finding stays one line.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// Bytes as they are on the wire, and what can be read of them.
fn bytes(sent: &[u8]) -> String {
    /// A finding is about the first bytes of a long value.
    const SHOWN: usize = 24;
    let digits: Vec<String> = sent
        .iter()
        .take(SHOWN)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let more = if sent.len() > SHOWN { " …" } else { "" };
    let plural = if sent.len() == 1 { "" } else { "s" };
    format!(
        "{} byte{plural} {}{more}  {}",
        sent.len(),
        digits.join(" "),
        readable(sent)
    )
}

/// Text in quotes, other bytes as `<08>`.
fn readable(sent: &[u8]) -> String {
    let mut text = "\"".to_owned();
    for byte in sent {
        if (b' '..=b'~').contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "<{byte:02x}>");
        }
    }
    text.push('"');
    text
}

fn value(sent: &[u8]) -> Value {
    let hex = sent.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let end = sent
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |end| end + 1);
    json!({"text": String::from_utf8_lossy(&sent[..end]), "hex": hex})
}

/// What clients of each scope get that itself sets something.
fn classes(reading: &Reading) -> Vec<Value> {
    let scopes = reading.scopes.iter().enumerate();
    scopes
        .filter(|(_, scope)| !scope.settings.is_empty())
        .map(|(number, scope)| {
            let sent = |field| {
                let setting = reading.effective(number, field)?;
                setting.value.bytes.clone()
            };
            let siaddr = sent(Field::NextServer)
                .and_then(|bytes| <[u8; 4]>::try_from(bytes).ok())
                .map(|octets| Ipv4Addr::from(octets).to_string());
            let mut options = serde_json::Map::new();
            for code in (0..=u8::MAX).filter(|code| Field::of_code(*code).is_some()) {
                if let Some(bytes) = sent(Field::Option(code)) {
                    options.insert(code.to_string(), value(&bytes));
                }
            }
            json!({
                "scope": scope.name,
                "architectures": reading.architectures(number),
                "siaddr": siaddr,
                "sname": sent(Field::ServerName).map(|bytes| value(&bytes)),
                "file": sent(Field::File).map(|bytes| value(&bytes)),
                "options": options,
            })
        })
        .collect()
}

/// For programs.
pub(crate) fn document(linted: &Linted<'_>) -> Value {
    let findings = linted.findings;
    let list: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "rule": finding.rule,
                "severity": finding.severity.name(),
                "file": finding.file,
                "line": finding.line,
                "column": finding.column,
                "object": finding.object,
                "message": finding.message,
                "sent": finding.sent.as_deref().map(value),
                "corrected": finding.corrected,
            })
        })
        .collect();
    let unread: Vec<&str> = linted
        .reading
        .unread
        .iter()
        .map(|(_, what)| &**what)
        .collect();
    json!({
        "target": linted.target.name,
        "findings": list,
        "errors": count(findings, Severity::Error),
        "warnings": count(findings, Severity::Warning),
        "notes": count(findings, Severity::Note),
        "waived": linted.waived,
        "classes": classes(linted.reading),
        "not_read": unread,
    })
}

/// One plugin line and its exit status.
pub(crate) fn nagios(linted: &Linted<'_>) -> (String, u8) {
    let findings = linted.findings;
    let (errors, warnings) = (
        count(findings, Severity::Error),
        count(findings, Severity::Warning),
    );
    let (word, code) = match (errors, warnings) {
        (0, 0) => ("OK", 0),
        (0, _) => ("WARNING", 1),
        _ => ("CRITICAL", 2),
    };
    let worst = findings
        .iter()
        .min_by_key(|finding| finding.severity)
        .filter(|_| code > 0);
    let first = worst.map_or_else(String::new, |finding| {
        printable(&format!(
            ": {}:{}: {}",
            finding.file, finding.line, finding.message
        ))
        .replace('|', "/")
    });
    let notes = count(findings, Severity::Note);
    let line = format!(
        "{word}: {}{first} | 'errors'={errors};;0 'warnings'={warnings};0; 'notes'={notes};;\n",
        summary(findings, linted.waived)
    );
    (line, code)
}

fn described(rule: &Rule) -> Value {
    json!({"rule": rule.id, "severity": rule.severity.name(), "summary": rule.summary,
           "why": rule.why, "fix": rule.fix, "link": rule.link})
}

/// What a rule is for; nothing where there is none of that name.
pub(crate) fn explanation(id: &str, json: bool) -> Option<String> {
    if id == "all" {
        if json {
            let rules: Vec<Value> = RULES.iter().map(described).collect();
            return Some(format!("{}\n", json!({"rules": rules})));
        }
        let lines = RULES.iter().map(|rule| {
            format!(
                "{:<24} {:<8} {}\n",
                rule.id,
                rule.severity.name(),
                rule.summary
            )
        });
        return Some(lines.collect());
    }
    if id == waivers::STALE {
        return Some(
            "stale-waiver (warning): a waiver that no finding needs any more\n".to_owned(),
        );
    }
    let rule = rule(id)?;
    Some(if json {
        format!("{}\n", described(rule))
    } else {
        format!(
            "{} ({}): {}\n\nWhy:  {}\nFix:  {}\nMore: {}\n",
            rule.id,
            rule.severity.name(),
            rule.summary,
            rule.why,
            rule.fix,
            rule.link
        )
    })
}
