//! Rules for single clients: the first that matches wins.

use std::net::Ipv4Addr;

use super::boot::{BootTable, Fields};
use super::client::{Client, uuid_text};
use super::network::Network;
use crate::wire::arch::Architecture;

/// One `[[client]]` of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rule {
    /// How the log and explanations call it.
    pub name: String,
    /// Whom it is about.
    pub when: Match,
    /// What they get.
    pub then: Treatment,
}

/// What a rule does with a client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Treatment {
    /// No answer at all.
    pub ignore: bool,
    /// An address, but nothing to boot: the firmware goes on to its disk.
    pub local_disk: bool,
    /// Boot files that go before the general ones.
    pub boot: BootTable,
    /// A reserved address.
    pub address: Option<Ipv4Addr>,
    /// Options that go before the general ones.
    pub options: Vec<(u8, Vec<u8>)>,
    /// Where the boot path goes.
    pub fields: Fields,
    /// The boot files are for one boot: from the first answer they stand for
    /// [`ONCE_SECONDS`], afterwards the client boots from its disk.
    pub once: bool,
}

/// How long a boot that is to happen once may take: from the firmware's
/// DISCOVER through a second stage to the one that loads the system.
pub const ONCE_SECONDS: u64 = 600;

/// The conditions of a rule; all that are given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Match {
    /// Hardware address, `*` for any rest of text: `52:54:00:*`.
    pub mac: Option<Pattern>,
    /// Machine UUID.
    pub uuid: Option<[u8; 16]>,
    /// Option 60.
    pub vendor_class: Option<Pattern>,
    /// Any class of option 77.
    pub user_class: Option<Pattern>,
    /// Any of these architectures.
    pub architectures: Vec<Architecture>,
    /// The relay agent's address (`giaddr`).
    pub relay: Option<Ipv4Addr>,
    /// The network that the relay or the receiving interface lies in.
    pub subnet: Option<Network>,
}

/// Where a message came from, as rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The relay agent, when there is one.
    pub relay: Option<Ipv4Addr>,
    /// An address of the client's network: the relay's or our own in it.
    pub network: Ipv4Addr,
}

/// Why a rule does not match: the first condition that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The condition.
    pub condition: &'static str,
    /// What it wants.
    pub wanted: String,
    /// What the client has.
    pub found: String,
}

impl Match {
    /// Whether the client meets every condition.
    ///
    /// # Errors
    /// The first condition that it does not meet.
    pub fn check(&self, client: &Client, place: Place) -> Result<(), Mismatch> {
        let failed = |condition, wanted: String, found: String| {
            Err(Mismatch {
                condition,
                wanted,
                found,
            })
        };
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        if let Some(pattern) = &self.mac {
            let mac = client.mac.to_string();
            if !pattern.matches(mac.as_bytes()) {
                return failed("mac", pattern.to_string(), mac);
            }
        }
        if let Some(uuid) = &self.uuid
            && client.uuid.as_ref() != Some(uuid)
        {
            let found = client
                .uuid
                .as_ref()
                .map_or_else(|| "none".to_owned(), uuid_text);
            return failed("uuid", uuid_text(uuid), found);
        }
        if let Some(pattern) = &self.vendor_class
            && !pattern.matches(&client.vendor_class)
        {
            return failed(
                "vendor-class",
                pattern.to_string(),
                text(&client.vendor_class),
            );
        }
        if let Some(pattern) = &self.user_class
            && !client
                .user_classes
                .iter()
                .any(|class| pattern.matches(class))
        {
            let found: Vec<String> = client
                .user_classes
                .iter()
                .map(|class| text(class))
                .collect();
            return failed("user-class", pattern.to_string(), found.join(", "));
        }
        if !self.architectures.is_empty()
            && !client
                .architectures
                .iter()
                .any(|found| self.architectures.contains(found))
        {
            let list = |all: &[Architecture]| {
                all.iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            return failed(
                "arch",
                list(&self.architectures),
                list(&client.architectures),
            );
        }
        if let Some(relay) = self.relay
            && place.relay != Some(relay)
        {
            let found = place
                .relay
                .map_or_else(|| "none".to_owned(), |found| found.to_string());
            return failed("relay", relay.to_string(), found);
        }
        if let Some(subnet) = self.subnet
            && !subnet.contains(place.network)
        {
            return failed("subnet", subnet.to_string(), place.network.to_string());
        }
        Ok(())
    }
}

/// The first rule that matches, with its place in the list.
pub fn first_match<'a>(
    rules: &'a [Rule],
    client: &Client,
    place: Place,
) -> Option<(usize, &'a Rule)> {
    rules
        .iter()
        .enumerate()
        .find(|(_, rule)| rule.when.check(client, place).is_ok())
}

/// Text in which `*` stands for any text, compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern as written in the configuration.
    pub fn new(text: &str) -> Pattern {
        Pattern(text.to_ascii_lowercase())
    }

    /// Whether the whole of `bytes` fits.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        let bytes = bytes.to_ascii_lowercase();
        let mut parts = self.0.as_bytes().split(|byte| *byte == b'*');
        let Some(mut rest) = bytes.strip_prefix(parts.next().unwrap_or_default()) else {
            return false;
        };
        let mut parts: Vec<&[u8]> = parts.collect();
        let Some(last) = parts.pop() else {
            return rest.is_empty();
        };
        for part in parts {
            let found = (0..=rest.len()).find(|at| rest[*at..].starts_with(part));
            let Some(at) = found else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[path = "rules/tests.rs"]
mod tests;
