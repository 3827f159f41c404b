//! From definitions to a topology.
//!
//! Objects are first gathered in any order, under provisional numbers and
//! borrowed names; once all that anything mentions are known, they are
//! sorted, numbered for good, and joined.

mod draft;
mod names;
mod others;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use self::draft::{Draft, DraftEnd, DraftExchange, DraftQueue, DraftShovel, DraftShovelEnd};
use self::names::{VhostNames, mentioned_vhosts};
use super::policy::Ranked;
use super::{
    Alternate, Binding, BindingId, DeadLetter, Destination, Duplicate, Exchange, ExchangeId, Graph,
    Link, Node, Policy, Queue, QueueId, Remote, RemoteEnd, RemoteId, Shovel, ShovelId, Topology,
    Upstream, UpstreamId, Version, Vhost, VhostId,
};
use crate::definitions::{Definitions, Table, Value};

impl Topology {
    /// Resolves definitions.
    pub fn new(mut definitions: Definitions<'_>) -> Self {
        // Tables are moved, not copied; names are copied once, when the
        // objects are numbered.
        let queue_arguments = taken(definitions.queues.iter_mut().map(|it| &mut it.arguments));
        let exchange_arguments =
            taken(definitions.exchanges.iter_mut().map(|it| &mut it.arguments));
        let binding_arguments = taken(definitions.bindings.iter_mut().map(|it| &mut it.arguments));
        let definitions = definitions;

        let version = definitions.version.as_deref().and_then(Version::parse);
        let rules = version.unwrap_or(Version::NEWEST);
        let mut duplicates = Vec::new();
        let vhosts = vhosts(&definitions, &mut duplicates);
        let names = VhostNames::new(&definitions, &vhosts);
        let (policies, operator_policies) = policies(&definitions, &names, &mut duplicates);
        let ranked = |list: &[Policy]| -> Vec<Ranked> {
            (0..vhosts.len() as u32)
                .map(|vhost| Ranked::new(list, VhostId(vhost), rules))
                .collect()
        };

        let mut draft = Draft::default();
        draft.exchanges(
            &definitions,
            &names,
            vhosts.len(),
            exchange_arguments,
            &mut duplicates,
        );
        draft.queues(
            &definitions,
            &names,
            &vhosts,
            queue_arguments,
            &mut duplicates,
        );
        draft.bindings(&definitions, &names, binding_arguments);
        draft.apply(
            &policies,
            &operator_policies,
            &ranked(&policies),
            &ranked(&operator_policies),
        );
        let parameters: Vec<_> = (definitions.parameters.iter())
            .map(|parameter| (names.of(&parameter.vhost), parameter))
            .collect();
        let shovels = draft.shovels(&parameters, &vhosts, &mut duplicates);
        let upstreams = draft::upstreams(&parameters, &vhosts, &mut duplicates);
        let remotes = draft::remotes(&shovels, &upstreams);

        let numbers = Numbers::of(&draft);
        let mut bindings: Vec<Binding> = (std::mem::take(&mut draft.bindings).into_iter())
            .map(|binding| Binding {
                source: numbers.exchange(binding.source),
                destination: numbers.end(binding.destination),
                key: binding.key.into(),
                arguments: binding.arguments,
            })
            .collect();
        sort_bindings(&mut bindings);
        let shovels = (shovels.into_iter())
            .map(|shovel| finished_shovel(shovel, &numbers, &remotes))
            .collect();
        let mut topology = Topology {
            version,
            cluster_name: cluster_name(&definitions),
            exchanges: finished_exchanges(draft.exchanges, &numbers),
            queues: finished_queues(draft.queues, &numbers),
            bindings,
            policies,
            operator_policies,
            users: others::users(&definitions, &mut duplicates),
            permissions: others::permissions(&definitions, &names, &mut duplicates),
            topic_permissions: others::topic_permissions(&definitions, &names),
            shovels,
            upstreams: (upstreams.into_iter())
                .map(|(upstream, remote)| Upstream {
                    remote: remote.and_then(|name| draft::remote_id(&remotes, &name)),
                    ..upstream
                })
                .collect(),
            upstream_sets: others::upstream_sets(&parameters, &mut duplicates),
            parameters: others::parameters(&parameters),
            global_parameters: others::global_parameters(&definitions),
            remotes,
            unknown_sections: (definitions.unknown_sections.iter())
                .map(|name| (**name).into())
                .collect(),
            vhosts,
            duplicates,
            graph: Graph::default(),
        };
        topology.note_repeated_bindings();
        topology.duplicates.sort();
        // Which copies were compared with which depends on the order of the
        // file; whether any two differ does not.
        topology.duplicates.dedup_by(|later, first| {
            let same = (later.section, later.vhost, &later.name)
                == (first.section, first.vhost, &first.name);
            first.conflicting |= same && later.conflicting;
            same
        });
        topology.join();
        topology
    }

