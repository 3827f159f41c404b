//! Opening what the service needs, with errors that say what to do.

use std::ffi::OsString;
use std::io;
use std::net::{SocketAddrV4, TcpListener};
use std::path::Path;

use crate::config::{self, Config};
use crate::dhcp::leases::Change;
use crate::dhcp::network::Network;
use crate::dhcp::settings::Mode;
use crate::error::{Error, Kind, Result};
use crate::store::{Forgetful, Journal, Store};
use crate::sys::activation::Activation;
use crate::sys::echo::Echo;
use crate::sys::folder::{self, Folder};
use crate::sys::holder::{self, Table};
use crate::sys::local::LocalSocket;
use crate::sys::net::{self, Interface, PacketSocket};
use crate::sys::pid_file::{PidFile, Refused};
use crate::sys::privileges::Identity;
use crate::sys::root::Root;
use crate::sys::sink::LogFile;

/// What a supervisor opened for us.
pub(super) fn activation() -> Result<Activation> {
    Activation::from_environment().map_err(|error| {
        Error::new(Kind::System, "LISTEN_FDS", "cannot be taken over").because(error)
    })
}

/// The interfaces of the configuration as the system knows them.
///
/// # Errors
/// When one does not exist or has no address.
pub(crate) fn interfaces_of(config: &Config) -> Result<Vec<Interface>> {
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

/// The networks of the interfaces.
pub(super) fn networks(interfaces: &[Interface]) -> Vec<Network> {
    interfaces
        .iter()
        .map(|interface| Network::of(interface.address, interface.prefix))
        .collect()
}

/// A folder of boot files.
pub(super) fn root(path: &Path, key: &str) -> Result<Root> {
    Root::open(path).map_err(|error| {
        Error::new(
            Kind::System,
            path.display().to_string(),
            "the folder of boot files cannot be opened",
        )
        .because(error)
        .hint(format!("`{key}` names it"))
    })
}

/// The folder for uploads, when there is to be one.
pub(super) fn upload(config: &Config) -> Result<Option<Folder>> {
    let Some(upload) = &config.tftp.upload else {
        return Ok(None);
    };
    Folder::open(&upload.folder).map(Some).map_err(|error| {
        Error::new(
            Kind::System,
            upload.folder.display().to_string(),
            "the folder for uploads cannot be opened",
        )
        .because(error)
        .hint("`[tftp] upload` names it in `folder`")
    })
}

/// The log file, when there is to be one.
pub(super) fn log_file(config: &Config, identity: Option<&Identity>) -> Result<Option<LogFile>> {
    let Some(path) = &config.log_file else {
        return Ok(None);
    };
    let failed = |error: io::Error| {
        Error::new(
            Kind::System,
            path.display().to_string(),
            "the log cannot be opened",
        )
        .because(error)
        .hint("`log-file` names it; its folder must exist")
    };
    let (folder, name) = Folder::of(path).map_err(failed)?;
    let log = LogFile::open(folder, name).map_err(failed)?;
    give(log.file(), path, identity)?;
    Ok(Some(log))
}

/// The PID file, when there is to be one.
pub(super) fn pid_file(config: &Config, identity: Option<&Identity>) -> Result<Option<PidFile>> {
    let Some(path) = &config.pid_file else {
        return Ok(None);
    };
    let subject = path.display().to_string();
    let failed = |error: io::Error| {
        Error::new(Kind::System, &subject, "the PID file cannot be written")
            .because(error)
            .hint("`pid-file` names it; its folder must exist")
    };
    let (folder, name) = Folder::of(path).map_err(failed)?;
    PidFile::write(folder, name, identity)
        .map(Some)
        .map_err(|refused| match refused {
            Refused::Taken => Error::new(
                Kind::System,
                &subject,
                "another pxe with this PID file runs",
            )
            .hint(format!("`ps -fp $(cat {subject})` shows it")),
            Refused::System(error) => failed(error),
        })
}

/// The folder and name of the local socket, when there is to be one. One that
/// nobody asked for is done without where its folder is not there.
pub(super) fn socket(config: &Config) -> Result<Option<(Folder, OsString)>> {
    let path = &config.socket.path;
    match Folder::of(path) {
        Ok(found) => Ok(Some(found)),
        Err(_) if config.socket.is_default => {
            tracing::info!(
                target: "pxe", socket = %path.display(),
                "no local socket for `pxe watch`: its folder is not there"
            );
            Ok(None)
        }
        Err(error) => Err(no_socket(config, error)),
    }
}

/// Listens at the local socket.
pub(super) fn listen(
    config: &Config,
    place: Option<(Folder, OsString)>,
) -> Result<Option<LocalSocket>> {
    let Some((folder, name)) = place else {
        return Ok(None);
    };
    match LocalSocket::bind(folder, name) {
        Ok(socket) => Ok(Some(socket)),
        Err(error) if config.socket.is_default => {
            tracing::warn!(
                target: "pxe", socket = %config.socket.path.display(),
                "no local socket for `pxe watch`: {error}"
            );
            Ok(None)
        }
        Err(error) => Err(no_socket(config, error)),
    }
}

fn no_socket(config: &Config, error: io::Error) -> Error {
    let taken = error.kind() == io::ErrorKind::AddrInUse;
    let subject = config.socket.path.display().to_string();
    let failed = Error::new(Kind::System, subject, "the local socket cannot be opened");
    let failed = failed.because(error);
    if taken {
        failed.hint("another pxe answers there; every one needs a `socket` of its own")
    } else {
        failed.hint("`socket` names it; its folder must exist and be writable for the user")
    }
}

/// Makes a file that root opened the property of the user, so that the next
/// start, as whomever, finds it usable.
fn give(file: &std::fs::File, path: &Path, identity: Option<&Identity>) -> Result<()> {
    let Some(identity) = identity.filter(|identity| !identity.is_current()) else {
        return Ok(());
    };
    folder::give(file, identity).map_err(|error| {
        Error::new(
            Kind::System,
            path.display().to_string(),
            "cannot be given to the user",
        )
        .because(error)
        .hint("it takes root or CAP_CHOWN; leave `user` out to stay who you are")
    })
}

/// The leases and what they remember.
pub(super) fn store(
    config: &Config,
    identity: Option<&Identity>,
) -> Result<(Box<dyn Store>, Vec<Change>)> {
    if !config.remembers() {
        return Ok((Box::new(Forgetful), Vec::new()));
    }
    let path = &config.dhcp.leases;
    let opened = Journal::open(path)?;
    if opened.dropped > 0 {
        tracing::warn!(
            target: "pxe",
            file = %path.display(),
            "{} bytes of an unfinished entry were dropped; no client was told of it",
            opened.dropped
        );
    }
    give(opened.journal.file(), path, identity)?;
    Ok((Box::new(opened.journal), opened.changes))
}

/// The HTTP port.
pub(super) fn tcp(handed: &mut Activation, http: &config::Http) -> Result<TcpListener> {
    if let Some(listener) = handed.tcp(http.port) {
        return Ok(listener);
    }
    let address = SocketAddrV4::new(http.listen, http.port);
    TcpListener::bind(address).map_err(|error| refused(Table::Tcp, address, "[http] port", error))
}

/// A UDP port.
pub(super) fn udp(
    handed: &mut Activation,
    address: SocketAddrV4,
    key: &str,
) -> Result<PacketSocket> {
    let opened = match handed.udp(address.port()) {
        Some(socket) => PacketSocket::adopt(socket),
        None => PacketSocket::bind(address),
    };
    opened.map_err(|error| refused(Table::Udp, address, key, error))
}

/// Whether a port cannot be opened because somebody has it.
pub(super) fn is_taken(error: &Error) -> bool {
    std::error::Error::source(error)
        .and_then(|cause| cause.downcast_ref::<io::Error>())
        .is_some_and(|cause| cause.kind() == io::ErrorKind::AddrInUse)
}

/// What asks whether an address is in use, when it is to be asked.
pub(super) fn echo(config: &Config) -> Result<Option<Echo>> {
    if !config.dhcp.conflict_probe || config.settings.mode != Mode::Full {
        return Ok(None);
    }
    Echo::open().map(Some).map_err(|error| {
        Error::new(Kind::System, "[dhcp] conflict-probe", "cannot ask by ICMP")
            .because(error)
            .hint("it takes root or the capability CAP_NET_RAW; without the key nobody is asked")
    })
}

/// A socket that a supervisor opened and nobody here wants is a mistake in
/// its unit or in the configuration.
pub(super) fn nothing_left(handed: &Activation) -> Result<()> {
    match handed.left().next() {
        None => Ok(()),
        Some((kind, address)) => Err(Error::new(
            Kind::Input,
            format!("{kind} {address}"),
            "was handed over, but the configuration has no use for it",
        )
        .hint("TFTP is 69, DHCP 67 and 4011, HTTP 80, unless the configuration says otherwise")),
    }
}

/// Why a port is not ours, and what to do about it.
fn refused(table: Table, address: SocketAddrV4, key: &str, error: io::Error) -> Error {
    let (kind, flags) = match table {
        Table::Udp => ("UDP", "uln"),
        Table::Tcp => ("TCP", "tln"),
    };
    let failed = Error::new(
        Kind::System,
        format!("{kind} {address}"),
        "cannot be opened",
    );
    let port = address.port();
    let (reason, failed) = (error.kind(), failed.because(error));
    match reason {
        io::ErrorKind::AddrInUse => match holder::of_port(table, port) {
            Some(holder) => failed.hint(format!("{holder} has port {port}")),
            None => failed,
        }
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
