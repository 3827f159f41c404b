//! The bindings of one exchange, prepared for matching.

use std::collections::HashMap;

use super::headers::{self, Numbers};
use super::topic::Trie;
use super::{Message, Refusal};
use crate::topology::{
    BindingId, Destination, ExchangeId, ExchangeType, Origin, Topology, Version,
};

/// A binding that matches, and where it leads.
pub(super) type Matched = (BindingId, Destination);

#[derive(Debug)]
pub(super) enum Index {
    Direct(HashMap<Box<str>, Vec<Matched>>),
    All(Vec<Matched>),
    Topic(Trie<Matched>),
    Headers(Vec<Matched>, Numbers, bool),
    OneOf(Vec<Matched>),
    Unknown(Box<str>),
}

impl Index {
    pub(super) fn of(topology: &Topology, exchange: ExchangeId) -> Index {
        let existing = |destination: Destination| match destination {
            Destination::Exchange(id) => topology.exchange(id).origin != Origin::Missing,
            Destination::Queue(id) => topology.queue(id).origin != Origin::Missing,
        };
        let bindings = (topology.bindings_of(exchange))
            .map(|(id, binding)| (id, binding.destination))
            .filter(|(_, destination)| existing(*destination));
        match &topology.exchange(exchange).kind {
            ExchangeType::Direct => {
                let mut by_key: HashMap<Box<str>, Vec<Matched>> = HashMap::new();
                for matched in bindings {
                    let key = (*topology.binding(matched.0).key).into();
                    by_key.entry(key).or_default().push(matched);
                }
                Index::Direct(by_key)
            }
            ExchangeType::Fanout => Index::All(bindings.collect()),
            ExchangeType::Topic => {
                let mut trie = Trie::default();
                for matched in bindings {
                    trie.insert(&topology.binding(matched.0).key, matched);
                }
                Index::Topic(trie)
            }
            ExchangeType::Headers => {
                let version = topology.rules();
                let numbers = if version < Version::new(3, 13) {
                    Numbers::ByValue
                } else {
                    Numbers::ByType
                };
                Index::Headers(bindings.collect(), numbers, version >= Version::new(3, 10))
            }
            ExchangeType::ConsistentHash => Index::OneOf(weighted(topology, bindings)),
            ExchangeType::Random | ExchangeType::LocalRandom | ExchangeType::ModulusHash => {
                Index::OneOf(bindings.collect())
            }
            ExchangeType::Other(name) => Index::Unknown(name.clone()),
        }
    }

    pub(super) fn matches(
        &self,
        topology: &Topology,
        message: &Message,
    ) -> Result<(Vec<Matched>, bool), Refusal> {
        let mut found = match self {
            Index::Direct(by_key) => {
                let keys = message.keys.iter();
                keys.filter_map(|key| by_key.get(key.as_str()))
                    .flatten()
                    .copied()
                    .collect()
            }
            Index::All(all) => all.clone(),
            Index::Topic(trie) => {
                let mut found = Vec::new();
                for key in &message.keys {
                    trie.matches(key, &mut found);
                }
                found
            }
            Index::Headers(all, numbers, with_x) => {
                let matches = |matched: &&Matched| {
                    let arguments = &topology.binding(matched.0).arguments;
                    headers::matches(arguments, &message.headers, *numbers, *with_x)
                };
                all.iter().filter(matches).copied().collect()
            }
            Index::OneOf(all) => return Ok((all.clone(), true)),
            Index::Unknown(name) => return Err(Refusal::UnknownType(name.clone())),
        };
        // Several keys can match the same binding.
        found.sort_unstable();
        found.dedup();
        Ok((found, false))
    }
}

/// The bindings of a consistent-hash exchange that count: the key is a
/// weight of at least one, and only one binding for each destination counts.
fn weighted(topology: &Topology, bindings: impl Iterator<Item = Matched>) -> Vec<Matched> {
    let mut kept: Vec<Matched> = Vec::new();
    for matched in bindings {
        let weight = topology.binding(matched.0).key.parse::<u64>();
        if weight.is_ok_and(|weight| weight > 0) && !kept.iter().any(|it| it.1 == matched.1) {
            kept.push(matched);
        }
    }
    kept
}