    /// Repeated bindings do nothing; one of each is kept.
    fn note_repeated_bindings(&mut self) {
        let mut repeated = Vec::new();
        self.bindings.dedup_by(|later, first| {
            let same = later == first;
            if same {
                repeated.push(first.clone());
            }
            same
        });
        for binding in repeated {
            let source = self.exchange(binding.source);
            let destination = match binding.destination {
                Destination::Exchange(id) => &self.exchange(id).name,
                Destination::Queue(id) => &self.queue(id).name,
            };
            let name = format!("{} -> {} ({})", source.name, destination, binding.key);
            self.duplicates.push(Duplicate {
                section: "binding",
                vhost: Some(source.vhost),
                name: name.into(),
                conflicting: false,
            });
        }
    }

    /// Makes the graph.
    fn join(&mut self) {
        let mut graph = Graph::with_capacity(
            self.exchanges.len() + self.queues.len() + self.remotes.len(),
            self.bindings.len() + self.queues.len(),
        );
        for id in 0..self.exchanges.len() as u32 {
            graph.add_node(Node::Exchange(ExchangeId(id)));
        }
        for id in 0..self.queues.len() as u32 {
            graph.add_node(Node::Queue(QueueId(id)));
        }
        for id in 0..self.remotes.len() as u32 {
            graph.add_node(Node::Remote(RemoteId(id)));
        }
        for (at, binding) in self.bindings.iter().enumerate() {
            graph.add_edge(
                self.node_of(Node::Exchange(binding.source)),
                self.node_of(binding.destination.into()),
                Link::Binding(BindingId(at as u32)),
            );
        }
        for (at, exchange) in self.exchanges.iter().enumerate() {
            if let Some(alternate) = &exchange.alternate {
                graph.add_edge(
                    self.node_of(Node::Exchange(ExchangeId(at as u32))),
                    self.node_of(Node::Exchange(alternate.exchange)),
                    Link::Alternate,
                );
            }
        }
        for (at, queue) in self.queues.iter().enumerate() {
            if let Some(dead_letter) = &queue.dead_letter {
                graph.add_edge(
                    self.node_of(Node::Queue(QueueId(at as u32))),
                    self.node_of(self.dead_letter_target(queue, dead_letter)),
                    Link::DeadLetter,
                );
            }
        }
        for (at, shovel) in self.shovels.iter().enumerate() {
            if let (Some(source), Some(destination)) = (&shovel.source, &shovel.destination) {
                let node = |end: &RemoteEnd| match end {
                    RemoteEnd::Local(object) => self.node_of((*object).into()),
                    RemoteEnd::Remote(id, _) => self.node_of(Node::Remote(*id)),
                };
                let link = Link::Shovel(ShovelId(at as u32));
                graph.add_edge(node(source), node(destination), link);
            }
        }
        for (upstream, node) in self.federated() {
            if let Some(remote) = self.upstreams[upstream.get()].remote {
                graph.add_edge(
                    self.node_of(Node::Remote(remote)),
                    self.node_of(node),
                    Link::Federation(upstream),
                );
            }
        }
        self.graph = graph;
    }

