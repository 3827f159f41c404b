//! `rabbit-graph lint`.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;

use super::Common;
use super::input::AccessArgs;
use crate::error::{Error, Kind, Result};
use crate::lint::{self, Finding, RULES, Severity, sarif, waivers};
use crate::terminal::Output;
use crate::text::push_line;
use crate::topology::Version;
use crate::{filter, output};

/// Find what is wrong in a topology, or will be
///
/// Exit status 1 when anything is found that --deny names (warnings and
/// errors unless given). Findings are accepted one by one, each with its
/// reason, in a waiver file.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rabbit-graph lint definitions.json --waivers waivers.toml --target 4.1\n  \
    rabbit-graph lint --explain dead-letter-cycle")]
pub(super) struct Lint {
    /// A definitions file, .gz, `-`, or the URL of a management API
    ///
    /// A file is what CI has (`rabbitmqctl export_definitions`); a URL is the
    /// broker as it is now.
    #[arg(value_name = "SOURCE", required_unless_present = "explain")]
    source: Option<String>,

    /// The format: text, json or sarif
    ///
    /// sarif puts the findings beside the lines of a pull request, in code
    /// scanning.
    #[arg(
        short = 'T',
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    format: Format,

    /// Print JSON
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long)]
    json: bool,

    /// Fail on this rule, or on `errors`, `warnings` or `notes`; may be repeated
    ///
    /// In CI, to hold a repository to a rule that is a mere note by default.
    #[arg(long, value_name = "RULE")]
    deny: Vec<String>,

    /// Ignore this rule; may be repeated
    ///
    /// For a rule that does not fit this site at all. Single findings are
    /// accepted with --waivers.
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,

    /// Also tell what an upgrade to this version changes
    ///
    /// Before an upgrade: names the features that are gone then, and what
    /// behaves in another way.
    #[arg(long, value_name = "VERSION", value_parser = version)]
    target: Option<Version>,

    /// Accept the findings that this file explains
    ///
    /// Keeps CI green over what was decided, with the reason beside it. A
    /// waiver that nothing needs any more is told.
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,

    /// Write a waiver file for everything found, to be explained
    ///
    /// The beginning on an old configuration: what is there is accepted, what
    /// is new fails.
    #[arg(long, value_name = "FILE")]
    write_waivers: Option<PathBuf>,

    /// Tell what a rule is for, or with `all` list the rules
    ///
    /// Why it matters, how to mend it, and where it is documented. Needs no
    /// other input.
    #[arg(long, value_name = "RULE", conflicts_with_all = ["waivers", "write_waivers"])]
    explain: Option<String>,

    /// Print one line for a monitoring system, exit as it expects
    ///
    /// Makes it a check of Nagios, Icinga and their kin on the broker's
    /// definitions.
    #[arg(long)]
    nagios: bool,

    #[command(flatten)]
    access: AccessArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| "a version looks like 4.1".to_owned())
}

/// Checks.
pub(super) fn run(command: &Lint, common: &Common, out: &mut Output) -> Result<u8> {
    if let Some(rule) = &command.explain {
        return print(out, &explain(rule, command.json)?).map(|()| 0);
    }
    let denied = Denied::of(&command.deny)?;
    for rule in &command.allow {
        known_rule("--allow", rule)?;
    }
    let source = command.source.as_deref().unwrap_or_default();
    let topology = super::input::topology(source, &command.access.access())?;
    let mut findings = lint::check(&topology, command.target);
    findings.retain(|finding| !command.allow.iter().any(|rule| rule == finding.rule));
    let mut waived = 0;
    if let Some(path) = &command.waivers {
        let subject = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::new(Kind::Input, subject.clone(), "cannot be read")
                .because(error)
                .hint("`--write-waivers FILE` writes one to begin with")
        })?;
        (findings, waived) = waivers::apply(findings, &waivers::read(&subject, &text)?);
    }
    if let Some(path) = &command.write_waivers {
        let text = waivers::write(&findings)?;
        output::write_file(path, |file| file.write_all(text.as_bytes()))?;
        common.note(&format!(
            "{} waivers to explain in {}",
            findings.len(),
            path.display()
        ));
        return Ok(0);
    }
    let failed = findings.iter().any(|finding| denied.includes(finding));
    if command.nagios {
        return nagios(&findings, out);
    }
    let format = if command.json {
        Format::Json
    } else {
        command.format
    };
    let text = match format {
        Format::Text => text(&findings, waived),
        Format::Json => format!("{}\n", document(&findings, waived)),
        Format::Sarif => format!("{:#}\n", sarif::document(source, &findings)),
    };
    print(out, &text)?;
    Ok(u8::from(failed))
}

fn print(out: &mut Output, text: &str) -> Result<()> {
    out.write_all(text.as_bytes())
        .map_err(|error| Error::new(Kind::System, "standard output", "cannot write").because(error))
}

/// What makes the command fail.
struct Denied {
    least: Severity,
    rules: Vec<String>,
}

