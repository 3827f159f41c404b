//! `pxe probe`.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use super::client::{PROBE, architecture, mac};
use crate::error::{Error, Kind, Result};
use crate::firmware::{End, Reason, Speaker};
use crate::probe::{self, Card, Plan, Seen, Target};
use crate::report::probe::{Probed, Verdict, all_json, all_nagios, all_text, json, nagios, text};
use crate::terminal::{Color, Output};
use crate::wire::arch::Architecture;
use crate::wire::dhcp::HardwareAddress;

/// What `--all-arches` asks as: what is found in machines of today.
const ARCHITECTURES: [u16; 7] = [0, 6, 7, 9, 11, 16, 19];

/// Be a PXE client: ask for an offer, accept it, download the boot file
///
/// On an interface it asks the whole network, as a machine that is switched
/// on, and shows every server that answers. With a server's address it asks
/// that one alone, from a port of its own, so that no right is needed. It does
/// what the firmware of the architecture does, port 4011 and all. An address
/// that is given is given back at once. Exits 1 when a client would not boot.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pxe probe --interface eth0 --all-arches --download
  pxe probe --server 10.0.0.5 --arch uefi-x64 --download --json")]
pub(super) struct Args {
    /// The DHCP or proxyDHCP server to ask alone
    ///
    /// Needs no rights and reaches beyond a router; who else answers in a
    /// network it does not see.
    #[arg(long, value_name = "ADDRESS[:PORT]", value_parser = server)]
    server: Option<SocketAddrV4>,
    /// The interface whose network to ask
    ///
    /// Sees what a machine in that network sees, all servers included. Needs
    /// CAP_NET_RAW.
    #[arg(long, value_name = "IF", conflicts_with = "server")]
    interface: Option<String>,
    /// What firmware to be: a name or a number of the registry
    ///
    /// Servers answer by it: the machine's own architecture tells what that
    /// machine gets.
    #[arg(long, value_name = "ARCH", default_value = "uefi-x64", value_parser = architecture)]
    arch: Architecture,
    /// Be one firmware after the other, and say which of them boot
    ///
    /// After a change, to see that the machines of another kind were not broken
    /// by it.
    #[arg(long, conflicts_with = "arch")]
    all_arches: bool,
    /// The hardware address to have
    ///
    /// Where the server knows machines by address, to get the answer of one of
    /// them.
    #[arg(long, value_name = "MAC", default_value_t = PROBE, value_parser = mac)]
    mac: HardwareAddress,
    /// Be iPXE, loaded by that firmware
    ///
    /// The second half of a boot through iPXE: its script, instead of iPXE once
    /// more.
    #[arg(long)]
    ipxe: bool,
    /// Download the boot file and show its digest
    ///
    /// An offer proves nothing about the file: this does, and shows whether it
    /// is the one you put there.
    #[arg(long)]
    download: bool,
    /// The TFTP port of the next server
    ///
    /// For a server under test beside the real one. Machines use 69, always.
    #[arg(long, value_name = "PORT", default_value_t = 69)]
    tftp_port: u16,
    /// The boot server port
    ///
    /// For a server under test beside the real one. Machines use 4011, always.
    #[arg(long, value_name = "PORT", default_value_t = 4011)]
    boot_server_port: u16,
    /// The window to ask for; EDK2 asks for 4
    ///
    /// 1 is what old ROMs do, and shows how long those will take.
    #[arg(long, value_name = "BLOCKS", default_value_t = 4)]
    window: u16,
    /// How long to wait for answers, in seconds
    ///
    /// Raise it where a relay or a slow server may answer late; some firmware
    /// waits less.
    #[arg(long, value_name = "SECONDS", default_value_t = probe::PATIENCE.as_secs())]
    wait: u64,
    /// Print the result as JSON
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long, conflicts_with = "nagios")]
    json: bool,
    /// Print one plugin line and exit as Nagios wants it
    ///
    /// Makes it a check of Nagios, Icinga and their kin, so that a monitor sees
    /// it before the next machine.
    #[arg(long)]
    nagios: bool,
}

