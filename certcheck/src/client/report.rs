//! Outcomes as text, JSON, JUnit and a plugin line. Returns strings; the
//! caller prints them.

use std::fmt::Write as _;

use serde::Serialize;

use super::cases::Case;
use super::hints::{self, Client};
use super::run::{CommandEnd, Outcome};
use super::verdict::Status;
use crate::report::seconds;
use crate::report::xml::escaped;

/// One case in `--json` and in the summary.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// The id.
    pub case: &'static str,
    /// `accept` or `refuse`.
    pub expected: &'static str,
    /// Whether the server received application data; null when not known.
    pub accepted: Option<bool>,
    /// `ok`, `hole`, `broken`, `unplayed` or `skipped`.
    pub status: &'static str,
    /// What the server is like.
    pub server: &'static str,
    /// What happened.
    pub detail: String,
    /// The rule.
    pub citation: &'static str,
    /// What an attacker gains, for a hole.
    pub risk: Option<&'static str>,
    /// What to change, unless all is well.
    pub hint: Option<String>,
    /// The exit status of the command; null when it was ended or not started.
    pub exit_status: Option<i32>,
    /// Whether the command was ended when its time was over.
    pub timed_out: bool,
    /// How long the case took.
    pub milliseconds: u64,
}

impl Row {
    /// The outcome with its hint for this client.
    pub(crate) fn new(outcome: &Outcome, client: Option<Client>) -> Self {
        let status = outcome.status();
        let case = outcome.case;
        let hint = match status {
            Status::Ok => None,
            Status::Hole | Status::Broken => Some(hints::hint(case, client)),
            Status::Unplayed => Some(format!(
                "see what the command does with `--case {} -v`, or leave the case out with `--skip {}`",
                case.id, case.id
            )),
            Status::Skipped => Some(format!(
                "run it as root or where user namespaces are permitted, or leave it out with `--skip {}`",
                case.id
            )),
        };
        Row {
            case: case.id,
            expected: case.expected.word(),
            accepted: outcome.verdict.accepted(),
            status: status.word(),
            server: case.title,
            detail: outcome.verdict.detail().to_owned(),
            citation: case.citation,
            risk: (status == Status::Hole).then_some(case.risk),
            hint,
            exit_status: match outcome.ended {
                Some(CommandEnd::Exited(code)) => Some(code),
                Some(CommandEnd::Signalled(_) | CommandEnd::TimedOut) | None => None,
            },
            timed_out: outcome.ended == Some(CommandEnd::TimedOut),
            milliseconds: outcome.milliseconds,
        }
    }

    fn is_ok(&self) -> bool {
        self.status == Status::Ok.word()
    }

    /// One line of JSON.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// The row in words, with the output of the command when it is given.
    pub(crate) fn text(&self, color: bool, output: Option<&[u8]>) -> String {
        let paint = |code: &str, text: &str| {
            if color {
                format!("\x1b[{code}m{text}\x1b[0m")
            } else {
                text.to_owned()
            }
        };
        let (mark, code) = match self.status {
            "ok" => ("ok     ", "32"),
            "hole" => ("HOLE   ", "1;31"),
            "broken" => ("BROKEN ", "31"),
            "unplayed" => ("unknown", "33"),
            _ => ("skipped", "33"),
        };
        let said = match self.accepted {
            Some(true) => "accepted",
            Some(false) => "refused",
            None => "not judged",
        };
        let mut text = format!("{} {:<23} {said}", paint(code, mark), self.case);
        if self.is_ok() {
            if self.accepted == Some(false) {
                let _ = write!(text, ": {}", self.detail);
            }
            text.push('\n');
        } else {
            let _ = writeln!(text, ": {}", self.detail);
            let _ = writeln!(text, "        server: {} ({})", self.server, self.citation);
            if let Some(risk) = self.risk {
                let _ = writeln!(text, "        risk: {risk}");
            }
            if let Some(hint) = &self.hint {
                let _ = writeln!(text, "        hint: {hint}");
            }
        }
        if let Some(output) = output {
            for line in String::from_utf8_lossy(output).lines() {
                let _ = writeln!(text, "        | {}", printable(line));
            }
        }
        text
    }
}

