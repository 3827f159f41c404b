//! UDP sockets that say to which of our addresses a packet came, and from
//! which one an answer leaves.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;

use nix::libc;
use nix::sys::socket::{self, ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

/// A network card of this machine, with its first IPv4 address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interface {
    /// Its name.
    pub name: String,
    /// Its number in the kernel.
    pub index: u32,
    /// Its address.
    pub address: Ipv4Addr,
    /// The length of its network prefix.
    pub prefix: u8,
}

impl Interface {
    /// The address of all in its network.
    pub(crate) fn broadcast(&self) -> Ipv4Addr {
        let host = u32::MAX.checked_shr(self.prefix.into()).unwrap_or(0);
        Ipv4Addr::from(u32::from(self.address) | host)
    }
}

/// The interfaces that have an IPv4 address.
///
/// # Errors
/// When the system does not tell.
pub(crate) fn interfaces() -> io::Result<Vec<Interface>> {
    let mut found: Vec<Interface> = Vec::new();
    for entry in nix::ifaddrs::getifaddrs()? {
        let ip = |storage: Option<socket::SockaddrStorage>| {
            storage.and_then(|address| address.as_sockaddr_in().map(|v4| v4.ip()))
        };
        let (Some(address), Some(mask)) = (ip(entry.address), ip(entry.netmask)) else {
            continue;
        };
        if found.iter().any(|other| other.name == entry.interface_name) {
            continue;
        }
        let index = nix::net::if_::if_nametoindex(entry.interface_name.as_str())?;
        let prefix = u32::from(mask).leading_ones();
        found.push(Interface {
            name: entry.interface_name,
            index,
            address,
            prefix: u8::try_from(prefix).unwrap_or(32),
        });
    }
    Ok(found)
}

/// A packet's way here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Received {
    /// Bytes written to the buffer.
    pub len: usize,
    /// Who sent it.
    pub source: SocketAddrV4,
    /// The address it was sent to, ours or a broadcast one.
    pub destination: Ipv4Addr,
    /// Our address that the kernel answers from.
    pub local: Ipv4Addr,
    /// The number of the interface it came in on.
    pub interface: u32,
}

/// A UDP socket with packet information.
#[derive(Debug)]
pub(crate) struct PacketSocket(UdpSocket);

impl PacketSocket {
    /// Opens a socket; broadcasts may come in and go out.
    ///
    /// # Errors
    /// When the port is taken or not allowed.
    pub(crate) fn bind(address: SocketAddrV4) -> io::Result<PacketSocket> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_broadcast(true)?;
        socket.bind(&address.into())?;
        PacketSocket::adopt(socket.into())
    }

    /// Takes a socket that somebody else has bound.
    ///
    /// # Errors
    /// When it is not a UDP socket.
    pub(crate) fn adopt(socket: UdpSocket) -> io::Result<PacketSocket> {
        socket.set_nonblocking(true)?;
        socket.set_broadcast(true)?;
        socket::setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
        Ok(PacketSocket(socket))
    }

    /// Makes room for a burst of packets, as far as the system allows.
    pub(crate) fn reserve(&self, bytes: usize) {
        // Above the system's limit it takes a privilege; without it the
        // limit is what there is.
        if socket::setsockopt(&self.0, sockopt::RcvBufForce, &bytes).is_err() {
            let _ = socket::setsockopt(&self.0, sockopt::RcvBuf, &bytes);
        }
    }

    /// The socket itself.
    pub(crate) fn socket(&self) -> &UdpSocket {
        &self.0
    }

    /// The next packet; `WouldBlock` when there is none.
    ///
    /// # Errors
    /// As the system reports.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> io::Result<Received> {
        let mut control = nix::cmsg_space!(libc::in_pktinfo);
        let mut slices = [IoSliceMut::new(buffer)];
        let message = socket::recvmsg::<SockaddrIn>(
            self.0.as_raw_fd(),
            &mut slices,
            Some(&mut control),
            MsgFlags::empty(),
        )?;
        let source = message
            .address
            .map_or(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0), |address| {
                SocketAddrV4::new(address.ip(), address.port())
            });
        let mut received = Received {
            len: message.bytes,
            source,
            destination: Ipv4Addr::UNSPECIFIED,
            local: Ipv4Addr::UNSPECIFIED,
            interface: 0,
        };
        for part in message.cmsgs()? {
            if let ControlMessageOwned::Ipv4PacketInfo(info) = part {
                received.destination = Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr));
                received.local = Ipv4Addr::from(u32::from_be(info.ipi_spec_dst.s_addr));
                received.interface = u32::try_from(info.ipi_ifindex).unwrap_or(0);
            }
        }
        Ok(received)
    }

    /// Sends from one of our addresses through one of our interfaces; an
    /// interface of 0 leaves the choice to the routing table.
    ///
    /// # Errors
    /// As the system reports.
    pub(crate) fn send(
        &self,
        bytes: &[u8],
        to: SocketAddrV4,
        from: Ipv4Addr,
        interface: u32,
    ) -> io::Result<()> {
        send_from(&self.0, bytes, to, from, interface)
    }
}

/// Sends on a socket from one of our addresses through one of our interfaces.
pub(super) fn send_from(
    socket: &impl AsRawFd,
    bytes: &[u8],
    to: SocketAddrV4,
    from: Ipv4Addr,
    interface: u32,
) -> io::Result<()> {
    let info = libc::in_pktinfo {
        ipi_ifindex: i32::try_from(interface).unwrap_or(0),
        ipi_spec_dst: libc::in_addr {
            s_addr: u32::from(from).to_be(),
        },
        ipi_addr: libc::in_addr { s_addr: 0 },
    };
    socket::sendmsg(
        socket.as_raw_fd(),
        &[IoSlice::new(bytes)],
        &[ControlMessage::Ipv4PacketInfo(&info)],
        MsgFlags::empty(),
        Some(&SockaddrIn::from(to)),
    )?;
    Ok(())
}

/// A socket for one transfer: bound to our address, connected to the client,
/// so that the kernel sorts out everybody else's packets.
///
/// # Errors
/// As the system reports.
pub(crate) fn connected(local: Ipv4Addr, client: SocketAddrV4) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(SocketAddrV4::new(local, 0))?;
    socket.connect(client)?;
    // Path MTU discovery stays as the system has it: blocks longer than a
    // packet are cut into fragments, which RFC 2348 expects. Probing sockets,
    // as QUIC uses them, would refuse those blocks.
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Lets one `send` carry many packets of this size, the last may be shorter.
/// Says whether the kernel can.
pub(crate) fn segment(socket: &UdpSocket, size: u16) -> bool {
    socket::setsockopt(socket, sockopt::UdpGsoSegment, &i32::from(size)).is_ok()
}

/// The largest packet payload that leaves for this client unfragmented.
pub(crate) fn largest_payload(socket: &UdpSocket) -> usize {
    let mtu = socket::getsockopt(socket, sockopt::IpMtu).unwrap_or(1500);
    usize::try_from(mtu).unwrap_or(1500).saturating_sub(28)
}

/// One `send` is one packet again.
pub(crate) fn unsegment(socket: &UdpSocket) {
    let _ = socket::setsockopt(socket, sockopt::UdpGsoSegment, &0);
}
