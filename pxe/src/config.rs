//! The configuration file: raw shapes as TOML has them, turned once into
//! checked types. Pure: the text comes in, the file name only for messages.

mod boot;
mod convert;
mod locate;
mod raw;
mod subnet;
mod tftp;

use std::net::Ipv4Addr;
use std::path::PathBuf;

use crate::dhcp::network::Network;
use crate::dhcp::settings::{Mode, Settings};
use crate::error::Result;
use crate::tftp::{admission, negotiate, upload};

/// A checked configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The interfaces that are served.
    pub interfaces: Vec<String>,
    /// Our address, where it is not to be read off the interface.
    pub address: Option<Ipv4Addr>,
    /// The user to become, and the group when it is not the user's own.
    pub user: Option<String>,
    /// The group to become.
    pub group: Option<String>,
    /// The folder that becomes the root of all names once everything is open.
    pub chroot: Option<PathBuf>,
    /// Where the number of the process is written.
    pub pid_file: Option<PathBuf>,
    /// Where the log goes, when not to standard error.
    pub log_file: Option<PathBuf>,
    /// Where `pxe watch` and `pxe leases` ask.
    pub socket: Socket,
    /// The TFTP side.
    pub tftp: Tftp,
    /// The HTTP side, when there is one.
    pub http: Option<Http>,
    /// The DHCP side: ports and files.
    pub dhcp: Dhcp,
    /// The DHCP side: who gets what.
    pub settings: Settings,
    /// Those of `settings.subnets` whose network is still to be read off an
    /// interface.
    pub on_interface: Vec<usize>,
}

/// The name of the local socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// The name.
    pub path: PathBuf,
    /// Nobody asked for it: where it cannot be had, the service does without.
    pub is_default: bool,
}

/// `[tftp]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Tftp {
    /// The folder that is served.
    pub root: PathBuf,
    /// UDP port, 69.
    pub port: u16,
    /// The address to listen on; all, unless told.
    pub listen: Ipv4Addr,
    /// Which engine sends.
    pub engine: Engine,
    /// What is granted at most.
    pub limits: negotiate::Limits,
    /// How many transfers there may be.
    pub bounds: admission::Bounds,
    /// Where clients may write, if anywhere.
    pub upload: Option<Upload>,
}

/// `[tftp.upload]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// The folder that files are put in.
    pub folder: PathBuf,
    /// Who may, and how much.
    pub rules: upload::Rules,
}

/// Which engine sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// With segmentation offload; Linux.
    #[default]
    Segmenting,
    /// The portable one.
    Portable,
}

/// `[http]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Http {
    /// The folder that is served.
    pub root: PathBuf,
    /// TCP port, 80.
    pub port: u16,
    /// The address to listen on; all, unless told.
    pub listen: Ipv4Addr,
    /// Whether the status is there too.
    pub status: bool,
    /// Who may see it besides this machine, as first and last address.
    pub status_from: Vec<(Ipv4Addr, Ipv4Addr)>,
}

/// `[dhcp]`, what is not settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Dhcp {
    /// UDP port of the server, 67.
    pub port: u16,
    /// UDP port of clients, 68.
    pub client_port: u16,
    /// UDP port of the boot server, 4011.
    pub boot_server_port: u16,
    /// The address to listen on; all, unless told.
    pub listen: Ipv4Addr,
    /// Port 67 is another server's of this host: its packets are read beside
    /// it, and the port is never taken.
    pub share_port: bool,
    /// Ask by ICMP whether an address is in use before it is offered.
    pub conflict_probe: bool,
    /// Where leases are kept.
    pub leases: PathBuf,
}

impl Config {
    /// Reads a configuration; `file` is how messages call it.
    ///
    /// # Errors
    /// With line and column, and the nearest valid name for a misspelled key.
    pub fn parse(file: &str, text: &str) -> Result<Config> {
        let place = locate::Place { file, text };
        let raw: raw::File = toml::from_str(text).map_err(|error| place.toml_error(&error))?;
        convert::config(&place, raw)
    }

    /// Whether anything is remembered that must survive a restart: leases, or
    /// who had its one boot.
    pub fn remembers(&self) -> bool {
        self.settings.mode == Mode::Full || self.settings.rules.iter().any(|rule| rule.then.once)
    }

    /// Completes what only the machine knows: a range without a network is
    /// one of the interface whose network it lies in. Gives those that lie in
    /// none; they keep the smallest network around the range, which a relay
    /// may be in.
    pub fn resolve_networks(&mut self, networks: &[Network]) -> Vec<Network> {
        let mut elsewhere = Vec::new();
        for index in std::mem::take(&mut self.on_interface) {
            let Some(subnet) = self.settings.subnets.get_mut(index) else {
                continue;
            };
            let holds = |network: &&Network| {
                subnet.ranges.iter().all(|range| {
                    network.contains(range.first.into()) && network.contains(range.last.into())
                })
            };
            match networks.iter().find(holds) {
                Some(network) => subnet.network = *network,
                None => elsewhere.push(subnet.network),
            }
        }
        elsewhere
    }
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