    /// Where dead letters of a queue really go first: through the default
    /// exchange a key leads straight to the queue of that name.
    pub fn dead_letter_target(&self, queue: &Queue, dead_letter: &DeadLetter) -> Node {
        if self.exchange(dead_letter.exchange).name.is_empty()
            && let Some((key, _)) = &dead_letter.key
            && let Some(target) = self.find_queue(queue.vhost, key)
        {
            return Node::Queue(target);
        }
        Node::Exchange(dead_letter.exchange)
    }

    /// Every pair of an upstream and an object that a policy federates.
    pub fn federated(&self) -> Vec<(UpstreamId, Node)> {
        if self.upstreams.is_empty() {
            return Vec::new();
        }
        let by_policy: Vec<Vec<UpstreamId>> = (self.policies.iter())
            .map(|policy| self.upstreams_of(policy))
            .collect();
        let mut pairs = Vec::new();
        for (at, exchange) in self.exchanges.iter().enumerate() {
            if let Some(policy) = exchange.policy
                && !exchange.internal
                && !exchange.name.is_empty()
            {
                let node = Node::Exchange(ExchangeId(at as u32));
                pairs.extend(by_policy[policy.get()].iter().map(|id| (*id, node)));
            }
        }
        for (at, queue) in self.queues.iter().enumerate() {
            if let Some(policy) = queue.policy {
                let node = Node::Queue(QueueId(at as u32));
                pairs.extend(by_policy[policy.get()].iter().map(|id| (*id, node)));
            }
        }
        pairs
    }

    fn upstreams_of(&self, policy: &Policy) -> Vec<UpstreamId> {
        let own = || {
            (self.upstreams.iter().enumerate())
                .filter(|(_, upstream)| upstream.vhost == policy.vhost)
                .map(|(at, upstream)| (UpstreamId(at as u32), upstream))
        };
        let select = |wanted: &dyn Fn(&str) -> bool| -> Vec<UpstreamId> {
            own()
                .filter(|(_, it)| wanted(&it.name))
                .map(|(id, _)| id)
                .collect()
        };
        if let Some(name) = policy.definition.text("federation-upstream") {
            return select(&|upstream| upstream == name);
        }
        if let Some(set) = policy.definition.text("federation-upstream-set") {
            if set == "all" {
                return select(&|_| true);
            }
            let members = (self.upstream_sets.iter())
                .find(|(vhost, name, _)| *vhost == policy.vhost && &**name == set)
                .map(|(_, _, members)| members.as_slice())
                .unwrap_or_default();
            return select(&|upstream| members.iter().any(|member| &**member == upstream));
        }
        if let Some(pattern) = policy.definition.text("federation-upstream-pattern")
            && let Ok(pattern) = super::pattern::Pattern::new(pattern)
        {
            return select(&|upstream| pattern.is_match(upstream));
        }
        Vec::new()
    }
}

impl From<Destination> for Node {
    fn from(destination: Destination) -> Node {
        match destination {
            Destination::Exchange(id) => Node::Exchange(id),
            Destination::Queue(id) => Node::Queue(id),
        }
    }
}

fn taken<'t>(tables: impl Iterator<Item = &'t mut Table>) -> Vec<Table> {
    tables.map(std::mem::take).collect()
}

/// Bindings in the order of their invariant.
fn sort_bindings(bindings: &mut [Binding]) {
    bindings.sort_unstable_by(|a, b| {
        (a.source, a.destination, &a.key)
            .cmp(&(b.source, b.destination, &b.key))
            .then_with(|| a.arguments.total_cmp(&b.arguments))
    });
}

fn cluster_name(definitions: &Definitions<'_>) -> Option<Box<str>> {
    let global = || {
        let parameter = (definitions.global_parameters.iter())
            .filter(|parameter| &*parameter.name == "cluster_name");
        parameter
            .filter_map(|parameter| match &parameter.value {
                Value::String(name) => Some(name.clone()),
                _ => None,
            })
            .min()
    };
    match &definitions.cluster_name {
        Some(name) => Some(name.0.as_ref().into()),
        None => global(),
    }
}

