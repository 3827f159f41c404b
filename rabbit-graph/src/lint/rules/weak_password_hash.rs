//! `weak-password-hash`: a password kept with a weak hash.

use crate::lint::{Context, Findings, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "weak-password-hash",
    severity: Severity::Warning,
    summary: "a password kept with a weak hash",
    why: "MD5 hashes of RabbitMQ before 3.6 are guessed at billions a second.",
    fix: "Set the password again; the broker then uses its present algorithm.",
    link: "https://www.rabbitmq.com/docs/passwords",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for user in &context.topology.users {
        let weak = user
            .hashing_algorithm
            .as_deref()
            .is_some_and(|name| name.contains("md5"));
        if weak && user.has_password {
            findings.add_global(
                format!("user {}", user.name),
                "its password is hashed with MD5",
            );
        }
    }
}
