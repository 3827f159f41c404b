//! Where a message goes: the broker's routing, with the way it takes.
//!
//! [`Router`] answers for one message at a time and keeps an index of every
//! exchange it has seen, so that ten thousand messages cost little more than
//! reading them. A message goes through the exchanges as in the broker: each
//! exchange once, the alternate exchange where an exchange itself matches
//! nothing, all keys (CC and BCC too) at every exchange.
//!
//! The definitions are taken as all there is: what they only mention, such
//! as the exclusive queue of a dangling binding, gets no message.

pub mod cases;
mod dead_letter;
pub mod headers;
mod index;
pub mod topic;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use dead_letter::{DeadLetters, Hop, LONGEST};

use self::index::{Index, Matched};
use crate::definitions::Table;
use crate::topology::{BindingId, Destination, ExchangeId, Origin, QueueId, Topology, VhostId};

/// A message, as far as routing sees it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Message {
    /// The routing key, then those of CC and BCC.
    pub keys: Vec<String>,
    /// The headers.
    pub headers: Table,
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// 404: there is no such exchange.
    NotFound,
    /// 403: the exchange is internal.
    Internal,
    /// It passes an exchange whose type only its plugin knows.
    UnknownType(Box<str>),
}

/// As a client sees it.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotFound => f.write_str("404 NOT_FOUND"),
            Refusal::Internal => f.write_str("403 ACCESS_REFUSED"),
            Refusal::UnknownType(name) => write!(f, "unpredictable exchange type {name}"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Why an exchange passed a message on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A binding matches.
    Binding(BindingId),
    /// The default exchange: the key is the name of the queue.
    DefaultExchange,
    /// Nothing matches: to the alternate exchange.
    Alternate,
}

/// One step of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// From this exchange.
    pub from: ExchangeId,
    /// Because of this.
    pub reason: Reason,
    /// To there.
    pub to: Destination,
    /// As one of several, of which the broker picks one.
    pub one_of: bool,
}

/// Where a message ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Queues that get it.
    pub queues: BTreeSet<QueueId>,
    /// Groups of queues of which exactly one gets it.
    pub one_of: Vec<BTreeSet<QueueId>>,
    /// The steps, in the order in which exchanges are visited.
    pub steps: Vec<Step>,
}

impl Outcome {
    /// Whether the broker has nowhere to put it (and returns it, if it is
    /// mandatory).
    pub fn is_unroutable(&self) -> bool {
        self.queues.is_empty() && self.one_of.is_empty()
    }

    /// The steps that lead to a queue, from the first exchange on.
    pub fn path_to(&self, queue: QueueId) -> Vec<Step> {
        let mut path = Vec::new();
        let mut wanted = Destination::Queue(queue);
        // Each exchange is entered once, so a path cannot be longer.
        for _ in 0..=self.steps.len() {
            let Some(step) = self.steps.iter().find(|step| step.to == wanted) else {
                break;
            };
            path.push(*step);
            wanted = Destination::Exchange(step.from);
        }
        path.reverse();
        path
    }
}

/// Routes messages through a topology.
#[derive(Debug)]
pub struct Router<'t> {
    topology: &'t Topology,
    indexes: BTreeMap<ExchangeId, Index>,
}

impl<'t> Router<'t> {
    /// A router for this topology.
    pub fn new(topology: &'t Topology) -> Self {
        Router {
            topology,
            indexes: BTreeMap::new(),
        }
    }

