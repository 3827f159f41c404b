//! Which way a connection goes: direct or through a proxy.

use std::fmt;
use std::net::IpAddr;

use crate::target::Host;

/// A proxy and the hosts that bypass it.
#[derive(Clone)]
pub struct Proxy {
    url: reqwest::Url,
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
    /// Reads `http://host:port` or `https://host:port`, the scheme optional.
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
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "a proxy is reached by http or https, not by {}",
                url.scheme()
            ));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err("the proxy's host is missing".into());
        }
        Ok(Proxy { url, bypass })
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
