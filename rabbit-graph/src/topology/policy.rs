//! Which policy applies to an object, and what it sets: the broker's rules.
//!
//! One policy wins for each object, the one with the highest priority;
//! policies never merge with each other. One operator policy wins in the
//! same way, and is merged into the winner key by key.

use super::pattern::{LONGEST_SINCE_4_3, Pattern};
use super::{Policy, PolicyId, QueueType, Setting, Topology, Version, VhostId};
use crate::definitions::{Table, Value};

/// What a policy is tested on.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// An exchange.
    Exchange,
    /// A queue of this type.
    Queue(&'a QueueType),
}

/// The policies of one virtual host in the order in which they are tried.
#[derive(Debug)]
pub struct Ranked {
    candidates: Vec<Candidate>,
}

#[derive(Debug)]
struct Candidate {
    id: PolicyId,
    pattern: Option<Pattern>,
    exchanges: bool,
    /// Classic, quorum, stream, other.
    queues: [bool; 4],
}

impl Ranked {
    /// Compiles and ranks the policies of a virtual host. Of equal
    /// priorities the later name wins, as brokers that keep policies in a
    /// table sorted by name do; the order of declaration never matters.
    pub fn new(policies: &[Policy], vhost: VhostId, version: Version) -> Self {
        let start = policies.partition_point(|policy| policy.vhost < vhost);
        let mut candidates: Vec<_> = (policies.iter().enumerate().skip(start))
            .take_while(|(_, policy)| policy.vhost == vhost)
            .map(|(at, policy)| {
                let applies = |kind: &QueueType| {
                    applies_to_queue(policy, kind, version)
                        && unsupported_key(policy, kind, version).is_none()
                };
                Candidate {
                    id: PolicyId(at as u32),
                    pattern: (Pattern::new(&policy.pattern).ok())
                        .filter(|_| !too_long(&policy.pattern, version)),
                    exchanges: applies_to_exchange(policy),
                    queues: [
                        applies(&QueueType::Classic),
                        applies(&QueueType::Quorum),
                        applies(&QueueType::Stream),
                        matches!(&*policy.apply_to, "all" | "queues"),
                    ],
                }
            })
            .collect();
        candidates.sort_by(|a, b| {
            let (first, second) = (&policies[a.id.get()], &policies[b.id.get()]);
            (second.priority, &second.name).cmp(&(first.priority, &first.name))
        });
        Ranked { candidates }
    }

    /// The policy that applies.
    pub fn winner(&self, subject: Subject<'_>, name: &str) -> Option<PolicyId> {
        self.matching(subject, name).next()
    }

    /// All policies that could apply, the winner first.
    pub fn matching<'a>(
        &'a self,
        subject: Subject<'a>,
        name: &'a str,
    ) -> impl Iterator<Item = PolicyId> + 'a {
        (self.candidates.iter())
            .filter(move |candidate| match subject {
                Subject::Exchange => candidate.exchanges,
                Subject::Queue(kind) => candidate.queues[slot(kind)],
            })
            .filter(move |candidate| {
                (candidate.pattern.as_ref()).is_some_and(|pattern| pattern.is_match(name))
            })
            .map(|candidate| candidate.id)
    }
}

/// Whether a broker of this version refuses the pattern for its length.
pub fn too_long(pattern: &str, version: Version) -> bool {
    version >= Version::new(4, 3) && pattern.len() > LONGEST_SINCE_4_3
}

fn slot(kind: &QueueType) -> usize {
    match kind {
        QueueType::Classic => 0,
        QueueType::Quorum => 1,
        QueueType::Stream => 2,
        QueueType::Other(_) => 3,
    }
}

/// Whether `apply-to` includes exchanges.
pub fn applies_to_exchange(policy: &Policy) -> bool {
    matches!(&*policy.apply_to, "all" | "exchanges")
}

