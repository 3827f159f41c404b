//! `broken-policy-pattern`: a policy pattern that cannot work.

use crate::lint::{Context, Findings, Rule, Severity};
use crate::topology::pattern::{Outcome, Pattern};
pub(super) const RULE: Rule = Rule {
    id: "broken-policy-pattern",
    severity: Severity::Error,
    summary: "a policy pattern that cannot work",
    why: "A pattern that does not compile matches nothing; one that takes too many steps counts as no match since 4.3, and blocks the broker before.",
    fix: "Correct it; patterns are PCRE.",
    link: "https://www.rabbitmq.com/docs/parameters#policies",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    for (kind, policy, _) in super::all_policies(topology) {
        let object = format!("{kind} {}", policy.name);
        match Pattern::new(&policy.pattern) {
            Err(why) => findings.add(
                policy.vhost,
                object,
                format!("its pattern does not compile: {why}"),
            ),
            Ok(pattern) => {
                let mut names = (topology
                    .queues
                    .iter()
                    .filter(|it| it.vhost == policy.vhost)
                    .map(|it| &it.name))
                .chain(
                    topology
                        .exchanges
                        .iter()
                        .filter(|it| it.vhost == policy.vhost)
                        .map(|it| &it.name),
                );
                let stuck = names.find(|name| pattern.test(name) == Outcome::LimitReached);
                if let Some(name) = stuck {
                    findings.add(
                        policy.vhost,
                        object,
                        format!("its pattern takes too many steps on `{name}`"),
                    );
                }
            }
        }
    }
}
