//! Opening what the service needs, with errors that say what to do.

use std::io;
use std::net::{SocketAddrV4, TcpListener};
use std::path::Path;

use crate::config::{self, Config};
use crate::dhcp::leases::Change;
use crate::dhcp::settings::Mode;
use crate::error::{Error, Kind, Result};
use crate::store::{Forgetful, Journal, Store};
use crate::sys::net::{self, Interface, PacketSocket};
use crate::sys::privileges::{self, Identity};
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
pub(super) fn store(
    config: &Config,
    identity: Option<&Identity>,
) -> Result<(Box<dyn Store>, Vec<Change>)> {
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
    if let Some(identity) = identity.filter(|identity| !identity.is_current()) {
        opened
            .journal
            .give_to(identity.uid.as_raw(), identity.gid.as_raw())
            .map_err(|error| {
                Error::new(
                    Kind::System,
                    path.display().to_string(),
                    "cannot be given to the user",
                )
                .because(error)
                .hint("start as root, or leave `user` out to stay who you are")
            })?;
    }
    Ok((Box::new(opened.journal), opened.changes))
}

/// The HTTP port and its folder.
pub(super) fn http(http: &config::Http) -> Result<(TcpListener, Root)> {
    let root = Root::open(&http.root).map_err(|error| {
        Error::new(
            Kind::System,
            http.root.display().to_string(),
            "the folder of boot files cannot be opened",
        )
        .because(error)
        .hint("`[http] root` names it")
    })?;
    let address = SocketAddrV4::new(http.listen, http.port);
    let listener = TcpListener::bind(address)
        .map_err(|error| refused("TCP", "tln", address, "[http] port", error))?;
    Ok((listener, root))
}

/// A UDP port.
pub(super) fn socket(address: SocketAddrV4, key: &str) -> Result<PacketSocket> {
    PacketSocket::bind(address).map_err(|error| refused("UDP", "uln", address, key, error))
}

/// Why a port is not ours, and what to do about it.
fn refused(kind: &str, flags: &str, address: SocketAddrV4, key: &str, error: io::Error) -> Error {
    let failed = Error::new(
        Kind::System,
        format!("{kind} {address}"),
        "cannot be opened",
    );
    let port = address.port();
    let (reason, failed) = (error.kind(), failed.because(error));
    match reason {
        io::ErrorKind::AddrInUse => failed
            .hint(format!("`ss -{flags}p 'sport = :{port}'` shows who has port {port}"))
            .hint(format!("`{key}` sets another")),
        io::ErrorKind::PermissionDenied => failed.hint(format!(
            "ports below 1024 need root or the capability CAP_NET_BIND_SERVICE; `{key}` sets another"
        )),
        io::ErrorKind::AddrNotAvailable => {
            failed.hint("`listen` must be an address of this machine")
        }
        _ => failed,
    }
}

/// Whom to become, when the configuration says so.
pub(super) fn identity(config: &Config) -> Result<Option<Identity>> {
    let Some(user) = &config.user else {
        return match &config.group {
            None => Ok(None),
            Some(group) => Err(Error::new(
                Kind::Input,
                "group",
                format!("`{group}` is given without a user"),
            )
            .hint("add `user = \"pxe\"`")),
        };
    };
    let identity = Identity::find(user, config.group.as_deref()).map_err(|why| {
        Error::new(Kind::Input, "user", why).hint(format!(
            "`useradd --system --no-create-home {user}` makes one"
        ))
    })?;
    Ok(Some(identity))
}

/// Gives the rights up, and looks whether what comes later is still possible.
pub(super) fn assume(identity: Option<&Identity>, config: &Config) -> Result<()> {
    let Some(identity) = identity else {
        return Ok(());
    };
    let user = config.user.as_deref().unwrap_or_default();
    identity.assume().map_err(|error| {
        Error::new(Kind::System, format!("user {user}"), "cannot be assumed")
            .because(error)
            .hint("start as root, or leave `user` out to stay who you are")
    })?;
    // The journal is written anew beside its place and renamed, which takes
    // the folder's rights: found out now, not weeks later.
    if let Some(path) = config
        .dhcp
        .leases
        .as_ref()
        .filter(|_| config.settings.mode == Mode::Full)
    {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        if !privileges::may_write(folder) {
            return Err(Error::new(
                Kind::System,
                folder.display().to_string(),
                format!(
                    "user {user} may not write here, and the leases are rewritten from time to time"
                ),
            )
            .hint(format!("`chown {user} {}`", folder.display())));
        }
    }
    Ok(())
}
