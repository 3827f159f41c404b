//! Which way a connection goes: direct or through a proxy.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;

use crate::target::{Endpoint, Host};

/// A proxy and the hosts that bypass it.
#[derive(Clone)]
pub struct Proxy {
    url: reqwest::Url,
    endpoint: Endpoint,
    bypass: NoProxy,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may carry a password.
        f.debug_struct("Proxy")
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

impl Proxy {
    /// Reads `http://host:port`, the scheme optional.
    ///
    /// # Errors
    /// Says in lower case what is wrong, without repeating a password.
    pub fn parse(text: &str, bypass: NoProxy) -> Result<Self, String> {
        let whole = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let url =
            reqwest::Url::parse(&whole).map_err(|error| format!("not a proxy URL: {error}"))?;
        // A proxy behind TLS would have to be verified by its own name, with
        // the verifier that waits for the target's.
        if url.scheme() != "http" {
            return Err(format!(
                "a proxy is spoken to in HTTP, not by {}",
                url.scheme()
            ));
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or("the proxy's host is missing")?;
        let endpoint = Endpoint {
            host: Host::parse(host.trim_start_matches('[').trim_end_matches(']'))?,
            port: url.port_or_known_default().unwrap_or(80),
        };
        Ok(Proxy {
            url,
            endpoint,
            bypass,
        })
    }

    /// Whether the URL carries a user name or password.
    pub fn has_credentials(&self) -> bool {
        !self.url.username().is_empty() || self.url.password().is_some()
    }

    /// Whether a connection to `host` goes through it.
    pub fn covers(&self, host: &Host) -> bool {
        !self.bypass.matches(host)
    }

    pub(super) fn url(&self) -> reqwest::Url {
        self.url.clone()
    }

    /// Where it listens.
    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What it is told of the user (RFC 7617), if the URL names one.
    pub(super) fn authorization(&self) -> Option<String> {
        if !self.has_credentials() {
            return None;
        }
        let decoded = |part: &str| percent_decode_str(part).collect::<Vec<u8>>();
        let mut pair = decoded(self.url.username());
        pair.push(b':');
        pair.extend(decoded(self.url.password().unwrap_or_default()));
        Some(format!("Basic {}", BASE64_STANDARD.encode(pair)))
    }
}

/// The hosts of `NO_PROXY`: names, which cover their subdomains, addresses,
/// networks, or `*`.
#[derive(Debug, Clone, Default)]
pub struct NoProxy(Vec<String>);

impl NoProxy {
    /// Reads the comma-separated list.
    pub fn parse(text: &str) -> Self {
        NoProxy(
            text.split(',')
                .map(|entry| entry.trim().trim_start_matches('.').to_ascii_lowercase())
                .filter(|entry| !entry.is_empty())
                .collect(),
        )
    }

    fn matches(&self, host: &Host) -> bool {
        self.0.iter().any(|entry| match host {
            _ if entry == "*" => true,
            Host::Name(name) => {
                name == entry
                    || name
                        .strip_suffix(entry.as_str())
                        .is_some_and(|rest| rest.ends_with('.'))
            }
            Host::Address(address) => in_network(*address, entry),
        })
    }
}

fn in_network(address: IpAddr, entry: &str) -> bool {
    let (network, length) = match entry.split_once('/') {
        Some((network, length)) => match length.parse::<u32>() {
            Ok(length) => (network, Some(length)),
            Err(_) => return false,
        },
        None => (entry, None),
    };
    match (address, network.parse::<IpAddr>()) {
        (IpAddr::V4(address), Ok(IpAddr::V4(network))) => {
            let shift = 32_u32.saturating_sub(length.unwrap_or(32));
            let cut = |address: u32| u64::from(address) >> shift;
            cut(address.to_bits()) == cut(network.to_bits())
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(network))) => {
            let shift = 128_u32.saturating_sub(length.unwrap_or(128));
            let cut = |address: u128| address.checked_shr(shift).unwrap_or(0);
            cut(address.to_bits()) == cut(network.to_bits())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