/// Output of somebody else's program, without what a terminal would obey.
fn printable(line: &str) -> String {
    line.chars()
        .map(|c| {
            if c.is_control() && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// The counts at the end.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Summary {
    /// Cases.
    pub cases: usize,
    /// As they should be.
    pub ok: usize,
    /// Bad servers accepted.
    pub holes: usize,
    /// Good servers refused.
    pub broken: usize,
    /// Not known.
    pub unplayed: usize,
    /// Not posed.
    pub skipped: usize,
}

impl Summary {
    /// Counts one more.
    pub(crate) fn add(&mut self, status: Status) {
        self.cases += 1;
        *match status {
            Status::Ok => &mut self.ok,
            Status::Hole => &mut self.holes,
            Status::Broken => &mut self.broken,
            Status::Unplayed => &mut self.unplayed,
            Status::Skipped => &mut self.skipped,
        } += 1;
    }

    /// Whether every case is as it should be.
    pub(crate) fn is_ok(&self) -> bool {
        self.ok == self.cases
    }

    /// In words.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{} of {} cases as they should be", self.ok, self.cases);
        let parts = [
            (self.holes, "bad servers accepted"),
            (self.broken, "good servers refused"),
            (self.unplayed, "not judged"),
            (self.skipped, "skipped"),
        ];
        for (count, what) in parts {
            if count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        text + "\n"
    }

    /// The line of a monitoring plugin, with its exit status.
    pub(crate) fn nagios(&self, rows: &[Row]) -> (String, u8) {
        let names = |status: Status| {
            let ids: Vec<_> = rows
                .iter()
                .filter(|row| row.status == status.word())
                .map(|row| row.case)
                .collect();
            ids.join(" ")
        };
        let (word, code, detail) = if self.holes + self.broken > 0 {
            let ids = [names(Status::Hole), names(Status::Broken)].join(" ");
            ("CRITICAL", 2, format!(": {}", ids.trim()))
        } else if self.is_ok() {
            ("OK", 0, String::new())
        } else {
            ("UNKNOWN", 3, String::new())
        };
        let line = format!(
            "{word}: {}{detail} | 'holes'={};;0;0;{} 'broken'={};;0;0;{} 'unknown'={};0;;0;{}\n",
            self.text().trim_end(),
            self.holes,
            self.cases,
            self.broken,
            self.cases,
            self.unplayed + self.skipped,
            self.cases
        );
        (line, code)
    }
}

/// A JUnit file: a test case each, holes and broken ones as failures.
pub(crate) fn junit(rows: &[Row], summary: Summary) -> String {
    let total: u64 = rows.iter().map(|row| row.milliseconds).sum();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuite name=\"certcheck client\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\">\n",
        summary.cases,
        summary.holes + summary.broken,
        summary.unplayed,
        summary.skipped,
        seconds(total),
    );
    for row in rows {
        let element = match row.status {
            "hole" | "broken" => Some("failure"),
            "unplayed" => Some("error"),
            "skipped" => Some("skipped"),
            _ => None,
        };
        let _ = write!(
            text,
            "  <testcase classname=\"certcheck.client\" name=\"{}\" time=\"{}\"",
            row.case,
            seconds(row.milliseconds)
        );
        match element {
            None => text.push_str("/>\n"),
            Some(element) => {
                let hint = row.hint.as_deref().unwrap_or_default();
                let _ = writeln!(
                    text,
                    "><{element} message=\"{}\">{} ({})\n{}</{element}></testcase>",
                    escaped(&row.detail),
                    escaped(row.server),
                    escaped(row.citation),
                    escaped(hint)
                );
            }
        }
    }
    text + "</testsuite>\n"
}

/// The table of cases, for `--list`.
pub(crate) fn list_text(cases: &[&Case]) -> String {
    let mut text = String::new();
    for case in cases {
        let _ = writeln!(
            text,
            "{:<23} {:<7} {} ({})",
            case.id,
            case.expected.word(),
            case.title,
            case.citation
        );
    }
    text
}

/// The table of cases as JSON Lines.
pub(crate) fn list_json(cases: &[&Case]) -> String {
    cases
        .iter()
        .map(|case| {
            serde_json::json!({
                "case": case.id,
                "expected": case.expected.word(),
                "server": case.title,
                "citation": case.citation,
            })
            .to_string()
                + "\n"
        })
        .collect()
}

#[cfg(test)]
#[path = "report/tests.rs"]
mod tests;
