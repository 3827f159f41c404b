//! `pxe explain`.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use super::client::{architecture, mac};
use super::decode;
use crate::capture::{self, Payload};
use crate::config::Config;
use crate::dhcp::network::Network;
use crate::dhcp::responder::Port;
use crate::error::{Error, Kind, Result};
use crate::explain::{Question, explain};
use crate::firmware::Speaker;
use crate::report::explain::{json, text};
use crate::sys::net;
use crate::terminal::{Color, Output};
use crate::wire::arch::Architecture;
use crate::wire::dhcp::{HardwareAddress, Message, Op};
use crate::wire::options;

/// Say what the server would answer a machine, why, and what the machine makes of it
///
/// Answers from the configuration alone, as if no address were lent yet; no
/// server need run. The question is made up from the options given, or taken
/// from a capture or a copied packet. Exits 1 when the machine would not boot.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pxe explain -c pxe.toml --arch uefi-x64 --mac 52:54:00:12:34:56
  pxe explain -c pxe.toml --pcap boot.pcap --json")]
pub(super) struct Args {
    #[command(flatten)]
    config: super::ConfigFile,
    /// What firmware asks: a name or a number of the registry
    ///
    /// A machine shows it on its screen or in a capture (option 93): bios,
    /// uefi-x64, uefi-arm64.
    #[arg(long, value_name = "ARCH", default_value = "uefi-x64", value_parser = architecture, conflicts_with_all = ["pcap", "hex"])]
    arch: Architecture,
    /// The hardware address that asks; in a capture, whose question to take
    ///
    /// Rules may be about one machine: this shows which of them it gets.
    #[arg(long, value_name = "MAC", value_parser = mac)]
    mac: Option<HardwareAddress>,
    /// Its UUID
    ///
    /// For rules by UUID, and for what stands in the answer's option 97.
    #[arg(long, value_name = "UUID", value_parser = uuid, conflicts_with_all = ["pcap", "hex"])]
    uuid: Option<[u8; 16]>,
    /// Its user class (option 77), such as iPXE
    ///
    /// Shows the second question of a machine that has loaded iPXE, which gets
    /// another file.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["pcap", "hex"])]
    user_class: Option<String>,
    /// Its vendor class (option 60) instead of what such firmware sends
    ///
    /// For firmware that calls itself something else, HTTPClient for one.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["pcap", "hex"])]
    vendor_class: Option<String>,
    /// The relay it asks through (giaddr)
    ///
    /// Answers for a machine in another network, whose pool and rules are
    /// others.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["pcap", "hex"])]
    relay: Option<Ipv4Addr>,
    /// Take the question from a capture; `-` is standard input
    ///
    /// Explains the machine that failed, with everything it really sent,
    /// instead of one that is made up.
    #[arg(long, value_name = "FILE", conflicts_with = "hex")]
    pcap: Option<PathBuf>,
    /// Take the question from a packet's bytes in hex
    ///
    /// For bytes copied from Wireshark or a log, where there is no capture
    /// file.
    #[arg(long, value_name = "HEX")]
    hex: Option<String>,
    /// The server's own address, where its interface is not on this machine
    ///
    /// Tries a configuration at your desk that is meant for another machine.
    #[arg(long, value_name = "ADDRESS[/PREFIX]", value_parser = own_address)]
    address: Option<(Ipv4Addr, u8)>,
    /// Print the result as JSON
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, color: Color, out: &mut Output) -> Result<u8> {
    let mut config = args.config.read()?;
    let (request, port) = args.question()?;
    let (local, networks) = own(args, &config)?;
    config.resolve_networks(&networks);
    let question = Question {
        request,
        port,
        local,
        now: 0,
    };
    let explained = explain(&config.settings, &question);
    let result = if args.json {
        let name = args.config.path().display().to_string();
        writeln!(out, "{}", json(&name, &explained))
    } else {
        write!(out, "{}", text(&explained, color.enabled()))
    };
    result.map_err(|error| {
        Error::new(Kind::System, "standard output", "cannot write").because(error)
    })?;
    Ok(u8::from(!explained.boots()))
}

