//! From raw shapes to checked types.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::str::FromStr;

use toml::Spanned;

use super::boot::boot_table;
use super::locate::{Place, nearest_hint};
use super::subnet::{option_list, subnet};
use super::tftp::tftp;
use super::{Config, Dhcp, Http, Socket, raw};
use crate::dhcp::boot::{BootTable, Fields};
use crate::dhcp::limiter::Limits;
use crate::dhcp::network::Network;
use crate::dhcp::rules::{Match, Pattern, Rule, Treatment};
use crate::dhcp::settings::{Manner, Mode, Settings};
use crate::error::{Error, Result};
use crate::wire::arch::{self, Architecture};
use crate::wire::options;

const SOCKET: &str = "/run/pxe/socket";
const LEASES: &str = "/var/lib/pxe/leases";

pub(super) fn config(place: &Place<'_>, file: raw::File) -> Result<Config> {
    let interfaces = interfaces(place, &file)?;
    let address = opt(place, file.address.as_ref())?;
    let boot = boot_table(place, file.boot.as_ref())?;
    let rules = file
        .client
        .iter()
        .enumerate()
        .map(|(index, client)| rule(place, index, client))
        .collect::<Result<Vec<_>>>()?;
    let dhcp = file.dhcp.unwrap_or_default();
    let mode = mode(place, dhcp.mode.as_ref(), &boot, &rules)?;
    let mut on_interface = Vec::new();
    let mut subnets = Vec::new();
    for raw in dhcp.pool.iter().chain(&dhcp.subnet) {
        let known = subnet(place, raw)?;
        if raw.get_ref().network.is_none() {
            on_interface.push(subnets.len());
            if known.ranges.is_empty() && subnets.len() >= usize::from(dhcp.pool.is_some()) {
                return Err(place
                    .error(&raw.span(), "neither `range` nor `network` is given")
                    .hint("say which network: `network = \"10.0.2.0/24\"`"));
            }
        }
        subnets.push(known);
    }
    if mode == Mode::Full && subnets.is_empty() {
        let error = match &dhcp.mode {
            Some(mode) => place.error(
                &mode.span(),
                "mode `full` gives addresses, but there are none",
            ),
            None => place.whole("mode `full` gives addresses, but there are none"),
        };
        return Err(error.hint("add `[dhcp.pool]` with `range = \"10.0.1.10-10.0.1.250\"`"));
    }
    let limits = Limits::default();
    let settings = Settings {
        mode,
        manner: manner(place, dhcp.manner.as_ref())?,
        boot,
        rules,
        known_clients_only: dhcp.known_clients_only,
        authoritative: dhcp.authoritative,
        subnets,
        options: option_list(place, &dhcp.options)?,
        limits: Limits {
            per_client: at_least_one(place, dhcp.answers_per_client.as_ref(), limits.per_client)?,
            in_all: at_least_one(place, dhcp.answers_per_second.as_ref(), limits.in_all)?,
        },
    };
    Ok(Config {
        interfaces,
        address,
        user: file.user.map(Spanned::into_inner),
        group: file.group.map(Spanned::into_inner),
        chroot: path(place, file.chroot.as_ref())?,
        pid_file: path(place, file.pid_file.as_ref())?,
        log_file: path(place, file.log_file.as_ref())?,
        socket: Socket {
            is_default: file.socket.is_none(),
            path: path(place, file.socket.as_ref())?.unwrap_or_else(|| SOCKET.into()),
        },
        tftp: tftp(place, &file.tftp)?,
        http: file
            .http
            .as_ref()
            .map(|http| self::http(place, http, &file.tftp.root))
            .transpose()?,
        dhcp: Dhcp {
            port: port(place, dhcp.port.as_ref(), 67)?,
            client_port: port(place, dhcp.client_port.as_ref(), 68)?,
            boot_server_port: port(place, dhcp.boot_server_port.as_ref(), 4011)?,
            listen: listen(place, dhcp.listen.as_ref())?,
            share_port: share_port(place, dhcp.share_port.as_ref(), mode)?,
            conflict_probe: dhcp.conflict_probe,
            leases: dhcp
                .leases
                .map_or_else(|| LEASES.into(), |path| path.into_inner().into()),
        },
        settings,
        on_interface,
    })
}

fn interfaces(place: &Place<'_>, file: &raw::File) -> Result<Vec<String>> {
    let names: Vec<&Spanned<String>> = match (&file.interface, &file.interfaces) {
        (Some(one), None) => vec![one],
        (None, Some(several)) if !several.get_ref().is_empty() => {
            several.get_ref().iter().collect()
        }
        (None, Some(several)) => {
            return Err(place
                .error(&several.span(), "no interface is named")
                .hint("`ip -brief address` lists the interfaces of this machine"));
        }
        (Some(one), Some(_)) => {
            return Err(place
                .error(&one.span(), "`interface` and `interfaces` are both given")
                .hint("keep one of them"));
        }
        (None, None) => {
            return Err(place.whole("`interface` is missing").hint(
                "name the network card to serve: `interface = \"eth0\"`; `ip -brief address` lists them",
            ));
        }
    };
    names
        .into_iter()
        .map(|name| {
            // IFNAMSIZ with its NUL.
            if name.get_ref().is_empty() || name.get_ref().len() > 15 {
                return Err(place
                    .error(&name.span(), "not the name of an interface")
                    .hint("`ip -brief address` lists the interfaces of this machine"));
            }
            Ok(name.get_ref().clone())
        })
        .collect()
}

