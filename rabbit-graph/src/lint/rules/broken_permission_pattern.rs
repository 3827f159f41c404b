//! `broken-permission-pattern`: a permission pattern that cannot compile.

use crate::lint::{Context, Findings, Rule, Severity};
use crate::topology::VhostId;
use crate::topology::pattern::Pattern;
pub(super) const RULE: Rule = Rule {
    id: "broken-permission-pattern",
    severity: Severity::Error,
    summary: "a permission pattern that cannot compile",
    why: "The broker takes it as a refusal: the user may do nothing of that kind.",
    fix: "Correct it; patterns are PCRE.",
    link: "https://www.rabbitmq.com/docs/access-control",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let mut test = |vhost: VhostId, user: &str, right: &str, pattern: &str| {
        if let Err(why) = Pattern::new(pattern) {
            let message = format!("its {right} pattern does not compile, which denies all: {why}");
            findings.add(vhost, format!("user {user}"), message);
        }
    };
    for it in &context.topology.permissions {
        test(it.vhost, &it.user, "configure", &it.configure);
        test(it.vhost, &it.user, "write", &it.write);
        test(it.vhost, &it.user, "read", &it.read);
    }
    for it in &context.topology.topic_permissions {
        test(it.vhost, &it.user, "topic write", &it.write);
        test(it.vhost, &it.user, "topic read", &it.read);
    }
}
