//! Objects under provisional numbers, while it is not yet known which others
//! something will mention.

use std::borrow::Cow;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::super::policy::{self, Ranked, Subject};
use super::super::remote::{self, Broker};
use super::super::{
    Duplicate, ExchangeType, Origin, Policy, PolicyId, QueueType, Remote, RemoteId, Setting,
    Upstream, Vhost, VhostId,
};
use super::names::VhostNames;
use crate::definitions::{Definitions, Parameter, Table, Value};

/// The exchanges that every virtual host has: name, type, internal.
const IMPLICIT: [(&str, &str, bool); 7] = [
    ("", "direct", false),
    ("amq.direct", "direct", false),
    ("amq.fanout", "fanout", false),
    ("amq.headers", "headers", false),
    ("amq.match", "headers", false),
    ("amq.rabbitmq.trace", "topic", true),
    ("amq.topic", "topic", false),
];

/// A name, from the file or (missing objects) from a setting.
pub(super) type Name<'d> = Cow<'d, str>;

#[derive(Debug)]
pub(super) struct DraftExchange<'d> {
    pub(super) vhost: VhostId,
    pub(super) name: Name<'d>,
    pub(super) kind: &'d str,
    pub(super) durable: bool,
    pub(super) auto_delete: bool,
    pub(super) internal: bool,
    pub(super) arguments: Table,
    pub(super) origin: Origin,
    pub(super) policy: Option<PolicyId>,
    pub(super) operator_policy: Option<PolicyId>,
    pub(super) alternate: Option<(u32, Setting)>,
}

#[derive(Debug)]
pub(super) struct DraftQueue<'d> {
    pub(super) vhost: VhostId,
    pub(super) name: Name<'d>,
    pub(super) kind: QueueType,
    pub(super) durable: bool,
    pub(super) auto_delete: bool,
    pub(super) exclusive: bool,
    pub(super) arguments: Table,
    pub(super) origin: Origin,
    pub(super) policy: Option<PolicyId>,
    pub(super) operator_policy: Option<PolicyId>,
    pub(super) dead_letter: Option<DraftDeadLetter>,
}

#[derive(Debug)]
pub(super) struct DraftDeadLetter {
    pub(super) exchange: u32,
    pub(super) by: Setting,
    pub(super) key: Option<(Box<str>, Setting)>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum DraftEnd {
    Exchange(u32),
    Queue(u32),
}

#[derive(Debug)]
pub(super) struct DraftBinding<'d> {
    pub(super) source: u32,
    pub(super) destination: DraftEnd,
    pub(super) key: &'d str,
    pub(super) arguments: Table,
}

/// An end of a shovel while objects have no numbers yet; remote brokers are
/// known by name.
#[derive(Debug)]
pub(super) enum DraftShovelEnd {
    Local(DraftEnd),
    Remote(String, Box<str>),
}

#[derive(Debug)]
pub(super) struct DraftShovel<'d> {
    pub(super) vhost: VhostId,
    pub(super) name: &'d str,
    pub(super) source: Option<DraftShovelEnd>,
    pub(super) source_key: Option<Box<str>>,
    pub(super) destination: Option<DraftShovelEnd>,
    pub(super) destination_key: Option<Box<str>>,
    pub(super) password_in_uri: bool,
    pub(super) definition: Table,
}