/// Without a word about it, boot files are offered beside the DHCP server
/// that is there, which takes nothing from anybody; addresses are given only
/// when asked for in so many words.
fn mode(
    place: &Place<'_>,
    mode: Option<&Spanned<String>>,
    boot: &BootTable,
    rules: &[Rule],
) -> Result<Mode> {
    const NAMES: &[&str] = &["proxy", "full", "off"];
    let Some(mode) = mode else {
        let offers = !boot.is_empty() || rules.iter().any(|rule| !rule.then.boot.is_empty());
        return Ok(if offers { Mode::Proxy } else { Mode::Off });
    };
    match mode.get_ref().as_str() {
        "proxy" => Ok(Mode::Proxy),
        "full" => Ok(Mode::Full),
        "off" => Ok(Mode::Off),
        other => Err(unknown(place, mode, other, "mode", NAMES)),
    }
}

/// Two servers of addresses on one host are two answers to every client.
fn share_port(place: &Place<'_>, raw: Option<&Spanned<bool>>, mode: Mode) -> Result<bool> {
    match raw {
        Some(share) if *share.get_ref() && mode == Mode::Full => Err(place
            .error(&share.span(), "mode `full` needs the DHCP port for itself")
            .hint("stop the other server, or use `mode = \"proxy\"` beside it")),
        Some(share) => Ok(*share.get_ref()),
        None => Ok(false),
    }
}

fn manner(place: &Place<'_>, manner: Option<&Spanned<String>>) -> Result<Manner> {
    match manner.map(|manner| (manner, manner.get_ref().as_str())) {
        None | Some((_, "direct")) => Ok(Manner::Direct),
        Some((_, "wds")) => Ok(Manner::Wds),
        Some((span, other)) => Err(unknown(place, span, other, "manner", &["direct", "wds"])),
    }
}

fn http(place: &Place<'_>, raw: &raw::Http, tftp: &Spanned<String>) -> Result<Http> {
    Ok(Http {
        // The same files by either way, unless told.
        root: raw.root.as_ref().unwrap_or(tftp).get_ref().into(),
        port: port(place, raw.port.as_ref(), 80)?,
        listen: listen(place, raw.listen.as_ref())?,
        status: raw.status,
        status_from: match &raw.status_from {
            Some(from) if !raw.status => {
                return Err(place
                    .error(
                        &from.span(),
                        "who may see the status is said, but there is none",
                    )
                    .hint("add `status = true`"));
            }
            Some(from) => networks(place, from.get_ref())?,
            None => Vec::new(),
        },
    })
}

/// Networks and single addresses, as first and last address.
pub(super) fn networks(
    place: &Place<'_>,
    raw: &[Spanned<String>],
) -> Result<Vec<(Ipv4Addr, Ipv4Addr)>> {
    raw.iter()
        .map(|text| {
            let network = if text.get_ref().contains('/') {
                parse(place, text)?
            } else {
                Network::of(parse(place, text)?, 32)
            };
            Ok((network.address(), network.broadcast()))
        })
        .collect()
}

fn rule(place: &Place<'_>, index: usize, raw: &Spanned<raw::Client>) -> Result<Rule> {
    let client = raw.get_ref();
    let architectures = match &client.arch {
        None => Vec::new(),
        Some(name) => match Architecture::selected_by(name.get_ref()) {
            Some(selected) => selected.to_vec(),
            None => {
                let error = place.error(
                    &name.span(),
                    format!("unknown architecture `{}`", name.get_ref()),
                );
                let names: Vec<&str> = arch::TABLE.iter().map(|row| row.name).collect();
                return Err(nearest_hint(error, name.get_ref(), &names));
            }
        },
    };
    let uuid = match &client.uuid {
        None => None,
        Some(text) => Some(
            options::hex(text.get_ref())
                .and_then(|bytes| <[u8; 16]>::try_from(bytes).ok())
                .ok_or_else(|| {
                    place
                        .error(&text.span(), "not a UUID")
                        .hint("write it as 01020304-0506-0708-090a-0b0c0d0e0f10")
                })?,
        ),
    };
    let pattern =
        |text: &Option<Spanned<String>>| text.as_ref().map(|text| Pattern::new(text.get_ref()));
    let when = Match {
        mac: mac_pattern(place, client.mac.as_ref())?,
        uuid,
        vendor_class: pattern(&client.vendor_class),
        user_class: pattern(&client.user_class),
        architectures,
        relay: opt(place, client.relay.as_ref())?,
        subnet: opt(place, client.subnet.as_ref())?,
    };
    if client.ignore && (client.boot.is_some() || client.address.is_some() || client.local_disk) {
        return Err(place
            .error(
                &raw.span(),
                "a client that is ignored gets nothing, but this rule gives it something",
            )
            .hint("remove `ignore` or the rest"));
    }
    let mut fields = fields(place, client.fields.as_ref())?;
    fields.nul = client.nul.unwrap_or(true);
    Ok(Rule {
        name: client
            .name
            .clone()
            .unwrap_or_else(|| format!("client {}", index + 1)),
        when,
        then: Treatment {
            ignore: client.ignore,
            local_disk: client.local_disk,
            boot: boot_table(place, client.boot.as_ref())?,
            address: opt(place, client.address.as_ref())?,
            options: option_list(place, &client.options)?,
            fields,
            once: client.once,
        },
    })
}

