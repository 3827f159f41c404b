//! Names to addresses, by the system's resolver: `/etc/hosts` counts.

use std::net::{IpAddr, SocketAddr};

use crate::diagnosis::Failure;
use crate::target::{Endpoint, Host};

/// Which addresses are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// Whatever the resolver gives, in its order.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

/// At most this many addresses of a name are used.
const MOST: usize = 64;

/// The addresses of an endpoint, each once, in the resolver's order.
///
/// # Errors
/// When the name does not resolve, or to no address of the family.
pub async fn resolve(endpoint: &Endpoint, family: Family) -> Result<Vec<SocketAddr>, Failure> {
    let all: Vec<SocketAddr> = match &endpoint.host {
        Host::Address(address) => vec![SocketAddr::new(*address, endpoint.port)],
        Host::Name(name) => tokio::net::lookup_host((name.as_str(), endpoint.port))
            .await
            .map_err(|error| Failure::Dns(cause(&error)))?
            .collect(),
    };
    let mut wanted: Vec<SocketAddr> = Vec::new();
    for address in all {
        let fits = match family {
            Family::Any => true,
            Family::V4 => matches!(address.ip(), IpAddr::V4(_)),
            Family::V6 => matches!(address.ip(), IpAddr::V6(_)),
        };
        if fits && !wanted.contains(&address) && wanted.len() < MOST {
            wanted.push(address);
        }
    }
    if wanted.is_empty() {
        return Err(Failure::NoAddressOf(match family {
            Family::Any => "usable",
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        }));
    }
    Ok(wanted)
}

/// The resolver's words without the prefix that the library adds.
fn cause(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("failed to lookup address information: ")
        .unwrap_or(&text)
        .to_lowercase()
}