/// Everything gathered so far.
#[derive(Debug, Default)]
pub(super) struct Draft<'d> {
    pub(super) exchanges: Vec<DraftExchange<'d>>,
    pub(super) queues: Vec<DraftQueue<'d>>,
    pub(super) bindings: Vec<DraftBinding<'d>>,
    exchange_numbers: HashMap<(VhostId, Name<'d>), u32>,
    queue_numbers: HashMap<(VhostId, Name<'d>), u32>,
}

impl<'d> Draft<'d> {
    /// The exchanges that are there anyway, then the defined ones.
    pub(super) fn exchanges(
        &mut self,
        definitions: &'d Definitions<'_>,
        names: &VhostNames<'_>,
        vhosts: usize,
        arguments: Vec<Table>,
        duplicates: &mut Vec<Duplicate>,
    ) {
        for vhost in 0..vhosts as u32 {
            for (name, kind, internal) in IMPLICIT {
                self.add_exchange(DraftExchange {
                    kind,
                    internal,
                    origin: Origin::Implicit,
                    ..bare_exchange(VhostId(vhost), Cow::Borrowed(name))
                });
            }
        }
        for (given, arguments) in definitions.exchanges.iter().zip(arguments) {
            let exchange = DraftExchange {
                kind: &given.exchange_type,
                durable: given.durable.unwrap_or(true),
                auto_delete: given.auto_delete,
                internal: given.internal,
                arguments,
                origin: Origin::Defined,
                ..bare_exchange(names.of(&given.vhost), Cow::Borrowed(&given.name))
            };
            let key = (exchange.vhost, exchange.name.clone());
            match self.exchange_numbers.get(&key) {
                None => self.add_exchange(exchange),
                Some(number) => {
                    let kept = &mut self.exchanges[*number as usize];
                    // Some tools write what every virtual host has anyway.
                    if kept.origin == Origin::Implicit {
                        if !exchange.arguments.is_empty()
                            && (kept.arguments.is_empty()
                                || exchange.arguments.total_cmp(&kept.arguments).is_lt())
                        {
                            kept.arguments = exchange.arguments;
                        }
                        continue;
                    }
                    let (old, new) = (format!("{kept:?}"), format!("{exchange:?}"));
                    duplicates.push(Duplicate {
                        section: "exchange",
                        vhost: Some(exchange.vhost),
                        name: (*exchange.name).into(),
                        conflicting: old != new,
                    });
                    if new < old {
                        *kept = exchange;
                    }
                }
            }
        }
    }

    /// The defined queues.
    pub(super) fn queues(
        &mut self,
        definitions: &'d Definitions<'_>,
        names: &VhostNames<'_>,
        vhosts: &[Vhost],
        arguments: Vec<Table>,
        duplicates: &mut Vec<Duplicate>,
    ) {
        self.queue_numbers.reserve(definitions.queues.len());
        self.queues.reserve(definitions.queues.len());
        for (given, arguments) in definitions.queues.iter().zip(arguments) {
            let vhost = names.of(&given.vhost);
            let kind = (given.queue_type.as_deref())
                .or(arguments.text("x-queue-type"))
                .or(vhosts[vhost.get()].default_queue_type.as_deref())
                .unwrap_or_default();
            let queue = DraftQueue {
                kind: QueueType::of(kind),
                durable: given.durable.unwrap_or(true),
                auto_delete: given.auto_delete,
                exclusive: given.exclusive,
                arguments,
                origin: Origin::Defined,
                ..bare_queue(vhost, Cow::Borrowed(&given.name))
            };
            match self.queue_numbers.entry((vhost, queue.name.clone())) {
                Entry::Vacant(entry) => {
                    entry.insert(self.queues.len() as u32);
                    self.queues.push(queue);
                }
                Entry::Occupied(entry) => {
                    let kept = &mut self.queues[*entry.get() as usize];
                    let (old, new) = (format!("{kept:?}"), format!("{queue:?}"));
                    duplicates.push(Duplicate {
                        section: "queue",
                        vhost: Some(vhost),
                        name: (*queue.name).into(),
                        conflicting: old != new,
                    });
                    if new < old {
                        *kept = queue;
                    }
                }
            }
        }
    }

    /// The bindings, with whatever they mention.
    pub(super) fn bindings(
        &mut self,
        definitions: &'d Definitions<'_>,
        names: &VhostNames<'_>,
        arguments: Vec<Table>,
    ) {
        self.bindings.reserve_exact(definitions.bindings.len());
        for (given, arguments) in definitions.bindings.iter().zip(arguments) {
            let vhost = names.of(&given.vhost);
            let source = self.exchange(vhost, Cow::Borrowed(&*given.source));
            let name = Cow::Borrowed(&*given.destination);
            let destination = if given.to_exchange {
                DraftEnd::Exchange(self.exchange(vhost, name))
            } else {
                DraftEnd::Queue(self.queue(vhost, name))
            };
            // Every queue has this one; old exports list it.
            let implied = given.source.is_empty()
                && !given.to_exchange
                && given.routing_key == given.destination;
            if !implied {
                self.bindings.push(DraftBinding {
                    source,
                    destination,
                    key: &given.routing_key,
                    arguments,
                });
            }
        }
    }

    /// Policies, and the alternate and dead-letter exchanges that arguments
    /// and policies set.
    pub(super) fn apply(
        &mut self,
        policies: &[Policy],
        operator_policies: &[Policy],
        ranked: &[Ranked],
        operator_ranked: &[Ranked],
    ) {
        for at in 0..self.exchanges.len() {
            let exchange = &mut self.exchanges[at];
            let (vhost, name) = (exchange.vhost, &*exchange.name);
            if exchange.origin == Origin::Missing {
                continue;
            }
            exchange.policy = ranked[vhost.get()].winner(Subject::Exchange, name);
            exchange.operator_policy = operator_ranked[vhost.get()].winner(Subject::Exchange, name);
            let alternate = policy::text_setting(
                &exchange.arguments,
                "alternate-exchange",
                exchange.policy.map(|id| &policies[id.get()]),
                exchange
                    .operator_policy
                    .map(|id| &operator_policies[id.get()]),
                "alternate-exchange",
            );
            if let Some((name, by)) = alternate.map(|(name, by)| (name.to_owned(), by)) {
                let alternate = self.exchange(vhost, Cow::Owned(name));
                self.exchanges[at].alternate = Some((alternate, by));
            }
        }
        for at in 0..self.queues.len() {
            let queue = &mut self.queues[at];
            let (vhost, name) = (queue.vhost, &*queue.name);
            if queue.origin == Origin::Missing {
                continue;
            }
            let subject = Subject::Queue(&queue.kind);
            queue.policy = ranked[vhost.get()].winner(subject, name);
            queue.operator_policy = operator_ranked[vhost.get()].winner(subject, name);
            // A stream keeps its messages; it has no dead letters.
            if queue.kind == QueueType::Stream {
                continue;
            }
            let queue = &self.queues[at];
            let policy = queue.policy.map(|id| &policies[id.get()]);
            let operator = queue.operator_policy.map(|id| &operator_policies[id.get()]);
            let setting = |key: &str| {
                let argument = format!("x-{key}");
                policy::text_setting(&queue.arguments, &argument, policy, operator, key)
                    .map(|(text, by)| (Box::<str>::from(text), by))
            };
            if policy.is_none() && operator.is_none() && queue.arguments.is_empty() {
                continue;
            }
            if let Some((name, by)) = setting("dead-letter-exchange") {
                let key = setting("dead-letter-routing-key");
                let exchange = self.exchange(vhost, Cow::Owned(name.into()));
                // Through the default exchange a key names a queue.
                if self.exchanges[exchange as usize].name.is_empty()
                    && let Some((key, _)) = &key
                {
                    self.queue(vhost, Cow::Owned(key.to_string()));
                }
                self.queues[at].dead_letter = Some(DraftDeadLetter { exchange, by, key });
            }
        }
    }

    /// The shovels among the parameters, with whatever they mention.
    pub(super) fn shovels(
        &mut self,
        parameters: &[(VhostId, &'d Parameter<'_>)],
        vhosts: &[Vhost],
        duplicates: &mut Vec<Duplicate>,
    ) -> Vec<DraftShovel<'d>> {
        let mut shovels: Vec<DraftShovel<'d>> = Vec::new();
        for (vhost, parameter) in of_component(parameters, "shovel", duplicates) {
            let Value::Table(definition) = &parameter.value else {
                continue;
            };
            let text = |name: &str| definition.text(name).map(Into::into);
            shovels.push(DraftShovel {
                vhost,
                name: &parameter.name,
                source: self.shovel_end(vhost, vhosts, definition, "src"),
                source_key: text("src-exchange-key"),
                destination: self.shovel_end(vhost, vhosts, definition, "dest"),
                destination_key: text("dest-exchange-key"),
                password_in_uri: remote::has_password(definition.get("src-uri"))
                    || remote::has_password(definition.get("dest-uri")),
                definition: definition.clone(),
            });
        }
        shovels
    }

    fn shovel_end(
        &mut self,
        own: VhostId,
        vhosts: &[Vhost],
        definition: &Table,
        side: &str,
    ) -> Option<DraftShovelEnd> {
        let setting = |name: &str| definition.text(&format!("{side}-{name}"));
        let (what, to_exchange) = match (setting("queue"), setting("exchange"), setting("address"))
        {
            (Some(queue), _, _) => (queue, false),
            (_, Some(exchange), _) => (exchange, true),
            (_, _, Some(address)) => named_by_address(address),
            // Messages keep the exchange and key they came with.
            _ if side == "dest" => ("", true),
            _ => return None,
        };
        let uri = remote::first_uri(definition.get(&format!("{side}-uri"))).unwrap_or("amqp://");
        match remote::broker(uri, &vhosts[own.get()].name) {
            Broker::Other(name) => {
                let kind = if to_exchange { "exchange" } else { "queue" };
                Some(DraftShovelEnd::Remote(
                    name,
                    format!("{kind} {what}").into(),
                ))
            }
            Broker::This(vhost) => {
                match vhosts.binary_search_by(|it| (*it.name).cmp(&vhost)) {
                    Ok(at) => {
                        let (vhost, name) = (VhostId(at as u32), Cow::Owned(what.to_owned()));
                        Some(DraftShovelEnd::Local(if to_exchange {
                            DraftEnd::Exchange(self.exchange(vhost, name))
                        } else {
                            DraftEnd::Queue(self.queue(vhost, name))
                        }))
                    }
                    // A virtual host that the export does not include.
                    Err(_) => Some(DraftShovelEnd::Remote(
                        format!("virtual host {vhost}"),
                        what.into(),
                    )),
                }
            }
        }
    }

    /// The number of the exchange of that name, which is missing if it is
    /// not there yet.
    fn exchange(&mut self, vhost: VhostId, name: Name<'d>) -> u32 {
        if let Some(number) = self.exchange_numbers.get(&(vhost, Cow::Borrowed(&*name))) {
            return *number;
        }
        self.add_exchange(bare_exchange(vhost, name));
        self.exchanges.len() as u32 - 1
    }

    fn add_exchange(&mut self, exchange: DraftExchange<'d>) {
        let number = self.exchanges.len() as u32;
        let key = (exchange.vhost, exchange.name.clone());
        self.exchange_numbers.insert(key, number);
        self.exchanges.push(exchange);
    }

    fn queue(&mut self, vhost: VhostId, name: Name<'d>) -> u32 {
        if let Some(number) = self.queue_numbers.get(&(vhost, Cow::Borrowed(&*name))) {
            return *number;
        }
        let number = self.queues.len() as u32;
        self.queue_numbers.insert((vhost, name.clone()), number);
        self.queues.push(bare_queue(vhost, name));
        number
    }
}

