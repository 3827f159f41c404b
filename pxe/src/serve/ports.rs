//! The ports of the DHCP side.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};

use super::open;
use crate::config::Config;
use crate::dhcp::responder::Port;
use crate::dhcp::settings::Mode;
use crate::error::{Error, Kind, Result};
use crate::sys::activation::Activation;
use crate::sys::beside::Beside;
use crate::sys::holder::{self, Table};
use crate::sys::net::{Interface, PacketSocket, Received};

/// Room for a classroom that powers on at once.
const RECEIVE_BUFFER: usize = 8 * 1024 * 1024;

/// The ports.
#[derive(Debug)]
pub(super) struct Ports {
    dhcp: Dhcp,
    boot_server: PacketSocket,
    server_port: u16,
}

/// Port 67.
#[derive(Debug)]
enum Dhcp {
    Own(PacketSocket),
    /// Another DHCP server of this host has it.
    Shared(Beside),
}

impl Ports {
    pub(super) fn open(
        config: &Config,
        interfaces: &[Interface],
        handed: &mut Activation,
    ) -> Result<Ports> {
        let at = |port| SocketAddrV4::new(config.dhcp.listen, port);
        let dhcp = if config.dhcp.share_port {
            share(config.dhcp.port, interfaces)?
        } else {
            match open::udp(handed, at(config.dhcp.port), "[dhcp] port") {
                Ok(socket) => {
                    socket.reserve(RECEIVE_BUFFER);
                    Dhcp::Own(socket)
                }
                // A proxy can do without the port; a server of addresses on a
                // host that has one already is a mistake.
                Err(error) if config.settings.mode == Mode::Proxy && open::is_taken(&error) => {
                    share(config.dhcp.port, interfaces)?
                }
                Err(error) => return Err(error),
            }
        };
        let boot_server = open::udp(
            handed,
            at(config.dhcp.boot_server_port),
            "[dhcp] boot-server-port",
        )?;
        Ok(Ports {
            dhcp,
            boot_server,
            server_port: config.dhcp.port,
        })
    }

    pub(super) fn receive(&self, port: Port, buffer: &mut [u8]) -> io::Result<Received> {
        match (port, &self.dhcp) {
            (Port::BootServer, _) => self.boot_server.receive(buffer),
            (Port::Dhcp, Dhcp::Own(socket)) => socket.receive(buffer),
            (Port::Dhcp, Dhcp::Shared(beside)) => beside.receive(buffer),
        }
    }

    pub(super) fn send(
        &self,
        port: Port,
        bytes: &[u8],
        to: SocketAddrV4,
        from: Ipv4Addr,
        interface: u32,
    ) -> io::Result<()> {
        match (port, &self.dhcp) {
            (Port::BootServer, _) => self.boot_server.send(bytes, to, from, interface),
            (Port::Dhcp, Dhcp::Own(socket)) => socket.send(bytes, to, from, interface),
            (Port::Dhcp, Dhcp::Shared(beside)) => beside.send(bytes, to, from, interface),
        }
    }

    /// Readable when something came to this port.
    pub(super) fn fd(&self, port: Port) -> BorrowedFd<'_> {
        match (port, &self.dhcp) {
            (Port::BootServer, _) => self.boot_server.socket().as_fd(),
            (Port::Dhcp, Dhcp::Own(socket)) => socket.socket().as_fd(),
            (Port::Dhcp, Dhcp::Shared(beside)) => beside.as_fd(),
        }
    }

    /// Where servers and relays listen.
    pub(super) fn server_port(&self) -> u16 {
        self.server_port
    }
}

fn share(port: u16, interfaces: &[Interface]) -> Result<Dhcp> {
    let beside = Beside::open(port, interfaces).map_err(|error| {
        let failed = Error::new(
            Kind::System,
            format!("UDP port {port}"),
            "belongs to another server of this host, and cannot be listened to beside it",
        );
        let denied = error.kind() == io::ErrorKind::PermissionDenied;
        let failed = failed.because(error);
        if denied {
            failed.hint("packets are read beside it with root or the capability CAP_NET_RAW")
        } else {
            failed
        }
    })?;
    let holder = holder::of_port(Table::Udp, port).unwrap_or_else(|| "nobody yet".to_owned());
    tracing::info!(
        target: "pxe", port, %holder,
        "another server of this host has the DHCP port: its packets are read beside it"
    );
    Ok(Dhcp::Shared(beside))
}