/// Hardware addresses in any of the usual spellings; `*` for the rest.
fn mac_pattern(place: &Place<'_>, raw: Option<&Spanned<String>>) -> Result<Option<Pattern>> {
    let Some(raw) = raw else { return Ok(None) };
    let text = raw.get_ref().to_ascii_lowercase().replace('-', ":");
    if text.is_empty()
        || !text
            .chars()
            .all(|c| c.is_ascii_hexdigit() || c == ':' || c == '*')
    {
        return Err(place
            .error(&raw.span(), "not a hardware address")
            .hint("write it as 52:54:00:12:34:56, with `*` for any rest: 52:54:00:*"));
    }
    Ok(Some(Pattern::new(&text)))
}

fn fields(place: &Place<'_>, raw: Option<&Vec<Spanned<String>>>) -> Result<Fields> {
    const NAMES: &[&str] = &["siaddr", "sname", "file", "66", "67"];
    let Some(raw) = raw else {
        return Ok(Fields::default());
    };
    let mut fields = Fields {
        siaddr: false,
        sname: false,
        file: false,
        option_66: false,
        option_67: false,
        nul: true,
    };
    for name in raw {
        match name.get_ref().as_str() {
            "siaddr" => fields.siaddr = true,
            "sname" => fields.sname = true,
            "file" => fields.file = true,
            "66" => fields.option_66 = true,
            "67" => fields.option_67 = true,
            other => return Err(unknown(place, name, other, "field", NAMES)),
        }
    }
    Ok(fields)
}

/// The path of a file or folder that a service keeps.
pub(super) fn path(place: &Place<'_>, raw: Option<&Spanned<String>>) -> Result<Option<PathBuf>> {
    let Some(text) = raw else { return Ok(None) };
    let path = PathBuf::from(text.get_ref());
    // Where a service is started from is an accident.
    if !path.is_absolute() {
        return Err(place
            .error(
                &text.span(),
                format!("`{}` is not an absolute path", path.display()),
            )
            .hint("begin it with `/`"));
    }
    Ok(Some(path))
}

pub(super) fn listen(place: &Place<'_>, raw: Option<&Spanned<String>>) -> Result<Ipv4Addr> {
    Ok(opt(place, raw)?.unwrap_or(Ipv4Addr::UNSPECIFIED))
}

pub(super) fn port(place: &Place<'_>, raw: Option<&Spanned<u16>>, default: u16) -> Result<u16> {
    match raw {
        None => Ok(default),
        Some(port) if *port.get_ref() == 0 => Err(place
            .error(&port.span(), "port 0 does not exist")
            .hint("use a port from 1 to 65535")),
        Some(port) => Ok(*port.get_ref()),
    }
}

pub(super) fn at_least_one(
    place: &Place<'_>,
    raw: Option<&Spanned<u32>>,
    default: u32,
) -> Result<u32> {
    match raw {
        None => Ok(default),
        Some(number) if *number.get_ref() == 0 => Err(place
            .error(&number.span(), "0 would answer nobody")
            .hint("leave the line out")),
        Some(number) => Ok(*number.get_ref()),
    }
}

pub(super) fn opt<T: FromStr<Err: std::fmt::Display>>(
    place: &Place<'_>,
    raw: Option<&Spanned<String>>,
) -> Result<Option<T>> {
    raw.map(|text| parse(place, text)).transpose()
}

pub(super) fn parse<T: FromStr<Err: std::fmt::Display>>(
    place: &Place<'_>,
    text: &Spanned<String>,
) -> Result<T> {
    text.get_ref().parse().map_err(|error| {
        place
            .error(
                &text.span(),
                format!("`{}`: {error}", text.get_ref().escape_debug()),
            )
            .hint("addresses are written as 10.0.0.5, networks as 10.0.0.0/24")
    })
}

pub(super) fn unknown(
    place: &Place<'_>,
    at: &Spanned<String>,
    value: &str,
    what: &str,
    valid: &[&str],
) -> Error {
    nearest_hint(
        place.error(
            &at.span(),
            format!("unknown {what} `{}`", value.escape_debug()),
        ),
        value,
        valid,
    )
}
