//! `duplicate-object`: an object that the definitions have more than once.

use crate::lint::{Context, Findings, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "duplicate-object",
    severity: Severity::Warning,
    summary: "an object that the definitions have more than once",
    why: "An import takes one of them, or refuses; which one depends on the order.",
    fix: "Keep one of them.",
    link: "https://www.rabbitmq.com/docs/definitions",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for duplicate in &context.topology.duplicates {
        let object = format!("{} {}", duplicate.section, duplicate.name);
        let message = if duplicate.conflicting {
            "defined more than once, and not the same"
        } else {
            "defined more than once"
        };
        match duplicate.vhost {
            Some(vhost) => findings.add(vhost, object, message),
            None => findings.add_global(object, message),
        }
    }
}