fn vhosts(definitions: &Definitions<'_>, duplicates: &mut Vec<Duplicate>) -> Vec<Vhost> {
    let mut names = mentioned_vhosts(definitions);
    names.sort_unstable();
    names.dedup();
    let mut listed: HashMap<&str, Vhost> = HashMap::new();
    for given in &definitions.vhosts {
        let vhost = Vhost {
            name: given.name.0.as_ref().into(),
            listed: true,
            description: (given.description.as_deref())
                .or(given.metadata.text("description"))
                .filter(|text| !text.is_empty())
                .map(Into::into),
            default_queue_type: (given.default_queue_type.as_deref())
                .or(given.metadata.text("default_queue_type"))
                .filter(|text| !text.is_empty() && *text != "undefined")
                .map(Into::into),
            limits: given.limits.clone(),
            metadata: given.metadata.clone(),
        };
        match listed.entry(&given.name) {
            Entry::Vacant(entry) => {
                entry.insert(vhost);
            }
            Entry::Occupied(mut entry) => {
                let (old, new) = (format!("{:?}", entry.get()), format!("{vhost:?}"));
                duplicates.push(Duplicate {
                    section: "vhost",
                    vhost: None,
                    name: vhost.name.clone(),
                    conflicting: old != new,
                });
                if new < old {
                    entry.insert(vhost);
                }
            }
        }
    }
    (names.into_iter())
        .map(|name| {
            listed.remove(name).unwrap_or_else(|| Vhost {
                name: name.into(),
                ..Vhost::default()
            })
        })
        .collect()
}

fn policies(
    definitions: &Definitions<'_>,
    names: &VhostNames<'_>,
    duplicates: &mut Vec<Duplicate>,
) -> (Vec<Policy>, Vec<Policy>) {
    let own = (definitions.policies.iter())
        .map(|given| Policy {
            vhost: names.of(&given.vhost),
            name: given.name.0.as_ref().into(),
            pattern: given.pattern.0.as_ref().into(),
            apply_to: given.apply_to.as_deref().unwrap_or("all").into(),
            definition: given.definition.clone(),
            priority: given.priority,
        })
        .collect();
    let operators = (definitions.parameters.iter())
        .filter(|parameter| &*parameter.component == "operator_policy")
        .map(|parameter| {
            let empty = Table::default();
            let value = match &parameter.value {
                Value::Table(table) => table,
                _ => &empty,
            };
            Policy {
                vhost: names.of(&parameter.vhost),
                name: parameter.name.0.as_ref().into(),
                pattern: value.text("pattern").unwrap_or_default().into(),
                apply_to: value.text("apply-to").unwrap_or("all").into(),
                definition: match value.get("definition") {
                    Some(Value::Table(table)) => table.clone(),
                    _ => Table::default(),
                },
                priority: (value.integer("priority"))
                    .and_then(|priority| i64::try_from(priority).ok())
                    .unwrap_or(0),
            }
        })
        .collect();
    (
        sorted_policies(own, "policy", duplicates),
        sorted_policies(operators, "operator policy", duplicates),
    )
}

fn sorted_policies(
    mut list: Vec<Policy>,
    section: &'static str,
    duplicates: &mut Vec<Duplicate>,
) -> Vec<Policy> {
    list.sort_by_cached_key(|policy| (policy.vhost, policy.name.clone(), format!("{policy:?}")));
    list.dedup_by(|later, first| {
        let same = (later.vhost, &later.name) == (first.vhost, &first.name);
        if same {
            duplicates.push(Duplicate {
                section,
                vhost: Some(first.vhost),
                name: first.name.clone(),
                conflicting: format!("{later:?}") != format!("{first:?}"),
            });
        }
        same
    });
    list
}

/// The final numbers of drafts: their places once sorted.
struct Numbers {
    exchanges: Vec<u32>,
    queues: Vec<u32>,
}

