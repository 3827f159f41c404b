//! Opening what the service needs, with errors that say what to do.

use std::io;
use std::net::SocketAddrV4;
use std::path::Path;

use crate::config::Config;
use crate::dhcp::leases::Change;
use crate::dhcp::settings::Mode;
use crate::error::{Error, Kind, Result};
use crate::store::{Forgetful, Journal, Store};
use crate::sys::net::{self, Interface, PacketSocket};
use crate::sys::root::Root;

/// The interfaces of the configuration as the system knows them.
///
/// # Errors
/// When one does not exist or has no address.
pub fn interfaces_of(config: &Config) -> Result<Vec<Interface>> {
    let all = net::interfaces().map_err(|error| {
        Error::new(Kind::System, "interfaces", "cannot be listed").because(error)
    })?;
    config
        .interfaces
        .iter()
        .map(|name| {
            all.iter()
                .find(|interface| interface.name == *name)
                .cloned()
                .ok_or_else(|| {
                    let names: Vec<&str> = all.iter().map(|other| other.name.as_str()).collect();
                    Error::new(
                        Kind::System,
                        format!("interface {name}"),
                        "no such interface with an IPv4 address",
                    )
                    .hint(format!("interfaces with one: {}", names.join(", ")))
                })
        })
        .collect()
}

/// The folder of boot files.
pub(super) fn root(path: &Path) -> Result<Root> {
    Root::open(path).map_err(|error| {
        Error::new(
            Kind::System,
            path.display().to_string(),
            "the folder of boot files cannot be opened",
        )
        .because(error)
        .hint("`[tftp] root` names it")
    })
}

/// The leases and what they remember.
pub(super) fn store(config: &Config) -> Result<(Box<dyn Store>, Vec<Change>)> {
    let once = config.settings.rules.iter().any(|rule| rule.then.once);
    let Some(path) = &config.dhcp.leases else {
        if config.settings.mode == Mode::Full || once {
            return Err(Error::new(
                Kind::Input,
                "[dhcp] leases",
                "there is no place to keep leases",
            )
            .hint("add `leases = \"/var/lib/pxe/leases\"` to `[dhcp]`"));
        }
        return Ok((Box::new(Forgetful), Vec::new()));
    };
    if config.settings.mode != Mode::Full && !once {
        return Ok((Box::new(Forgetful), Vec::new()));
    }
    let opened = Journal::open(path)?;
    if opened.dropped > 0 {
        tracing::warn!(
            target: "pxe",
            file = %path.display(),
            "{} bytes of an unfinished entry were dropped; no client was told of it",
            opened.dropped
        );
    }
    Ok((Box::new(opened.journal), opened.changes))
}

/// A UDP port.
pub(super) fn socket(address: SocketAddrV4, key: &str) -> Result<PacketSocket> {
    PacketSocket::bind(address).map_err(|error| {
        let failed = Error::new(Kind::System, format!("UDP {address}"), "cannot be opened");
        let port = address.port();
        match error.kind() {
            io::ErrorKind::AddrInUse => failed
                .because(error)
                .hint(format!("`ss -ulpn 'sport = :{port}'` shows who has port {port}"))
                .hint(format!("`{key}` sets another")),
            io::ErrorKind::PermissionDenied => failed
                .because(error)
                .hint(format!("ports below 1024 need root or the capability CAP_NET_BIND_SERVICE; `{key}` sets another")),
            io::ErrorKind::AddrNotAvailable => {
                failed.because(error).hint("`listen` must be an address of this machine")
            }
            _ => failed.because(error),
        }
    })
}
