//! What moves messages between brokers: shovels and federation.

use super::{Destination, VhostId};
use crate::definitions::{Table, Value};

/// Another broker, as far as a URI tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remote {
    /// Scheme, host, port and virtual host, without user and password.
    pub name: Box<str>,
}

/// One end of a shovel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteEnd {
    /// An object of this broker.
    Local(Destination),
    /// Another broker, and what is used there.
    Remote(super::RemoteId, Box<str>),
}

/// A dynamic shovel.
#[derive(Debug, Clone)]
pub struct Shovel {
    /// Where it is defined.
    pub vhost: VhostId,
    /// Its name.
    pub name: Box<str>,
    /// Where it takes messages from; none if its definition does not say.
    pub source: Option<RemoteEnd>,
    /// The key it binds its own queue with, if it takes from an exchange.
    pub source_key: Option<Box<str>>,
    /// Where it puts them.
    pub destination: Option<RemoteEnd>,
    /// The key it gives them.
    pub destination_key: Option<Box<str>>,
    /// Whether a URI in it has a password.
    pub password_in_uri: bool,
    /// Everything it says, passwords masked.
    pub definition: Table,
}

/// A federation upstream.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Where it is defined.
    pub vhost: VhostId,
    /// Its name.
    pub name: Box<str>,
    /// The broker it names.
    pub remote: Option<super::RemoteId>,
    /// Whether a URI in it has a password.
    pub password_in_uri: bool,
    /// Everything it says, passwords masked.
    pub definition: Table,
}

/// What a URI of a shovel or upstream points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Broker {
    /// This broker, and the name of the virtual host.
    This(String),
    /// Another one, by its display name.
    Other(String),
}

/// The first URI of a text or list of texts; the others are fallbacks that
/// lead to the same cluster.
pub(super) fn first_uri(value: Option<&Value>) -> Option<&str> {
    match value? {
        Value::String(uri) => Some(uri),
        Value::List(uris) => match uris.first()? {
            Value::String(uri) => Some(uri),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a URI, or one of several, carries a password (by now masked).
pub(super) fn has_password(value: Option<&Value>) -> bool {
    let has = |uri: &str| uri.contains(crate::definitions::secret::MASK);
    match value {
        Some(Value::String(uri)) => has(uri),
        Some(Value::List(uris)) => uris.iter().any(|uri| has_password(Some(uri))),
        _ => false,
    }
}

/// Reads a URI as the broker does: no host, or this machine on the standard
/// port, is this broker; a path is the virtual host, percent-encoded.
pub(super) fn broker(uri: &str, own_vhost: &str) -> Broker {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("amqp", uri));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority, Some(path)),
        None => (rest, None),
    };
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let local = matches!(
        host,
        "" | "localhost"
            | "127.0.0.1"
            | "[::1]"
            | "localhost:5672"
            | "127.0.0.1:5672"
            | "[::1]:5672"
    );
    let vhost = path.map(decoded);
    if local {
        // Without a path it is the default virtual host, but people who
        // write `amqp://` in another one nearly always mean their own: the
        // broker connects directly, to the virtual host of the shovel.
        return Broker::This(match vhost {
            Some(name) if !name.is_empty() => name,
            _ => own_vhost.to_owned(),
        });
    }
    let mut name = format!("{scheme}://{host}");
    if let Some(vhost) = vhost.filter(|name| !name.is_empty() && name != "/") {
        name.push('/');
        name.push_str(&vhost);
    }
    Broker::Other(name)
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
#[path = "remote/tests.rs"]
mod tests;