/// Whether `apply-to` includes queues of this type.
pub fn applies_to_queue(policy: &Policy, kind: &QueueType, version: Version) -> bool {
    match (&*policy.apply_to, kind) {
        ("all" | "queues", _) => true,
        // Brokers before 3.12 refuse these words.
        _ if version < Version::new(3, 12) => false,
        ("classic_queues", QueueType::Classic) => true,
        ("quorum_queues", QueueType::Quorum) => true,
        ("streams", QueueType::Stream) => true,
        _ => false,
    }
}

/// Keys that a queue type does not have, and the versions [from, until) in
/// which it does not: a policy with one of them does not apply to such a
/// queue at all.
type Unsupported = (&'static str, Version, Version);

const ALWAYS: Version = Version::new(0, 0);
const NEVER: Version = Version::new(u32::MAX, 0);

const CLASSIC: &[Unsupported] = &[
    ("delivery-limit", ALWAYS, NEVER),
    ("dead-letter-strategy", Version::new(3, 10), NEVER),
    ("initial-cluster-size", ALWAYS, NEVER),
    ("max-age", ALWAYS, NEVER),
    ("max-in-memory-bytes", Version::new(3, 12), NEVER),
    ("max-in-memory-length", Version::new(3, 12), NEVER),
    ("max-segment-size", ALWAYS, Version::new(3, 9)),
    ("queue-leader-locator", ALWAYS, Version::new(3, 12)),
    ("stream-max-segment-size-bytes", Version::new(3, 9), NEVER),
    ("target-group-size", Version::new(3, 12), NEVER),
];

const QUORUM: &[Unsupported] = &[
    ("ha-mode", ALWAYS, NEVER),
    ("ha-params", ALWAYS, NEVER),
    ("ha-promote-on-failure", ALWAYS, NEVER),
    ("ha-promote-on-shutdown", ALWAYS, NEVER),
    ("ha-sync-mode", ALWAYS, NEVER),
    ("initial-cluster-size", ALWAYS, NEVER),
    ("max-age", ALWAYS, NEVER),
    ("max-priority", ALWAYS, NEVER),
    ("message-ttl", ALWAYS, Version::new(3, 10)),
    ("queue-master-locator", ALWAYS, NEVER),
    ("queue-mode", ALWAYS, NEVER),
    ("single-active-consumer", ALWAYS, Version::new(4, 0)),
    ("stream-max-segment-size-bytes", Version::new(3, 9), NEVER),
];

const STREAM: &[Unsupported] = &[
    ("dead-letter-exchange", ALWAYS, NEVER),
    ("dead-letter-routing-key", ALWAYS, NEVER),
    ("dead-letter-strategy", Version::new(3, 10), NEVER),
    ("delivery-limit", ALWAYS, NEVER),
    ("expires", ALWAYS, NEVER),
    ("ha-mode", ALWAYS, NEVER),
    ("ha-params", ALWAYS, NEVER),
    ("ha-promote-on-failure", ALWAYS, NEVER),
    ("ha-promote-on-shutdown", ALWAYS, NEVER),
    ("ha-sync-mode", ALWAYS, NEVER),
    ("max-in-memory-bytes", ALWAYS, NEVER),
    ("max-in-memory-length", ALWAYS, NEVER),
    ("max-length", ALWAYS, NEVER),
    ("max-priority", ALWAYS, NEVER),
    ("message-ttl", ALWAYS, NEVER),
    ("overflow", ALWAYS, NEVER),
    ("queue-master-locator", ALWAYS, NEVER),
    ("queue-mode", ALWAYS, NEVER),
    ("single-active-consumer", ALWAYS, NEVER),
    ("target-group-size", Version::new(3, 12), NEVER),
];

/// The first key of a policy that keeps it from applying to a queue of this
/// type.
pub fn unsupported_key<'p>(
    policy: &'p Policy,
    kind: &QueueType,
    version: Version,
) -> Option<&'p str> {
    let table = match kind {
        QueueType::Classic => CLASSIC,
        QueueType::Quorum => QUORUM,
        QueueType::Stream => STREAM,
        QueueType::Other(_) => return None,
    };
    policy.definition.iter().map(|(key, _)| key).find(|key| {
        (table.iter())
            .any(|(name, from, until)| name == key && *from <= version && version < *until)
    })
}

