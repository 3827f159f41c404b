//! Host names and addresses.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use rustls_pki_types::ServerName;

/// A DNS name or an IP address. Names are held in the ASCII form that
/// certificates and the DNS use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A DNS name in lower-case ASCII (A-labels), without the final dot.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl Host {
    /// Reads a name or an address; a name in Unicode is put into its A-labels.
    ///
    /// # Errors
    /// Says in lower case what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the host is missing".into());
        }
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(inside) = bare {
            return inside
                .parse::<Ipv6Addr>()
                .map(|address| Host::Address(address.into()))
                .map_err(|_| format!("`{}` is not an IPv6 address", inside.escape_debug()));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Host::Address(address));
        }
        let quoted = text.escape_debug();
        // One final dot marks a name as complete and is no part of the
        // identity (RFC 6066 section 3 has the SNI without it).
        let name = text.strip_suffix('.').unwrap_or(text);
        let ascii =
            idna::domain_to_ascii(name).map_err(|_| format!("`{quoted}` is not a host name"))?;
        // 127.1 or 0x7f.0.0.1: what the resolver would take for an address,
        // and nobody means as a name.
        if ascii
            .rsplit('.')
            .next()
            .is_some_and(|label| label.chars().all(|c| c.is_ascii_digit()) || is_hex_number(label))
        {
            return Err(format!("`{quoted}` is neither a host name nor an address"));
        }
        match ServerName::try_from(ascii.as_str()) {
            Ok(ServerName::DnsName(_)) => {}
            _ => return Err(format!("`{quoted}` is not a host name")),
        }
        Ok(Host::Name(ascii))
    }

    /// The form that rustls verifies.
    pub fn server_name(&self) -> ServerName<'static> {
        match self {
            Host::Address(address) => ServerName::IpAddress((*address).into()),
            Host::Name(name) => ServerName::try_from(name.clone()).unwrap_or_else(|_| {
                unreachable!("`parse` took only what is a server name: {name}")
            }),
        }
    }

    /// The form that stands in a URL.
    pub fn in_url(&self) -> String {
        match self {
            Host::Address(IpAddr::V6(address)) => format!("[{address}]"),
            Host::Address(IpAddr::V4(address)) => address.to_string(),
            Host::Name(name) => name.clone(),
        }
    }

    /// The name in Unicode, when that differs.
    pub fn unicode(&self) -> Option<String> {
        match self {
            Host::Name(name) => unicode(name),
            Host::Address(_) => None,
        }
    }

    /// The address, when it is one.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Host::Address(address) => Some(*address),
            Host::Name(_) => None,
        }
    }
}

impl fmt::Display for Host {
    /// An internationalised name in both forms, so that look-alikes show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Address(address) => write!(f, "{address}"),
            Host::Name(name) => match unicode(name) {
                Some(unicode) => write!(f, "{name} ({unicode})"),
                None => f.write_str(name),
            },
        }
    }
}

fn is_hex_number(label: &str) -> bool {
    label
        .strip_prefix("0x")
        .is_some_and(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()))
}

fn unicode(name: &str) -> Option<String> {
    if !name.split('.').any(|label| label.starts_with("xn--")) {
        return None;
    }
    let (unicode, result) = idna::domain_to_unicode(name);
    (result.is_ok() && unicode != name).then_some(unicode)
}

/// A host with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The host.
    pub host: Host,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// Reads `host:port`.
    ///
    /// # Errors
    /// Says in lower case what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (host, port) = split_port(text)?;
        Ok(Endpoint {
            host: Host::parse(host)?,
            port: port.ok_or("the port is missing, as in host:443")?,
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host.in_url(), self.port)
    }
}

/// Splits `host[:port]`; an IPv6 address with a port stands in brackets.
pub(super) fn split_port(text: &str) -> Result<(&str, Option<u16>), String> {
    let (host, port) = if let Some(end) = text.find(']') {
        match text[end + 1..].strip_prefix(':') {
            Some(port) => (&text[..=end], Some(port)),
            None if end + 1 == text.len() => (text, None),
            None => return Err(format!("`{}` is not host:port", text.escape_debug())),
        }
    } else {
        match text.split_once(':') {
            // More than one colon and no brackets: an IPv6 address alone.
            Some((_, rest)) if rest.contains(':') => (text, None),
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let port = match port {
        None => None,
        Some(port) => match port.parse::<u16>() {
            Ok(number) if number != 0 && port.bytes().all(|b| b.is_ascii_digit()) => Some(number),
            _ => return Err(format!("`{}` is not a port", port.escape_debug())),
        },
    };
    Ok((host, port))
}
