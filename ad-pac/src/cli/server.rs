//! Which server: as the user names it, as DNS and as referrals do.

use std::net::Ipv6Addr;

use crate::error::{Error, Kind, Result};
use crate::ldap::referral;
use crate::session::LDAP_PORT;

/// A host, and a port where one was named.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

impl Server {
    /// Reads `--server`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (host, port) = split(text).ok_or_else(|| {
            Error::new(
                Kind::Usage,
                format!("--server {text}"),
                "not HOST or HOST:PORT",
            )
            .hint("write it like dc1.example.com, dc1.example.com:636 or [2001:db8::1]:636")
        })?;
        Ok(Server {
            host: host.to_owned(),
            port,
        })
    }

    /// A host that DNS named.
    pub(super) fn of_host(host: String) -> Self {
        Server { host, port: None }
    }

    /// The server in a referral (RFC 4516). Its port counts where it is not
    /// that of plain LDAP, which is what referrals say by default.
    pub(super) fn of_url(url: &str) -> Option<Self> {
        let (host, port) = split(referral::server(url)?)?;
        Some(Server {
            host: host.to_owned(),
            port: port.filter(|port| *port != LDAP_PORT),
        })
    }
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`
fn split(server: &str) -> Option<(&str, Option<u16>)> {
    if server.parse::<Ipv6Addr>().is_ok() {
        return Some((server, None));
    }
    let (host, port) = if let Some(rest) = server.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        (
            host,
            rest.strip_prefix(':')
                .map_or(rest.is_empty().then_some(None), |port| Some(Some(port)))?,
        )
    } else {
        match server.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (server, None),
        }
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if host.is_empty() || host.len() > 255 || !host.chars().all(plain) {
        return None;
    }
    match port {
        None => Some((host, None)),
        Some(port) => {
            let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
            Some((host, Some(port)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_split_into_host_and_port() {
        assert_eq!(split("dc1.lab.test"), Some(("dc1.lab.test", None)));
        assert_eq!(split("dc1:636"), Some(("dc1", Some(636))));
        assert_eq!(split("[::1]:636"), Some(("::1", Some(636))));
        assert_eq!(split("[::1]"), Some(("::1", None)));
        assert_eq!(split("2001:db8::1"), Some(("2001:db8::1", None)));
        for wrong in [
            "",
            ":636",
            "dc1:",
            "dc1:0",
            "dc1:65536",
            "dc1/x",
            "[::1",
            "[::1]636",
            "a b",
        ] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
