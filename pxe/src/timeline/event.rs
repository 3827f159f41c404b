//! What can happen to a client.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use crate::dhcp::client::Client;
use crate::dhcp::leases::Lease;
use crate::dhcp::responder::Silence;
use crate::wire::dhcp::{HardwareAddress, Message, MessageType};
use crate::wire::options;

/// Milliseconds of Unix time.
pub type Millis = u64;

/// Whose timeline it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Id {
    /// A machine that DHCP told of.
    Mac(HardwareAddress),
    /// An address that only asked for files.
    Address(Ipv4Addr),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Id::Mac(mac) => mac.fmt(f),
            Id::Address(address) => address.fmt(f),
        }
    }
}

impl Id {
    /// Whether a lease is of this client, or of this address.
    pub fn is_of(self, lease: &Lease) -> bool {
        match self {
            Id::Mac(mac) => lease.mac == mac,
            Id::Address(address) => lease.address == address,
        }
    }
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> Result<Id, String> {
        if let Ok(address) = text.parse() {
            return Ok(Id::Address(address));
        }
        options::hex(text)
            .filter(|bytes| (1..=16).contains(&bytes.len()))
            .map(|bytes| Id::Mac(HardwareAddress::new(&bytes)))
            .ok_or_else(|| "expected a hardware address or an IPv4 address".to_owned())
    }
}

/// A DHCP message and what came of it.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// Who asked.
    pub client: &'a Client,
    /// What it asked.
    pub asked: MessageType,
    /// At port 4011.
    pub boot_server: bool,
    /// The address that is, or becomes, the client's.
    pub address: Ipv4Addr,
    /// Option 12.
    pub host: Option<&'a [u8]>,
    /// The rule that decided.
    pub rule: Option<&'a str>,
    /// The answer, or why there is none.
    pub answer: Result<Answered<'a>, Silence>,
}

/// An answer that goes out.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// Our address.
    pub from: Ipv4Addr,
    /// What it says.
    pub message: &'a Message,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// How a file travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Read by TFTP.
    Tftp,
    /// Written by TFTP.
    Upload,
    /// Read by HTTP.
    Http,
}

impl Way {
    /// A name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Way::Tftp => "tftp",
            Way::Upload => "upload",
            Way::Http => "http",
        }
    }

    /// A name for people.
    pub fn shown(self) -> &'static str {
        match self {
            Way::Tftp | Way::Upload => "TFTP",
            Way::Http => "HTTP",
        }
    }
}

/// How a transfer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All of it arrived.
    Whole,
    /// The client ended it with this error.
    ClientEnded(u16, String),
    /// Nobody listens at the client any more.
    ClientGone,
    /// The client fell silent.
    NoAnswer,
    /// The connection ended before the file did.
    BrokeOff,
    /// We could not go on.
    Failed(String),
    /// The service stops.
    ServerStops,
}

impl Outcome {
    /// A name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Outcome::Whole => "whole",
            Outcome::ClientEnded(..) => "client-ended",
            Outcome::ClientGone => "client-gone",
            Outcome::NoAnswer => "no-answer",
            Outcome::BrokeOff => "broke-off",
            Outcome::Failed(_) => "failed",
            Outcome::ServerStops => "server-stops",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Whole => f.write_str("whole"),
            Outcome::ClientEnded(code, text) => write!(f, "client ended it ({code} {text})"),
            Outcome::ClientGone => f.write_str("client gone"),
            Outcome::NoAnswer => f.write_str("gave up: no answer"),
            Outcome::BrokeOff => f.write_str("broke off"),
            Outcome::Failed(why) => write!(f, "failed: {why}"),
            Outcome::ServerStops => f.write_str("stopped"),
        }
    }
}
