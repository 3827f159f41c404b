//! `upgrade-note`: something that the version to upgrade to treats differently.

use crate::definitions::Value;
use crate::lint::{Context, Findings, Rule, Severity};
use crate::lint::{exchange_object, queue_object};
use crate::topology::pattern::LONGEST_SINCE_4_3;
use crate::topology::policy::too_long;
use crate::topology::{ExchangeType, Origin, QueueType, Version};
pub(super) const RULE: Rule = Rule {
    id: "upgrade-note",
    severity: Severity::Warning,
    summary: "something that the version to upgrade to treats differently",
    why: "Told only with --target: an upgrade that stops half-way is worse than one prepared.",
    fix: "See the message; the release notes of the version have the details.",
    link: "https://www.rabbitmq.com/docs/upgrade",
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let topology = context.topology;
    let Some(target) = context.target else { return };
    let from = topology.version.unwrap_or(Version::new(0, 0));
    let crosses = |version: Version| from < version && version <= target;
    for id in topology.queue_ids() {
        let queue = topology.queue(id);
        let object = || queue_object(topology, id);
        if queue.origin != Origin::Defined {
            continue;
        }
        let argument = |name: &str| queue.arguments.get(name).is_some();
        if crosses(Version::new(4, 0)) && queue.kind == QueueType::Classic {
            if argument("x-queue-mode") {
                findings.add(
                    queue.vhost,
                    object(),
                    "lazy mode has no effect since 3.12: remove x-queue-mode",
                );
            }
            if matches!(queue.arguments.integer("x-queue-version"), Some(1)) {
                findings.add(
                    queue.vhost,
                    object(),
                    "classic queues version 1 are gone in 4.0; they are converted at start",
                );
            }
        }
        if crosses(Version::new(4, 0))
            && queue.kind == QueueType::Quorum
            && topology.queue_setting(queue, "delivery-limit").is_none()
        {
            findings.add(queue.vhost, object(), "gets a delivery limit of 20 in 4.0");
        }
        if crosses(Version::new(4, 3)) && !queue.durable && !queue.exclusive {
            findings.add(
                queue.vhost,
                object(),
                "transient non-exclusive queues are denied by default",
            );
        }
        if crosses(Version::new(4, 3)) && argument("x-queue-master-locator") {
            findings.add(
                queue.vhost,
                object(),
                "queue-master-locator is denied by default: use x-queue-leader-locator",
            );
        }
    }
    if crosses(Version::new(3, 13)) {
        for binding in &topology.bindings {
            let source = topology.exchange(binding.source);
            let number = binding.arguments.iter().any(|(name, value)| {
                name != "x-match" && matches!(value, Value::Integer(_) | Value::Float(_))
            });
            if source.kind == ExchangeType::Headers && number {
                let object = exchange_object(topology, binding.source);
                findings.add(
                    source.vhost,
                    object,
                    "headers 1 and 1.0 no longer match each other since 3.13",
                );
            }
        }
    }
    if crosses(Version::new(4, 3)) {
        for (kind, policy, _) in super::all_policies(topology) {
            if too_long(&policy.pattern, target) {
                findings.add(
                    policy.vhost,
                    format!("{kind} {}", policy.name),
                    format!("patterns longer than {LONGEST_SINCE_4_3} bytes are refused"),
                );
            }
        }
    }
}
