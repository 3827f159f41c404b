//! `password-in-uri`: a shovel or upstream with a password in its URI.

use crate::lint::{Context, Findings, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "password-in-uri",
    severity: Severity::Warning,
    summary: "a shovel or upstream with a password in its URI",
    why: "Exports, and everybody who may see parameters, have the password in the clear.",
    fix: "Give the other broker a user for this purpose alone, use x509 authentication, and keep exports like secrets.",
    link: "https://www.rabbitmq.com/docs/shovel-dynamic",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for shovel in context
        .topology
        .shovels
        .iter()
        .filter(|it| it.password_in_uri)
    {
        findings.add(
            shovel.vhost,
            format!("shovel {}", shovel.name),
            "a URI in it has a password",
        );
    }
    for upstream in context
        .topology
        .upstreams
        .iter()
        .filter(|it| it.password_in_uri)
    {
        findings.add(
            upstream.vhost,
            format!("federation upstream {}", upstream.name),
            "its URI has a password",
        );
    }
}
