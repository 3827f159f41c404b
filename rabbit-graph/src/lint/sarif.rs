//! SARIF 2.1.0, which code hosts show beside a change.

use serde_json::{Value, json};

use super::{Finding, RULES, Severity};

/// The findings as a SARIF document. `subject` is the file they are about.
pub fn document(subject: &str, findings: &[Finding]) -> Value {
    let rules: Vec<Value> = (RULES.iter())
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": {"text": rule.summary},
                "fullDescription": {"text": rule.why},
                "help": {"text": rule.fix},
                "helpUri": rule.link,
                "defaultConfiguration": {"level": level(rule.severity)},
            })
        })
        .collect();
    let results: Vec<Value> = (findings.iter())
        .map(|finding| {
            let name = match &finding.vhost {
                Some(vhost) => format!("{vhost}/{}", finding.object),
                None => finding.object.clone(),
            };
            json!({
                "ruleId": finding.rule,
                "level": level(finding.severity),
                "message": {"text": format!("{}: {}", finding.object, finding.message)},
                "locations": [{
                    "physicalLocation": {"artifactLocation": {"uri": subject}},
                    "logicalLocations": [{"fullyQualifiedName": name}],
                }],
                "partialFingerprints": {"object/v1": format!("{}/{name}", finding.rule)},
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "rabbit-graph",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
