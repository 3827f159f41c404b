//! One plugin line (Monitoring Plugins guidelines): `TEXT | 'label'=value;warn;crit`.

use super::seconds;
use super::summary::Summary;
use crate::diagnosis::{Verdict, span};

/// The line and the exit status: 0 OK, 1 WARNING, 2 CRITICAL. A peer that
/// could not be checked is CRITICAL: somebody has to look.
pub(crate) fn line(summaries: &[Summary]) -> (String, u8) {
    let worst = summaries
        .iter()
        .map(|summary| code(summary.verdict))
        .max()
        .unwrap_or(0);
    let word = ["OK", "WARNING", "CRITICAL"][usize::from(worst)];
    let text = match summaries {
        [only] => describe(only),
        many => {
            let wrong: Vec<String> = many
                .iter()
                .filter(|summary| code(summary.verdict) > 0)
                .map(describe)
                .collect();
            let passed = many.len() - wrong.len();
            let mut text = format!("{passed} of {} peers are fine", many.len());
            for entry in wrong.iter().take(10) {
                text.push_str("; ");
                text.push_str(entry);
            }
            if wrong.len() > 10 {
                text.push_str(&format!("; {} more", wrong.len() - 10));
            }
            text
        }
    };
    let data: Vec<String> = summaries.iter().flat_map(performance).collect();
    let mut line = format!("{word}: {}", one_line(&text));
    if !data.is_empty() {
        line.push_str(" | ");
        line.push_str(&data.join(" "));
    }
    line.push('\n');
    (line, worst)
}

fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Ok => 0,
        Verdict::Warning => 1,
        Verdict::Bad | Verdict::Unchecked => 2,
    }
}

fn describe(summary: &Summary) -> String {
    let state = match (summary.messages.first(), summary.seconds_left) {
        (Some(message), _) => message.clone(),
        (None, Some(left)) => match u64::try_from(left) {
            Ok(left) => format!("expires in {}", span(left)),
            Err(_) => format!("expired {} ago", span(left.unsigned_abs())),
        },
        (None, None) => "fine".into(),
    };
    format!("{} {state}", summary.target)
}

/// The time left in seconds, with the ranges that raise no alarm, and the
/// time that the check took. Measured of bad peers too.
fn performance(summary: &Summary) -> Vec<String> {
    let label = label(&summary.target);
    let mut data = Vec::new();
    if let Some(left) = summary.seconds_left {
        let (warn, crit) = summary.limits;
        data.push(format!("'{label}'={left}s;{warn}:;{crit}:"));
    }
    data.push(format!("'{label} time'={}s", seconds(summary.milliseconds)));
    data
}

/// A label holds no quote, equals sign or bar.
fn label(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\'' | '=' | '|' => '_',
            c => c,
        })
        .collect()
}

/// What follows a bar would be taken for data, and a second line for detail.
fn one_line(text: &str) -> String {
    text.replace('|', "/").replace(['\n', '\r'], " ")
}
