//! `guest-access`: the user guest has access.

use crate::lint::{Context, Findings, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    id: "guest-access",
    severity: Severity::Warning,
    summary: "the user guest has access",
    why: "Its password is known to everybody; only the rule that it logs in from the broker's own machine stands in between.",
    fix: "Delete it: `rabbitmqctl delete_user guest`.",
    link: "https://www.rabbitmq.com/docs/access-control#default-state",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for permission in topology
        .permissions
        .iter()
        .filter(|it| &*it.user == "guest")
    {
        findings.add(
            permission.vhost,
            "user guest".to_owned(),
            "has permissions in this virtual host",
        );
    }
    for user in topology
        .users
        .iter()
        .filter(|user| &*user.name == "guest" && user.listed)
    {
        if user.tags.iter().any(|tag| tag == "administrator") {
            findings.add_global("user guest".to_owned(), "is an administrator");
        }
    }
}
