//! Names to addresses, by the system's resolver: `/etc/hosts` counts.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

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

/// At most this many names are remembered.
const MOST_KNOWN: usize = 1024;

/// Looks names up. Each lookup takes a thread and reads files, and lists tend
/// to name the same host with many ports: what was found counts for the run.
#[derive(Debug, Default)]
pub struct Resolver {
    known: Mutex<HashMap<String, Arc<OnceCell<Vec<IpAddr>>>>>,
}

impl Resolver {
    /// The addresses of an endpoint, each once, in the resolver's order.
    ///
    /// # Errors
    /// When the name does not resolve, or to no address of the family.
    pub async fn resolve(
        &self,
        endpoint: &Endpoint,
        family: Family,
    ) -> Result<Vec<SocketAddr>, Failure> {
        let fits = |address: &IpAddr| match family {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        };
        let all = match &endpoint.host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => self.look_up(name).await?,
        };
        let found: Vec<SocketAddr> = all
            .into_iter()
            .filter(fits)
            .map(|address| SocketAddr::new(address, endpoint.port))
            .collect();
        if found.is_empty() {
            return Err(Failure::NoAddressOf(match family {
                Family::Any => "usable",
                Family::V4 => "IPv4",
                Family::V6 => "IPv6",
            }));
        }
        Ok(found)
    }

    /// Every address of a name; those who ask meanwhile wait for the answer.
    async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, Failure> {
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            match known.get(name) {
                Some(cell) => Arc::clone(cell),
                None => {
                    let cell = Arc::default();
                    if known.len() < MOST_KNOWN {
                        known.insert(name.to_owned(), Arc::clone(&cell));
                    }
                    cell
                }
            }
        };
        // A failure is not remembered: a retry asks again.
        let found = cell.get_or_try_init(|| ask_system(name)).await?;
        Ok(found.clone())
    }
}

async fn ask_system(name: &str) -> Result<Vec<IpAddr>, Failure> {
    let mut found = Vec::new();
    let answers = tokio::net::lookup_host((name, 0))
        .await
        .map_err(|error| Failure::Dns(cause(&error)))?;
    for answer in answers {
        if !found.contains(&answer.ip()) && found.len() < MOST {
            found.push(answer.ip());
        }
    }
    Ok(found)
}

/// The resolver's words without the prefix that the library adds.
fn cause(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("failed to lookup address information: ")
        .unwrap_or(&text)
        .to_lowercase()
}