impl Args {
    fn question(&self) -> Result<(Message, Port)> {
        if let Some(path) = &self.pcap {
            return from_capture(path, self.mac);
        }
        if let Some(hex) = &self.hex {
            return Ok((from_hex(hex)?, Port::Dhcp));
        }
        let mac = self.mac.unwrap_or(super::client::PROBE);
        let mut speaker = Speaker::new(self.arch, mac);
        if let Some(uuid) = self.uuid {
            speaker.uuid = uuid;
        }
        speaker.user_class = self.user_class.clone();
        speaker.vendor_class = self.vendor_class.clone();
        let mut message = speaker.discover(1);
        if let Some(relay) = self.relay {
            message.giaddr = relay;
            message.hops = 1;
        }
        Ok((message, Port::Dhcp))
    }
}

/// The first question of a client, or of this one, in a capture.
fn from_capture(path: &Path, mac: Option<HardwareAddress>) -> Result<(Message, Port)> {
    let mut found: Option<(Message, Port)> = None;
    let mut macs = Vec::new();
    decode::read(path, |packet| {
        let Payload::Udp(data) = packet.payload else {
            return;
        };
        let port = match packet.destination.port() {
            67 => Port::Dhcp,
            4011 => Port::BootServer,
            _ => return,
        };
        let Ok(message) = Message::parse(data) else {
            return;
        };
        if message.op != Op::Request {
            return;
        }
        if macs.len() < 8 && !macs.contains(&message.chaddr) {
            macs.push(message.chaddr);
        }
        if found.is_none() && mac.is_none_or(|mac| mac == message.chaddr) {
            found = Some((message, port));
        }
    })?;
    found.ok_or_else(|| {
        let name = path.display().to_string();
        match mac {
            Some(mac) if !macs.is_empty() => {
                let macs: Vec<String> = macs.iter().map(ToString::to_string).collect();
                Error::new(Kind::Input, name, format!("{mac} asks nothing in it"))
                    .hint(format!("these do: {}", macs.join(", ")))
            }
            _ => Error::new(Kind::Input, name, "nobody asks a DHCP server in it")
                .hint("`pxe decode` tells what is in a capture"),
        }
    })
}

fn from_hex(text: &str) -> Result<Message> {
    let wrong = |what: String| {
        Error::new(Kind::Usage, "--hex", what).hint(
            "the bytes of a DHCP message, or of the packet or frame around it, as Wireshark \
             copies them (\"as a Hex Stream\")",
        )
    };
    let bytes = options::hex(text.trim().trim_start_matches("0x"))
        .ok_or_else(|| wrong("expected hex digits, two for each byte".to_owned()))?;
    let message = match Message::parse(&bytes) {
        Ok(message) => message,
        Err(malformed) => capture::datagram(&bytes)
            .and_then(|data| Message::parse(data).ok())
            .ok_or_else(|| wrong(format!("this is no DHCP message: {malformed}")))?,
    };
    if message.op != Op::Request {
        return Err(wrong("this is an answer; expected a question".to_owned()));
    }
    Ok(message)
}

/// Our address, and the networks we are in.
fn own(args: &Args, config: &Config) -> Result<(Ipv4Addr, Vec<Network>)> {
    if let Some((address, prefix)) = args.address {
        return Ok((address, vec![Network::of(address, prefix)]));
    }
    let interfaces = net::interfaces().map_err(|error| {
        Error::new(
            Kind::System,
            "network interfaces",
            "the system does not list them",
        )
        .because(error)
    })?;
    let ours: Vec<_> = interfaces
        .iter()
        .filter(|interface| config.interfaces.contains(&interface.name))
        .collect();
    let networks = ours
        .iter()
        .map(|interface| Network::of(interface.address, interface.prefix))
        .collect();
    config
        .address
        .or_else(|| ours.first().map(|interface| interface.address))
        .map(|address| (address, networks))
        .ok_or_else(|| {
            Error::new(
                Kind::Input,
                config.interfaces.join(", "),
                "this machine has no such interface with an IPv4 address",
            )
            .hint("say which address the server has there: `--address 10.0.0.5/24`")
        })
}

fn own_address(text: &str) -> Result<(Ipv4Addr, u8), String> {
    let expected = || "expected an address such as 10.0.0.5 or 10.0.0.5/24".to_owned();
    let (address, prefix) = text.split_once('/').unwrap_or((text, "24"));
    let address = address.parse().map_err(|_| expected())?;
    match prefix.parse() {
        Ok(prefix @ 0..=32) => Ok((address, prefix)),
        _ => Err(expected()),
    }
}

fn uuid(text: &str) -> Result<[u8; 16], String> {
    options::hex(text)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| "expected a UUID such as 6c1f3f80-2a55-4d2e-9b7a-3d1f20ab4c5d".to_owned())
}