/// The value of a key as policy and operator policy together set it, and
/// which of them decided.
pub fn effective<'t>(
    policy: Option<&'t Policy>,
    operator: Option<&'t Policy>,
    key: &str,
) -> Option<(&'t Value, Setting)> {
    let own = policy.and_then(|policy| policy.definition.get(key));
    let operators = operator.and_then(|policy| policy.definition.get(key));
    match (own, operators) {
        (None, None) => None,
        (Some(own), None) => Some((own, Setting::Policy)),
        (None, Some(operators)) => Some((operators, Setting::OperatorPolicy)),
        (Some(own), Some(operators)) => Some(merged(key, own, operators)),
    }
}

fn merged<'t>(key: &str, own: &'t Value, operators: &'t Value) -> (&'t Value, Setting) {
    let (Value::Integer(a), Value::Integer(b)) = (own, operators) else {
        // `overflow`, `queue-version`: the operator decides.
        return (operators, Setting::OperatorPolicy);
    };
    let own_wins = match key {
        // A negative delivery limit is none at all, which 4.x lets win.
        "delivery-limit" if *a < 0 || *b < 0 => a > b,
        // The one key where more is stricter.
        "target-group-size" => a > b,
        _ => a <= b,
    };
    if own_wins {
        (own, Setting::Policy)
    } else {
        (operators, Setting::OperatorPolicy)
    }
}

/// Everything that policy and operator policy together set, sorted by key.
pub fn effective_definition<'t>(
    policy: Option<&'t Policy>,
    operator: Option<&'t Policy>,
) -> Vec<(&'t str, &'t Value, Setting)> {
    let keys = |policy: Option<&'t Policy>| {
        (policy.into_iter()).flat_map(|policy| policy.definition.iter().map(|(key, _)| key))
    };
    let mut names: Vec<_> = keys(policy).chain(keys(operator)).collect();
    names.sort_unstable();
    names.dedup();
    (names.into_iter())
        .filter_map(|key| {
            let (value, setting) = effective(policy, operator, key)?;
            Some((key, value, setting))
        })
        .collect()
}

/// A text setting of an object: its argument beats every policy, key by key.
pub(super) fn text_setting<'t>(
    arguments: &'t Table,
    argument: &str,
    policy: Option<&'t Policy>,
    operator: Option<&'t Policy>,
    key: &str,
) -> Option<(&'t str, Setting)> {
    if let Some(value) = arguments.get(argument) {
        return match value {
            Value::String(text) => Some((text, Setting::Argument)),
            // The broker refuses it; it hides the policy's all the same.
            _ => None,
        };
    }
    match effective(policy, operator, key) {
        Some((Value::String(text), setting)) => Some((text, setting)),
        _ => None,
    }
}

impl Topology {
    /// The version whose rules apply.
    pub fn rules(&self) -> Version {
        self.version.unwrap_or(Version::NEWEST)
    }

    /// The policy of an id.
    pub fn policy(&self, id: PolicyId) -> &Policy {
        &self.policies[id.get()]
    }

    /// The operator policy of an id.
    pub fn operator_policy(&self, id: PolicyId) -> &Policy {
        &self.operator_policies[id.get()]
    }

    /// What policies set on a queue, or its arguments do: arguments beat
    /// policies, except that numbers are limits and the lower one holds.
    pub fn queue_setting<'t>(
        &'t self,
        queue: &'t super::Queue,
        key: &str,
    ) -> Option<(&'t Value, Setting)> {
        let argument = queue.arguments.get(&format!("x-{key}"));
        let policy = effective(
            queue.policy.map(|id| self.policy(id)),
            queue.operator_policy.map(|id| self.operator_policy(id)),
            key,
        );
        match (argument, policy) {
            (Some(Value::Integer(a)), Some((policy @ Value::Integer(p), setting))) if p < a => {
                Some((policy, setting))
            }
            (Some(argument), _) => Some((argument, Setting::Argument)),
            (None, policy) => policy,
        }
    }
}

#[cfg(test)]
#[path = "policy/tests.rs"]
mod tests;