pub(super) fn run(args: &Args, color: Color, out: &mut Output) -> Result<u8> {
    let target = args.target()?;
    let architectures = if args.all_arches {
        ARCHITECTURES.map(Architecture).to_vec()
    } else {
        vec![args.arch]
    };
    let mut all = Vec::new();
    for architecture in architectures {
        all.push(args.probe(target.clone(), architecture)?);
    }
    let (printed, ok) = match &all[..] {
        _ if args.all_arches => {
            let ok = all.iter().any(|probed| probed.verdict.ok)
                && all
                    .iter()
                    .all(|probed| probed.verdict.ok || probed.offers_nothing());
            let printed = if args.nagios {
                format!("{}\n", all_nagios(&all, ok))
            } else if args.json {
                format!("{}\n", all_json(&all, ok))
            } else {
                all_text(&all, color.enabled())
            };
            (printed, ok)
        }
        [probed, ..] => {
            let printed = if args.nagios {
                format!("{}\n", nagios(probed))
            } else if args.json {
                format!("{}\n", json(probed))
            } else {
                text(probed, color.enabled())
            };
            (printed, probed.verdict.ok)
        }
        [] => (String::new(), false),
    };
    write!(out, "{printed}").map_err(|error| {
        Error::new(Kind::System, "standard output", "cannot write").because(error)
    })?;
    let odd = all.iter().any(|probed| !probed.findings().is_empty());
    Ok(match (args.nagios, ok) {
        (true, true) => u8::from(odd),
        (true, false) => 2,
        (false, ok) => u8::from(!ok),
    })
}

impl Args {
    fn target(&self) -> Result<Target> {
        if let Some(server) = self.server {
            return Ok(Target::Server(server));
        }
        let Some(name) = &self.interface else {
            return Err(Error::new(Kind::Usage, "probe", "whom to ask is missing")
                .hint("`--interface IF` asks a whole network, `--server ADDRESS` one server"));
        };
        let card = Card::named(name)?;
        if let Some(own) = Card::all()?.iter().find(|own| own.mac == self.mac) {
            return Err(Error::new(
                Kind::Usage,
                format!("--mac {}", self.mac),
                format!("this is the card of {} in this machine", own.name),
            )
            .hint("the probe would give back the address that this machine lives by"));
        }
        Ok(Target::Network(card))
    }

    fn probe(&self, target: Target, architecture: Architecture) -> Result<Probed> {
        let mut speaker = Speaker::new(architecture, self.mac);
        if self.ipxe {
            speaker.user_class = Some("iPXE".to_owned());
        }
        let plan = Plan {
            target,
            boot_server_port: self.boot_server_port,
            speaker,
            patience: Duration::from_secs(self.wait.clamp(1, 120)),
        };
        let seen = probe::ask(&plan)?;
        let mut verdict = judge(&plan, &seen);
        let mut download = None;
        if let (true, End::Loads { file, server }) = (self.download, &seen.course.end) {
            let came = if file.contains(&b':') && file.windows(3).any(|three| three == b"://") {
                probe::fetch(file)
            } else {
                let server = SocketAddrV4::new(*server, self.tftp_port);
                probe::download(server, file, self.window)
            };
            match came {
                Ok(found) => {
                    verdict.text = format!("{} bytes were offered and came whole", found.size);
                    let over_tftp = !file.starts_with(b"http");
                    let agreed = found.agreed.as_deref();
                    let profile = plan.profile();
                    let taken = if over_tftp {
                        profile.takes(agreed)
                    } else {
                        Ok(())
                    };
                    let started = taken.and_then(|()| profile.starts(architecture, &found.head));
                    if let Err(reason) = started {
                        verdict = Verdict::no(&plan, &reason);
                    }
                    download = Some(found);
                }
                Err(error) => {
                    verdict = Verdict {
                        ok: false,
                        text: error.to_string(),
                        hint: error.hints().first().cloned(),
                        reason: None,
                    };
                }
            }
        }
        Ok(Probed {
            plan,
            seen,
            download,
            verdict,
        })
    }
}

fn judge(plan: &Plan, seen: &Seen) -> Verdict {
    match (&seen.course.end, &plan.target) {
        (End::Loads { .. }, _) => Verdict {
            ok: true,
            text: "the boot file was offered".to_owned(),
            hint: None,
            reason: None,
        },
        (End::Stops(Reason::NoOffer), target) => Verdict {
            text: format!(
                "no offer from {} in {} s",
                match target {
                    Target::Server(server) => server.to_string(),
                    Target::Network(card) => format!("anybody on {}", card.name),
                },
                plan.patience.as_secs()
            ),
            ..Verdict::no(plan, &Reason::NoOffer)
        },
        (End::Stops(reason), _) => Verdict::no(plan, reason),
    }
}

fn server(text: &str) -> Result<SocketAddrV4, String> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(SocketAddrV4::new(address, 67));
    }
    text.parse()
        .map_err(|_| "expected an IPv4 address, with or without a port".to_owned())
}