    /// The topology it routes through.
    pub fn topology(&self) -> &'t Topology {
        self.topology
    }

    /// What happens to a message that a client publishes.
    ///
    /// # Errors
    /// When the broker refuses it, or its way cannot be predicted.
    pub fn publish(
        &mut self,
        vhost: VhostId,
        exchange: &str,
        message: &Message,
    ) -> Result<Outcome, Refusal> {
        let id = self.topology.find_exchange(vhost, exchange);
        let id = id.ok_or(Refusal::NotFound)?;
        let found = self.topology.exchange(id);
        if found.origin == Origin::Missing {
            return Err(Refusal::NotFound);
        }
        if found.internal {
            return Err(Refusal::Internal);
        }
        self.route(id, message)
    }

    /// What happens to a message in an exchange.
    ///
    /// # Errors
    /// When its way cannot be predicted.
    pub fn route(&mut self, from: ExchangeId, message: &Message) -> Result<Outcome, Refusal> {
        let mut outcome = Outcome::default();
        let topology = self.topology;
        let start = topology.exchange(from);
        if start.name.is_empty() {
            for key in &message.keys {
                if let Some(queue) = topology.find_queue(start.vhost, key)
                    && topology.queue(queue).origin != Origin::Missing
                    && outcome.queues.insert(queue)
                {
                    outcome.steps.push(Step {
                        from,
                        reason: Reason::DefaultExchange,
                        to: Destination::Queue(queue),
                        one_of: false,
                    });
                }
            }
            return Ok(outcome);
        }
        let mut seen = BTreeSet::from([from]);
        self.walk(from, message, &mut seen, &mut outcome)?;
        // A queue that gets it for certain needs no luck.
        let certain = outcome.queues.clone();
        outcome
            .one_of
            .retain(|group| group.iter().any(|queue| !certain.contains(queue)));
        Ok(outcome)
    }

    fn walk(
        &mut self,
        from: ExchangeId,
        message: &Message,
        seen: &mut BTreeSet<ExchangeId>,
        outcome: &mut Outcome,
    ) -> Result<(), Refusal> {
        let mut waiting = vec![from];
        while let Some(at) = waiting.pop() {
            let (matched, one_of) = self.matches(at, message)?;
            if one_of && matched.len() > 1 {
                self.pick(at, &matched, message, seen, outcome)?;
                continue;
            }
            let nothing = matched.is_empty();
            for (binding, to) in matched {
                let reason = Reason::Binding(binding);
                outcome.enter(
                    Step {
                        from: at,
                        reason,
                        to,
                        one_of: false,
                    },
                    seen,
                    &mut waiting,
                );
            }
            if nothing && let Some(alternate) = &self.topology.exchange(at).alternate {
                let to = alternate.exchange;
                if self.topology.exchange(to).origin != Origin::Missing {
                    let step = Step {
                        from: at,
                        reason: Reason::Alternate,
                        to: Destination::Exchange(to),
                        one_of: false,
                    };
                    outcome.enter(step, seen, &mut waiting);
                }
            }
        }
        Ok(())
    }

    /// An exchange that picks one destination: each is followed on its own.
    fn pick(
        &mut self,
        at: ExchangeId,
        matched: &[Matched],
        message: &Message,
        seen: &BTreeSet<ExchangeId>,
        outcome: &mut Outcome,
    ) -> Result<(), Refusal> {
        // What follows from each choice.
        let mut choices: Vec<Outcome> = Vec::new();
        let mut tried = BTreeSet::new();
        for (binding, to) in matched {
            if !tried.insert(*to) {
                continue;
            }
            outcome.steps.push(Step {
                from: at,
                reason: Reason::Binding(*binding),
                to: *to,
                one_of: true,
            });
            let mut choice = Outcome::default();
            match to {
                Destination::Queue(queue) => {
                    choice.queues.insert(*queue);
                }
                Destination::Exchange(exchange) => {
                    let mut further = seen.clone();
                    if further.insert(*exchange) {
                        self.walk(*exchange, message, &mut further, &mut choice)?;
                        outcome.steps.append(&mut choice.steps);
                    }
                }
            }
            choices.push(choice);
        }
        outcome.choose(&choices);
        Ok(())
    }

    /// The destinations that an exchange itself chooses, and whether the
    /// broker takes only one of them.
    fn matches(
        &mut self,
        at: ExchangeId,
        message: &Message,
    ) -> Result<(Vec<Matched>, bool), Refusal> {
        let topology = self.topology;
        let index = (self.indexes.entry(at)).or_insert_with(|| Index::of(topology, at));
        index.matches(topology, message)
    }
}

impl Outcome {
    /// Adds what one of several choices brings about. A queue of every choice
    /// gets the message for certain. A choice can lead to several queues at
    /// once; then there are as many groups, each with one queue of every
    /// choice, so that of each group exactly one queue gets it.
    fn choose(&mut self, choices: &[Outcome]) {
        let Some((first, others)) = choices.split_first() else {
            return;
        };
        let certain: BTreeSet<QueueId> = (first.queues.iter())
            .filter(|queue| others.iter().all(|it| it.queues.contains(queue)))
            .copied()
            .collect();
        let slots: Vec<Vec<BTreeSet<QueueId>>> = (choices.iter())
            .map(|choice| {
                let queues = choice.queues.difference(&certain);
                let single = queues.map(|queue| BTreeSet::from([*queue]));
                single.chain(choice.one_of.iter().cloned()).collect()
            })
            .collect();
        let groups = slots.iter().map(Vec::len).max().unwrap_or_default();
        for at in 0..groups {
            let of_each = slots.iter().filter(|slots| !slots.is_empty());
            let group: BTreeSet<QueueId> = of_each
                .flat_map(|slots| slots[at % slots.len()].iter().copied())
                .collect();
            self.one_of.push(group);
        }
        self.one_of.sort();
        self.one_of.dedup();
        self.queues.extend(certain);
    }

    fn enter(
        &mut self,
        step: Step,
        seen: &mut BTreeSet<ExchangeId>,
        waiting: &mut Vec<ExchangeId>,
    ) {
        let new = match step.to {
            Destination::Queue(queue) => self.queues.insert(queue),
            Destination::Exchange(exchange) => {
                let new = seen.insert(exchange);
                if new {
                    waiting.push(exchange);
                }
                new
            }
        };
        if new {
            self.steps.push(step);
        }
    }
}

#[cfg(test)]
#[path = "route/tests.rs"]
mod tests;