/// The parameters of a component, one of each name.
pub(super) fn of_component<'p, 'd, 'x>(
    parameters: &'p [(VhostId, &'d Parameter<'x>)],
    component: &'p str,
    duplicates: &mut Vec<Duplicate>,
) -> Vec<(VhostId, &'d Parameter<'x>)> {
    let mut found: Vec<_> = (parameters.iter().copied())
        .filter(|(_, parameter)| &*parameter.component == component)
        .collect();
    found.sort_by(|a, b| {
        (a.0, &*a.1.name)
            .cmp(&(b.0, &*b.1.name))
            .then_with(|| a.1.value.total_cmp(&b.1.value))
    });
    found.dedup_by(|later, first| {
        let same = (later.0, &*later.1.name) == (first.0, &*first.1.name);
        if same {
            duplicates.push(Duplicate {
                section: "parameter",
                vhost: Some(first.0),
                name: format!("{component} {}", &*first.1.name).into(),
                conflicting: later.1.value != first.1.value,
            });
        }
        same
    });
    found
}

/// The federation upstreams among the parameters; their brokers by name.
pub(super) fn upstreams(
    parameters: &[(VhostId, &Parameter<'_>)],
    vhosts: &[Vhost],
    duplicates: &mut Vec<Duplicate>,
) -> Vec<(Upstream, Option<String>)> {
    of_component(parameters, "federation-upstream", duplicates)
        .into_iter()
        .map(|(vhost, parameter)| {
            let definition = match &parameter.value {
                Value::Table(table) => table.clone(),
                _ => Table::default(),
            };
            let remote = remote::first_uri(definition.get("uri")).map(|uri| {
                match remote::broker(uri, &vhosts[vhost.get()].name) {
                    Broker::Other(name) => name,
                    Broker::This(vhost) => format!("virtual host {vhost}"),
                }
            });
            let upstream = Upstream {
                vhost,
                name: (*parameter.name).into(),
                remote: None,
                password_in_uri: remote::has_password(definition.get("uri")),
                definition,
            };
            (upstream, remote)
        })
        .collect()
}

/// The brokers that shovels and upstreams name, sorted.
pub(super) fn remotes(
    shovels: &[DraftShovel<'_>],
    upstreams: &[(Upstream, Option<String>)],
) -> Vec<Remote> {
    let ends = shovels.iter().flat_map(|it| [&it.source, &it.destination]);
    let mut names: Vec<&str> = ends
        .filter_map(|end| match end {
            Some(DraftShovelEnd::Remote(name, _)) => Some(name.as_str()),
            _ => None,
        })
        .chain(upstreams.iter().filter_map(|(_, remote)| remote.as_deref()))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| Remote { name: name.into() })
        .collect()
}

/// The number of a broker that [`remotes`] found.
pub(super) fn remote_id(remotes: &[Remote], name: &str) -> Option<RemoteId> {
    let at = remotes.binary_search_by(|remote| (*remote.name).cmp(name));
    at.ok().map(|at| RemoteId(at as u32))
}

/// What an AMQP 1.0 address of a shovel names.
fn named_by_address(address: &str) -> (&str, bool) {
    for prefix in ["/queues/", "/amq/queue/", "/queue/"] {
        if let Some(name) = address.strip_prefix(prefix) {
            return (name, false);
        }
    }
    for prefix in ["/exchanges/", "/exchange/"] {
        if let Some(name) = address.strip_prefix(prefix) {
            return (name.split('/').next().unwrap_or_default(), true);
        }
    }
    (address, false)
}

fn bare_exchange<'d>(vhost: VhostId, name: Name<'d>) -> DraftExchange<'d> {
    DraftExchange {
        vhost,
        name,
        kind: "",
        durable: true,
        auto_delete: false,
        internal: false,
        arguments: Table::default(),
        origin: Origin::Missing,
        policy: None,
        operator_policy: None,
        alternate: None,
    }
}

fn bare_queue<'d>(vhost: VhostId, name: Name<'d>) -> DraftQueue<'d> {
    DraftQueue {
        vhost,
        name,
        kind: QueueType::Classic,
        durable: true,
        auto_delete: false,
        exclusive: false,
        arguments: Table::default(),
        origin: Origin::Missing,
        policy: None,
        operator_policy: None,
        dead_letter: None,
    }
}

/// Whether an exchange delays, and how it routes.
pub(super) fn kind_of(exchange: &DraftExchange<'_>) -> (ExchangeType, bool) {
    if exchange.kind == "x-delayed-message" {
        let kind = exchange.arguments.text("x-delayed-type");
        return (ExchangeType::of(kind.unwrap_or("x-delayed-message")), true);
    }
    (ExchangeType::of(exchange.kind), false)
}
