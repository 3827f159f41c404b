//! A network, asked as a machine without an address asks it: from 0.0.0.0 to
//! all. The frames are sent beneath the kernel's own network, which would put
//! an address of ours into them; answers are copies of what comes to port 68,
//! so that a DHCP client of this host notices nothing.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::time::Duration;

use etherparse::PacketBuilder;
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{LinkAddr, MsgFlags, sendto};
use socket2::{Domain, Socket, Type};

use super::Wire;
use super::alone::wait;
use super::interrupt::Interrupt;
use crate::error::{Error, Kind, Result};
use crate::sys::beside::Beside;
use crate::sys::net::{self, Interface};
use crate::wire::dhcp::{HardwareAddress, LONGEST, Message};

const CLIENT_PORT: u16 = 68;
const SERVER_PORT: u16 = 67;

/// A network card of this machine.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    /// Its name.
    pub name: String,
    /// Its hardware address.
    pub mac: HardwareAddress,
    link: LinkAddr,
    interface: Interface,
}

impl Card {
    /// The card of this name.
    ///
    /// # Errors
    /// When there is none; the names of those that are follow as a hint.
    pub(crate) fn named(name: &str) -> Result<Card> {
        let cards = Card::all()?;
        let names: Vec<String> = cards.iter().map(|card| card.name.clone()).collect();
        cards
            .into_iter()
            .find(|card| card.name == name)
            .ok_or_else(|| {
                Error::new(
                    Kind::Input,
                    format!("--interface {name}"),
                    "this machine has no such Ethernet interface",
                )
                .hint(format!("it has {}", names.join(", ")))
            })
    }

    /// The Ethernet cards of this machine.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(crate) fn all() -> Result<Vec<Card>> {
        let failed = |error: io::Error| {
            Error::new(
                Kind::System,
                "network interfaces",
                "the system does not list them",
            )
            .because(error)
        };
        let with_address = net::interfaces().map_err(failed)?;
        let entries = getifaddrs().map_err(|error| failed(error.into()))?;
        let mut cards: Vec<Card> = Vec::new();
        for entry in entries {
            let link = entry
                .address
                .as_ref()
                .and_then(|address| address.as_link_addr());
            let Some(mac) = link.and_then(LinkAddr::addr).filter(|mac| *mac != [0; 6]) else {
                continue;
            };
            let (Some(link), name) = (link, entry.interface_name) else {
                continue;
            };
            let interface = with_address
                .iter()
                .find(|interface| interface.name == name)
                .cloned()
                .unwrap_or_else(|| Interface {
                    name: name.clone(),
                    index: u32::try_from(link.ifindex()).unwrap_or(0),
                    address: Ipv4Addr::UNSPECIFIED,
                    prefix: 32,
                });
            cards.push(Card {
                mac: HardwareAddress::ethernet(mac),
                link: *link,
                interface,
                name,
            });
        }
        Ok(cards)
    }
}

/// Everybody on the network of a card.
#[derive(Debug)]
pub(super) struct Broadcast {
    frames: Socket,
    answers: Beside,
    card: Card,
}

impl Broadcast {
    pub(super) fn open(card: &Card) -> Result<Broadcast> {
        let open = || -> io::Result<Broadcast> {
            Ok(Broadcast {
                frames: Socket::new(Domain::PACKET, Type::RAW, None)?,
                answers: Beside::open(CLIENT_PORT, std::slice::from_ref(&card.interface))?,
                card: card.clone(),
            })
        };
        open().map_err(|error| {
            let denied = error.kind() == io::ErrorKind::PermissionDenied;
            let failed = Error::new(
                Kind::System,
                format!("--interface {}", card.name),
                "frames cannot be sent and read",
            )
            .because(error);
            if denied {
                failed
                    .hint("it takes root or the capability CAP_NET_RAW (`setcap cap_net_raw+ep`)")
                    .hint("`--server ADDRESS` asks one server and needs no right")
            } else {
                failed.hint("`--server ADDRESS` asks one server instead")
            }
        })
    }
}

impl Wire for Broadcast {
    fn send(&self, message: &Message) -> io::Result<()> {
        let payload = message.emit(LONGEST).0;
        // The frame is the card's own, whoever is spoken of within it: a
        // switch may shut the port of a card that has two addresses.
        let mut card = [0; 6];
        card.copy_from_slice(&self.card.mac.as_bytes()[..6]);
        let head = PacketBuilder::ethernet2(card, [0xff; 6])
            .ipv4([0; 4], [0xff; 4], 64)
            .udp(CLIENT_PORT, SERVER_PORT);
        let mut frame = Vec::with_capacity(head.size(payload.len()));
        head.write(&mut frame, &payload)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        sendto(
            self.frames.as_raw_fd(),
            &frame,
            &self.card.link,
            MsgFlags::empty(),
        )?;
        Ok(())
    }

    fn receive(
        &self,
        buffer: &mut [u8],
        left: Duration,
        interrupt: Option<&Interrupt>,
    ) -> io::Result<Option<(usize, SocketAddrV4)>> {
        wait(self.answers.as_fd(), left, interrupt)?;
        match self.answers.receive(buffer) {
            Ok(received) if received.interface == self.card.interface.index => {
                Ok(Some((received.len, received.source)))
            }
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn reaches_many(&self) -> bool {
        true
    }
}