impl Denied {
    fn of(given: &[String]) -> Result<Self> {
        // Naming rules alone still fails on errors.
        let mut least = if given.is_empty() {
            Severity::Warning
        } else {
            Severity::Error
        };
        let mut rules = Vec::new();
        for word in given {
            match word.as_str() {
                "errors" => {}
                "warnings" => least = least.max(Severity::Warning),
                "notes" => least = Severity::Note,
                rule => {
                    known_rule("--deny", rule)?;
                    rules.push(rule.to_owned());
                }
            }
        }
        Ok(Denied { least, rules })
    }

    fn includes(&self, finding: &Finding) -> bool {
        finding.severity <= self.least || self.rules.iter().any(|rule| rule == finding.rule)
    }
}

fn known_rule(option: &str, id: &str) -> Result<()> {
    if lint::rule(id).is_some() || id == waivers::STALE {
        return Ok(());
    }
    let names: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let nearest = filter::unknown("rule", id, &names);
    let mut error = Error::new(
        Kind::Usage,
        option,
        format!("there is no rule `{}`", id.escape_debug()),
    );
    for hint in nearest.hints() {
        error = error.hint(hint.clone());
    }
    Err(error.hint("`rabbit-graph lint --explain all` lists the rules"))
}

fn explain(id: &str, json: bool) -> Result<String> {
    let describe = |rule: &lint::Rule| {
        json!({"rule": rule.id, "severity": rule.severity.name(), "summary": rule.summary,
               "why": rule.why, "fix": rule.fix, "link": rule.link})
    };
    if id == "all" {
        if json {
            return Ok(format!(
                "{}\n",
                json!({"rules": RULES.iter().map(describe).collect::<Vec<_>>()})
            ));
        }
        let lines = RULES.iter().map(|rule| {
            format!(
                "{:<30} {:<8} {}\n",
                rule.id,
                rule.severity.name(),
                rule.summary
            )
        });
        return Ok(lines.collect());
    }
    known_rule("--explain", id)?;
    let Some(rule) = lint::rule(id) else {
        return Ok("stale-waiver (warning): a waiver that no finding needs any more\n".to_owned());
    };
    if json {
        return Ok(format!("{}\n", describe(rule)));
    }
    Ok(format!(
        "{} ({}): {}\n\nWhy:  {}\nFix:  {}\nMore: {}\n",
        rule.id,
        rule.severity.name(),
        rule.summary,
        rule.why,
        rule.fix,
        rule.link
    ))
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    findings
        .iter()
        .filter(|finding| finding.severity == severity)
        .count()
}

fn summary(findings: &[Finding], waived: usize) -> String {
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
        let count = count(findings, severity);
        format!(
            "{count} {}{}",
            severity.name(),
            if count == 1 { "" } else { "s" }
        )
    });
    let waived = if waived > 0 {
        format!(", {waived} waived")
    } else {
        String::new()
    };
    format!("{}{waived}", counts.join(", "))
}

fn text(findings: &[Finding], waived: usize) -> String {
    let mut text = String::new();
    for finding in findings {
        let vhost = match &finding.vhost {
            Some(vhost) => format!("[{vhost}] "),
            None => String::new(),
        };
        let line = format!(
            "{}: {vhost}{}: {} ({})",
            finding.severity.name(),
            finding.object,
            finding.message,
            finding.rule
        );
        push_line(&mut text, &line);
    }
    text + &summary(findings, waived) + "\n"
}

fn document(findings: &[Finding], waived: usize) -> serde_json::Value {
    let list: Vec<_> = (findings.iter())
        .map(|finding| {
            json!({"rule": finding.rule, "severity": finding.severity.name(),
                   "vhost": finding.vhost, "object": finding.object, "message": finding.message})
        })
        .collect();
    json!({
        "findings": list,
        "errors": count(findings, Severity::Error),
        "warnings": count(findings, Severity::Warning),
        "notes": count(findings, Severity::Note),
        "waived": waived,
    })
}

fn nagios(findings: &[Finding], out: &mut Output) -> Result<u8> {
    let (errors, warnings) = (
        count(findings, Severity::Error),
        count(findings, Severity::Warning),
    );
    let (word, code) = match (errors, warnings) {
        (0, 0) => ("OK", 0),
        (0, _) => ("WARNING", 1),
        _ => ("CRITICAL", 2),
    };
    let first = findings
        .first()
        .filter(|_| code > 0)
        .map_or(String::new(), |finding| {
            let text = format!(": {}: {}", finding.object, finding.message);
            text.chars()
                .map(|c| if c.is_control() || c == '|' { '/' } else { c })
                .collect()
        });
    let notes = count(findings, Severity::Note);
    let line = format!(
        "{word}: {}{first} | 'errors'={errors};;0 'warnings'={warnings};0; 'notes'={notes};;\n",
        summary(findings, 0)
    );
    print(out, &line)?;
    Ok(code)
}
