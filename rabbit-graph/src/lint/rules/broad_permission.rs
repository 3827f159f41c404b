//! `broad-permission`: a permission that grants everything.

use crate::lint::{Context, Findings, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "broad-permission",
    severity: Severity::Warning,
    summary: "a permission that grants everything",
    why: "One leaked password is enough to read, delete and redeclare everything in the virtual host.",
    fix: "Name what the user needs; `rabbit-graph who` shows what a pattern allows.",
    link: "https://www.rabbitmq.com/docs/access-control",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let everything = |pattern: &str| matches!(pattern, ".*" | "^.*$" | "^.*" | ".*$" | ".+" | "^");
    for permission in &context.topology.permissions {
        let all = [&permission.configure, &permission.write, &permission.read];
        let user = context.topology.find_user(&permission.user);
        let admin = user.is_some_and(|user| user.tags.iter().any(|tag| tag == "administrator"));
        if !admin && all.iter().all(|pattern| everything(pattern)) {
            findings.add(
                permission.vhost,
                format!("user {}", permission.user),
                "may configure, write and read everything",
            );
        }
    }
}