impl Numbers {
    fn of(draft: &Draft<'_>) -> Self {
        let exchanges = &draft.exchanges;
        let queues = &draft.queues;
        Numbers {
            exchanges: places(exchanges.len(), |at| {
                (exchanges[at].vhost, &*exchanges[at].name)
            }),
            queues: places(queues.len(), |at| (queues[at].vhost, &*queues[at].name)),
        }
    }

    fn exchange(&self, draft: u32) -> ExchangeId {
        ExchangeId(self.exchanges[draft as usize])
    }

    fn end(&self, end: DraftEnd) -> Destination {
        match end {
            DraftEnd::Exchange(draft) => Destination::Exchange(self.exchange(draft)),
            DraftEnd::Queue(draft) => Destination::Queue(QueueId(self.queues[draft as usize])),
        }
    }
}

/// For each position the place it takes when sorted by `key`.
fn places<'k>(count: usize, key: impl Fn(usize) -> (VhostId, &'k str)) -> Vec<u32> {
    // With the keys in it: looking them up for each comparison is slower.
    let mut order: Vec<((VhostId, &str), u32)> =
        (0..count).map(|at| (key(at), at as u32)).collect();
    order.sort_unstable();
    let mut places = vec![0; count];
    for (place, (_, at)) in order.into_iter().enumerate() {
        places[at as usize] = place as u32;
    }
    places
}

/// Moves every item to its place.
fn arranged<T>(items: impl Iterator<Item = T>, places: &[u32]) -> Vec<T> {
    let mut slots: Vec<Option<T>> = Vec::new();
    slots.resize_with(places.len(), || None);
    for (item, place) in items.zip(places) {
        slots[*place as usize] = Some(item);
    }
    slots.into_iter().flatten().collect()
}

fn finished_exchanges(drafts: Vec<DraftExchange<'_>>, numbers: &Numbers) -> Vec<Exchange> {
    let finished = drafts.into_iter().map(|draft| {
        let (kind, delayed) = draft::kind_of(&draft);
        Exchange {
            vhost: draft.vhost,
            name: (*draft.name).into(),
            kind,
            delayed,
            durable: draft.durable,
            auto_delete: draft.auto_delete,
            internal: draft.internal,
            arguments: draft.arguments,
            origin: draft.origin,
            policy: draft.policy,
            operator_policy: draft.operator_policy,
            alternate: draft.alternate.map(|(exchange, by)| Alternate {
                exchange: numbers.exchange(exchange),
                by,
            }),
        }
    });
    arranged(finished, &numbers.exchanges)
}

fn finished_queues(drafts: Vec<DraftQueue<'_>>, numbers: &Numbers) -> Vec<Queue> {
    let finished = drafts.into_iter().map(|draft| Queue {
        vhost: draft.vhost,
        name: (*draft.name).into(),
        kind: draft.kind,
        durable: draft.durable,
        auto_delete: draft.auto_delete,
        exclusive: draft.exclusive,
        arguments: draft.arguments,
        origin: draft.origin,
        policy: draft.policy,
        operator_policy: draft.operator_policy,
        dead_letter: draft.dead_letter.map(|it| DeadLetter {
            exchange: numbers.exchange(it.exchange),
            by: it.by,
            key: it.key,
        }),
    });
    arranged(finished, &numbers.queues)
}

fn finished_shovel(draft: DraftShovel<'_>, numbers: &Numbers, remotes: &[Remote]) -> Shovel {
    let end = |end: DraftShovelEnd| match end {
        DraftShovelEnd::Local(end) => Some(RemoteEnd::Local(numbers.end(end))),
        DraftShovelEnd::Remote(name, what) => {
            draft::remote_id(remotes, &name).map(|id| RemoteEnd::Remote(id, what))
        }
    };
    Shovel {
        vhost: draft.vhost,
        name: draft.name.into(),
        source: draft.source.and_then(end),
        source_key: draft.source_key,
        destination: draft.destination.and_then(end),
        destination_key: draft.destination_key,
        password_in_uri: draft.password_in_uri,
        definition: draft.definition,
    }
}

#[cfg(test)]
#[path = "build/tests.rs"]
mod tests;
