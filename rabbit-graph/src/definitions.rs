//! The broker's definitions as the file has them: a tolerant, streaming
//! reader for every form that brokers from 2.8 to 4.x have exported.
//!
//! Nothing is resolved here (see [`crate::topology`]). Names borrow from the
//! input where JSON allows it, so that a file of a hundred megabytes costs
//! little more than itself. Passwords do not get past this room: hashes and
//! plain passwords are skipped unread, and passwords in URIs are masked while
//! they are read.

mod clean;
mod fault;
mod read;
pub mod secret;
mod value;

use std::borrow::Cow;

pub use clean::clean;
pub use fault::excerpt;
pub use read::read;
pub use value::{Table, Value};

/// What an export contains.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Definitions<'a> {
    /// `rabbitmq_version`, else `rabbit_version`: `3.13.7`.
    pub version: Option<Text<'a>>,
    /// The whole cluster or one virtual host.
    pub format: Format,
    /// `original_vhost_name` of a single-vhost export.
    pub original_vhost: Option<Text<'a>>,
    /// `original_cluster_name`, or the global parameter `cluster_name`.
    pub cluster_name: Option<Text<'a>>,
    /// Virtual hosts.
    pub vhosts: Vec<Vhost<'a>>,
    /// Users, without their password hashes.
    pub users: Vec<User<'a>>,
    /// Who may do what in a virtual host.
    pub permissions: Vec<Permission<'a>>,
    /// Which routing keys may be used on topic exchanges.
    pub topic_permissions: Vec<TopicPermission<'a>>,
    /// Shovels, federation upstreams, operator policies, limits.
    pub parameters: Vec<Parameter<'a>>,
    /// Parameters of the whole cluster.
    pub global_parameters: Vec<GlobalParameter<'a>>,
    /// Policies.
    pub policies: Vec<Policy<'a>>,
    /// Queues.
    pub queues: Vec<Queue<'a>>,
    /// Exchanges; never `amq.*` nor the default one.
    pub exchanges: Vec<Exchange<'a>>,
    /// Bindings; never those of the default exchange.
    pub bindings: Vec<Binding<'a>>,
    /// Names of top-level sections that this reader does not know.
    pub unknown_sections: Vec<Text<'a>>,
    /// Whether the file names any section or version of an export at all;
    /// `{}` and foreign JSON do not.
    pub recognised: bool,
}

/// A text that borrows from the input unless JSON escaped part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(pub Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

/// Which of the two forms an export has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// Objects name their virtual host.
    #[default]
    Cluster,
    /// Objects do not.
    SingleVirtualHost,
}

/// A virtual host.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vhost<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// What it is for.
    pub description: Option<Text<'a>>,
    /// The type of queues declared without `x-queue-type`.
    pub default_queue_type: Option<Text<'a>>,
    /// Tags, and in newer exports description and default queue type again.
    pub metadata: Table,
    /// `max-connections`, `max-queues`.
    pub limits: Table,
}

/// A user, without the hash.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct User<'a> {
    /// The name.
    pub name: Text<'a>,
    /// `administrator`, `monitoring`, …
    pub tags: Vec<String>,
    /// Whether the file had a hash or a password for it, which is not kept.
    pub has_password: bool,
    /// The name of the hashing algorithm.
    pub hashing_algorithm: Option<Text<'a>>,
    /// `max-connections`, `max-channels`.
    pub limits: Table,
}

/// What a user may do in a virtual host: three regular expressions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Permission<'a> {
    /// The user.
    pub user: Text<'a>,
    /// The virtual host, absent in the single-vhost form.
    pub vhost: Option<Text<'a>>,
    /// Objects it may declare and delete.
    pub configure: Text<'a>,
    /// Exchanges it may publish to, queues it may bind.
    pub write: Text<'a>,
    /// Queues it may consume from, exchanges it may bind to.
    pub read: Text<'a>,
}

/// Which routing keys a user may use on a topic exchange.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TopicPermission<'a> {
    /// The user.
    pub user: Text<'a>,
    /// The virtual host.
    pub vhost: Option<Text<'a>>,
    /// The topic exchange.
    pub exchange: Text<'a>,
    /// Keys it may publish with.
    pub write: Text<'a>,
    /// Keys it may bind with.
    pub read: Text<'a>,
}

/// A parameter of a virtual host, such as a shovel.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameter<'a> {
    /// `shovel`, `federation-upstream`, `operator_policy`, …
    pub component: Text<'a>,
    /// The virtual host.
    pub vhost: Option<Text<'a>>,
    /// Its name.
    pub name: Text<'a>,
    /// What it says.
    pub value: Value,
}

/// A parameter of the cluster.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GlobalParameter<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// What it says.
    pub value: Value,
}

/// A policy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy<'a> {
    /// The virtual host.
    pub vhost: Option<Text<'a>>,
    /// Its name.
    pub name: Text<'a>,
    /// A regular expression on names.
    pub pattern: Text<'a>,
    /// `queues`, `exchanges`, `all`, `quorum_queues`, …; absent in old files.
    pub apply_to: Option<Text<'a>>,
    /// What it sets.
    pub definition: Table,
    /// The highest wins.
    pub priority: i64,
}

/// A queue.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Queue<'a> {
    /// The virtual host.
    pub vhost: Option<Text<'a>>,
    /// Its name.
    pub name: Text<'a>,
    /// Survives a restart; the default when absent.
    pub durable: Option<bool>,
    /// Deleted with its last consumer.
    pub auto_delete: bool,
    /// For one connection.
    pub exclusive: bool,
    /// `classic`, `quorum`, `stream`: only in exports of the CLI.
    pub queue_type: Option<Text<'a>>,
    /// `x-…`
    pub arguments: Table,
}

/// An exchange.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exchange<'a> {
    /// The virtual host.
    pub vhost: Option<Text<'a>>,
    /// Its name.
    pub name: Text<'a>,
    /// `direct`, `fanout`, `topic`, `headers` or a plugin's.
    pub exchange_type: Text<'a>,
    /// Survives a restart; the default when absent.
    pub durable: Option<bool>,
    /// Deleted with its last binding.
    pub auto_delete: bool,
    /// Cannot be published to.
    pub internal: bool,
    /// `alternate-exchange`, …
    pub arguments: Table,
}

/// A binding.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Binding<'a> {
    /// The virtual host.
    pub vhost: Option<Text<'a>>,
    /// The exchange that messages come from.
    pub source: Text<'a>,
    /// Where they go.
    pub destination: Text<'a>,
    /// `queue` or `exchange`.
    pub to_exchange: bool,
    /// The routing key.
    pub routing_key: Text<'a>,
    /// Headers, or weights.
    pub arguments: Table,
}
