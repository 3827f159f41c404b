//! JUnit XML: every peer is a test case, so that a CI system shows it as one.

use std::fmt::Write as _;

use super::seconds;
use super::summary::Summary;
use super::xml::escaped;
use crate::diagnosis::Verdict;

/// The whole file.
pub(crate) fn file(summaries: &[Summary]) -> String {
    let count = |verdict: Verdict| {
        summaries
            .iter()
            .filter(|summary| summary.verdict == verdict)
            .count()
    };
    let total: u64 = summaries.iter().map(|summary| summary.milliseconds).sum();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites>\n  <testsuite name=\"certcheck\" tests=\"{}\" failures=\"{}\" \
         errors=\"{}\" time=\"{}\">\n",
        summaries.len(),
        count(Verdict::Bad),
        count(Verdict::Unchecked),
        seconds(total)
    );
    for summary in summaries {
        let _ = write!(
            text,
            "    <testcase classname=\"certcheck\" name=\"{}\" time=\"{}\"",
            escaped(&summary.target),
            seconds(summary.milliseconds)
        );
        let element = match summary.verdict {
            Verdict::Bad => "failure",
            Verdict::Unchecked => "error",
            Verdict::Ok | Verdict::Warning => {
                if summary.messages.is_empty() {
                    text.push_str("/>\n");
                } else {
                    let _ = writeln!(
                        text,
                        ">\n      <system-out>{}</system-out>\n    </testcase>",
                        escaped(&summary.messages.join("\n"))
                    );
                }
                continue;
            }
        };
        let _ = writeln!(
            text,
            ">\n      <{element} type=\"{}\" message=\"{}\">{}</{element}>\n    </testcase>",
            escaped(summary.reason.unwrap_or_default()),
            escaped(summary.messages.first().map_or("", String::as_str)),
            escaped(&summary.messages.join("\n"))
        );
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}
