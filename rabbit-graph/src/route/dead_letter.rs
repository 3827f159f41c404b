//! What happens to a message that is rejected wherever it lands.

use std::collections::{BTreeMap, BTreeSet};

use super::{Message, Outcome, Refusal, Router};
use crate::definitions::Value;
use crate::topology::{ExchangeId, Origin, QueueId};

/// After so many hops a message is no longer followed: reject cycles loop.
pub const LONGEST: usize = 6;

/// A rejected message's way out of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// How many rejections it took to get here.
    pub depth: usize,
    /// The queue that rejects.
    pub queue: QueueId,
    /// The dead-letter exchange, if it has one that exists.
    pub exchange: Option<ExchangeId>,
    /// The keys the message then has.
    pub keys: Vec<String>,
    /// Where it lands.
    pub outcome: Outcome,
}

/// All hops, breadth first, queues by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetters {
    /// One for each queue that rejected.
    pub hops: Vec<Hop>,
    /// Whether the broker chooses somewhere on the way, so that the hops
    /// after that cannot be told.
    pub one_of: bool,
}

impl Router<'_> {
    /// Rejects a message once in every queue that it reaches. Where several
    /// queues send theirs to one, it rejects that of the first by name.
    ///
    /// # Errors
    /// When its way cannot be predicted.
    pub fn reject(&mut self, landed: &Outcome, message: &Message) -> Result<DeadLetters, Refusal> {
        let mut found = DeadLetters {
            hops: Vec::new(),
            one_of: !landed.one_of.is_empty(),
        };
        // Whatever its way, the first step began where it was published.
        let published_to =
            (landed.steps.first()).map_or("", |step| &*self.topology().exchange(step.from).name);
        let mut seen: BTreeSet<QueueId> = landed.queues.clone();
        let mut level: BTreeMap<QueueId, Message> = (landed.queues.iter())
            .map(|queue| (*queue, message.clone()))
            .collect();
        for depth in 1..=LONGEST {
            let mut next: BTreeMap<QueueId, Message> = BTreeMap::new();
            for (queue, message) in level {
                let (hop, dead) = self.rejected(depth, queue, &message, published_to)?;
                found.one_of |= !hop.outcome.one_of.is_empty();
                for target in &hop.outcome.queues {
                    if seen.insert(*target) {
                        next.insert(*target, dead.clone());
                    }
                }
                found.hops.push(hop);
            }
            level = next;
        }
        Ok(found)
    }

    fn rejected(
        &mut self,
        depth: usize,
        queue: QueueId,
        message: &Message,
        published_to: &str,
    ) -> Result<(Hop, Message), Refusal> {
        let topology = self.topology();
        let from = topology.queue(queue);
        let mut hop = Hop {
            depth,
            queue,
            exchange: None,
            keys: message.keys.clone(),
            outcome: Outcome::default(),
        };
        let mut dead = message.clone();
        let Some(dead_letter) = &from.dead_letter else {
            return Ok((hop, dead));
        };
        if topology.exchange(dead_letter.exchange).origin == Origin::Missing {
            return Ok((hop, dead));
        }
        // With a key of its own the message loses all others.
        if let Some((key, _)) = &dead_letter.key {
            dead.keys = vec![key.to_string()];
        }
        // The first death leaves its mark in the headers, for good.
        if message.headers.get("x-death").is_none() {
            let text = |value: &str| Value::String(value.into());
            let added = [
                // What is in it matters to no exchange, only that it is there.
                ("x-death", Value::List(Box::default())),
                ("x-first-death-exchange", text(published_to)),
                ("x-first-death-queue", text(&from.name)),
                ("x-first-death-reason", text("rejected")),
            ];
            let added = added.map(|(name, value)| (name.into(), value));
            dead.headers = message.headers.clone().into_iter().chain(added).collect();
        }
        hop.exchange = Some(dead_letter.exchange);
        hop.keys = dead.keys.clone();
        hop.outcome = self.route(dead_letter.exchange, &dead)?;
        Ok((hop, dead))
    }
}
