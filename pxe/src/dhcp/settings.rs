//! What the responder is told by the configuration, checked.

use std::net::Ipv4Addr;

use super::boot::BootTable;
use super::client::Client;
use super::limiter::Limits;
use super::network::{Network, Range};
use super::rules::{Place, Rule, Treatment};

/// What the DHCP side does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Nothing.
    #[default]
    Off,
    /// Boot offers beside somebody else's DHCP server.
    Proxy,
    /// Addresses and boot offers.
    Full,
}

/// How a proxy offer is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// The file in the OFFER, ready to use.
    #[default]
    Direct,
    /// As WDS does: the OFFER only says that there is a boot server, the file
    /// comes from port 4011.
    Wds,
}

/// Everything that decides an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// What the DHCP side does.
    pub mode: Mode,
    /// How a proxy offer is made.
    pub manner: Manner,
    /// General boot files.
    pub boot: BootTable,
    /// Rules for single clients.
    pub rules: Vec<Rule>,
    /// Answer nobody whom no rule matches.
    pub known_clients_only: bool,
    /// Refuse addresses this server knows nothing of, as the only DHCP server
    /// of its networks.
    pub authoritative: bool,
    /// Networks with addresses to give.
    pub subnets: Vec<Subnet>,
    /// Options for all.
    pub options: Vec<(u8, Vec<u8>)>,
    /// How much is answered.
    pub limits: Limits,
}

/// Which table of boot files a file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// That of the rule.
    Rule,
    /// That of the network.
    Network(Network),
    /// The general one.
    General,
}

impl Settings {
    /// The network of a client, when it is one of ours.
    pub fn subnet_of(&self, place: Place) -> Option<&Subnet> {
        self.subnets
            .iter()
            .find(|subnet| subnet.network.contains(place.network))
    }

    /// The boot file of a client: of its rule, else of its network, else the
    /// general one.
    pub fn file_for<'a>(
        &'a self,
        subnet: Option<&'a Subnet>,
        treatment: Option<&'a Treatment>,
        client: &Client,
    ) -> Option<(Origin, &'a str)> {
        let rule = treatment.map(|treatment| (Origin::Rule, &treatment.boot));
        let network = subnet.map(|subnet| (Origin::Network(subnet.network), &subnet.boot));
        [rule, network, Some((Origin::General, &self.boot))]
            .into_iter()
            .flatten()
            .find_map(|(origin, table)| Some((origin, table.file_for(client)?)))
    }
}

/// A network with addresses to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// The network.
    pub network: Network,
    /// Addresses to give; none for a network of reservations only.
    pub ranges: Vec<Range>,
    /// Option 3.
    pub routers: Vec<Ipv4Addr>,
    /// Option 6.
    pub dns: Vec<Ipv4Addr>,
    /// Option 15.
    pub domain: Option<String>,
    /// Boot files that go before the general ones.
    pub boot: BootTable,
    /// Seconds an address is lent.
    pub lease: u32,
    /// Options for this network.
    pub options: Vec<(u8, Vec<u8>)>,
}

impl Subnet {
    /// Whether an address may be given from a range.
    pub fn in_range(&self, address: u32) -> bool {
        self.ranges.iter().any(|range| range.contains(address))
    }
}
