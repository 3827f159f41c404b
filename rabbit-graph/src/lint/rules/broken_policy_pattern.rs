//! `broken-policy-pattern`: a policy pattern that cannot work.

use crate::lint::{Context, Findings, Rule, Severity};
use crate::topology::pattern::{LONGEST_SINCE_4_3, Outcome, Pattern};
use crate::topology::policy::too_long;
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
        if too_long(&policy.pattern, topology.rules()) {
            let message = format!("its pattern is longer than {LONGEST_SINCE_4_3} bytes");
            findings.add(policy.vhost, object, message);
            continue;
        }
        match Pattern::new(&policy.pattern) {
            Err(why) => findings.add(
                policy.vhost,
                object,
                format!("its pattern does not compile: {why}"),
            ),
            Ok(pattern) => {
                let queues = topology.queues_in(policy.vhost);
                let exchanges = topology.exchanges_in(policy.vhost);
                let mut names = (queues.map(|id| &topology.queue(id).name))
                    .chain(exchanges.map(|id| &topology.exchange(id).name));
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
