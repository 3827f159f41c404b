//! `pxe probe`.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use super::client::{architecture, mac};
use crate::error::{Error, Kind, Result};
use crate::probe::{self, Plan, Seen};
use crate::report::probe::{Boot, Probed, Verdict, json, text};
use crate::terminal::{Color, Output};
use crate::wire::arch::{Architecture, Transport};
use crate::wire::dhcp::{HardwareAddress, Message, MessageType};
use crate::wire::options;

/// Be a PXE client: ask for an offer, accept it, download the boot file
///
/// Asks one server by its address, from a port of its own, so that no right
/// is needed and no other client notices. An address that is given is given
/// back at once. Exits 1 when a client would not boot.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pxe probe --server 10.0.0.5 --arch uefi-x64 --download
  pxe probe --server 127.0.0.1:6767 --tftp-port 6969 --arch bios --json")]
pub(super) struct Args {
    /// The DHCP or proxyDHCP server
    #[arg(long, value_name = "ADDRESS[:PORT]", value_parser = server)]
    server: SocketAddrV4,
    /// What firmware to be: a name or a number of the registry
    #[arg(long, value_name = "ARCH", default_value = "uefi-x64", value_parser = architecture)]
    arch: Architecture,
    /// The hardware address to have
    #[arg(long, value_name = "MAC", default_value = "02:70:78:65:00:01", value_parser = mac)]
    mac: HardwareAddress,
    /// Be iPXE, loaded by that firmware
    #[arg(long)]
    ipxe: bool,
    /// Download the boot file and show its digest
    #[arg(long)]
    download: bool,
    /// The TFTP port of the next server
    #[arg(long, value_name = "PORT", default_value_t = 69)]
    tftp_port: u16,
    /// The boot server port
    #[arg(long, value_name = "PORT", default_value_t = 4011)]
    boot_server_port: u16,
    /// The window to ask for; EDK2 asks for 4
    #[arg(long, value_name = "BLOCKS", default_value_t = 4)]
    window: u16,
    /// How long to wait for an answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = probe::PATIENCE.as_secs())]
    wait: u64,
    /// Print the result as JSON
    #[arg(long, conflicts_with = "nagios")]
    json: bool,
    /// Print one plugin line and exit as Nagios wants it
    #[arg(long)]
    nagios: bool,
}

pub(super) fn run(args: &Args, color: Color, out: &mut Output) -> Result<u8> {
    let plan = Plan {
        server: args.server,
        boot_server_port: args.boot_server_port,
        architecture: args.arch,
        mac: args.mac,
        patience: Duration::from_secs(args.wait.clamp(1, 120)),
        ipxe: args.ipxe,
    };
    let seen = probe::ask(&plan)?;
    let boot = boot_of(&seen);
    let mut verdict = judge(&plan, &seen, boot.as_ref());
    let mut download = None;
    if let Some(boot) = boot.as_ref().filter(|_| args.download && verdict.ok)
        && plan.architecture.transport() == Transport::Tftp
        && !boot.file.starts_with(b"http")
    {
        let server = SocketAddrV4::new(boot.server, args.tftp_port);
        match probe::download(server, &boot.file, args.window) {
            Ok(found) => {
                verdict.text = format!("{} bytes were offered and came whole", found.size);
                download = Some(found);
            }
            Err(error) => {
                verdict = Verdict {
                    ok: false,
                    text: error.to_string(),
                    hint: error.hints().first().cloned(),
                };
            }
        }
    }
    let ok = verdict.ok;
    let probed = Probed {
        plan: &plan,
        seen: &seen,
        boot,
        download,
        verdict,
    };
    let result = if args.nagios {
        writeln!(out, "{}", nagios(&probed))
    } else if args.json {
        writeln!(out, "{}", json(&probed))
    } else {
        write!(out, "{}", text(&probed, color.enabled()))
    };
    result.map_err(|error| {
        Error::new(Kind::System, "standard output", "cannot write").because(error)
    })?;
    Ok(match (args.nagios, ok) {
        (_, true) => 0,
        (true, false) => 2,
        (false, false) => 1,
    })
}

/// The boot file as UEFI reads it: option 67 before the header, from the last
/// answer that has one.
fn boot_of(seen: &Seen) -> Option<Boot> {
    let answers = seen.acknowledged.iter().chain(&seen.offers);
    answers.map(|answer| &answer.message).find_map(|message| {
        let option = message
            .options
            .get(options::BOOT_FILE_NAME)
            .unwrap_or_default();
        let option = option.split(|byte| *byte == 0).next().unwrap_or_default();
        let file = if option.is_empty() {
            message.file.as_slice()
        } else {
            option
        };
        if file.is_empty() {
            return None;
        }
        Some(Boot {
            server: next_server(message),
            file: file.to_vec(),
        })
    })
}

/// Firmware reads siaddr, and where it is 0 EDK2 takes the DHCP server.
fn next_server(message: &Message) -> Ipv4Addr {
    if message.siaddr.is_unspecified() {
        message
            .options
            .address(options::SERVER_IDENTIFIER)
            .unwrap_or(Ipv4Addr::UNSPECIFIED)
    } else {
        message.siaddr
    }
}

fn judge(plan: &Plan, seen: &Seen, boot: Option<&Boot>) -> Verdict {
    let no = |text: String, hint: &str| Verdict {
        ok: false,
        text,
        hint: Some(hint.to_owned()),
    };
    let Some(offer) = seen.offers.first() else {
        return no(
            format!(
                "no offer from {} in {} s",
                plan.server,
                plan.patience.as_secs()
            ),
            "is a DHCP server listening there, and does it answer this hardware address? its log says so",
        );
    };
    let Some(acknowledged) = &seen.acknowledged else {
        return no(
            "an offer came, but no acknowledgement".to_owned(),
            if seen.asked_boot_server {
                "the boot server port (4011) must answer too; firewalls forget it"
            } else {
                "the server offers but does not give; its log says why"
            },
        );
    };
    if acknowledged.message.message_type() == Some(MessageType::Nak) {
        return no(
            "the server refused its own offer".to_owned(),
            "two servers with the same address, or a pool that has run out",
        );
    }
    if boot.is_none() {
        return no(
            "there is no boot file in the answers".to_owned(),
            "the server has none for this architecture",
        );
    }
    if offer.message.options.get(options::BOOT_FILE_NAME).is_none()
        && offer.message.file.is_empty()
        && !seen.asked_boot_server
    {
        return no(
            "the boot file is only in the acknowledgement, not in the offer".to_owned(),
            "EDK2 goes on looking for an offer that has it",
        );
    }
    Verdict {
        ok: true,
        text: "the boot file was offered".to_owned(),
        hint: None,
    }
}

fn nagios(probed: &Probed<'_>) -> String {
    let word = if probed.verdict.ok { "OK" } else { "CRITICAL" };
    let answer = probed
        .seen
        .offers
        .first()
        .map_or(0.0, |offer| offer.took.as_secs_f64());
    let line = probed.verdict.text.replace('|', "/");
    let size = probed.download.as_ref().map_or(0, |download| download.size);
    format!("{word}: {line} | 'offer'={answer:.4}s;; 'size'={size}B;;")
}

fn server(text: &str) -> Result<SocketAddrV4, String> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(SocketAddrV4::new(address, 67));
    }
    text.parse()
        .map_err(|_| "expected an IPv4 address, with or without a port".to_owned())
}
