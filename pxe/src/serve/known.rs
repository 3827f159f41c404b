//! Which machine is behind an address, learnt from DHCP, for the log of the
//! transfers. Bounded: the oldest half goes when there are too many.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};

use crate::dhcp::client::Client;

const MOST: usize = 20_000;

/// How many were learnt, and each with its place in that order.
type Machines = (u64, HashMap<Ipv4Addr, (u64, String)>);

/// The machines.
#[derive(Debug, Default)]
pub(super) struct Known {
    machines: Mutex<Machines>,
}

impl Known {
    /// Remembers who got an address.
    pub(super) fn learn(&self, address: Ipv4Addr, client: &Client) {
        if address.is_unspecified() {
            return;
        }
        let arch = client
            .architecture()
            .map_or_else(|| "-".to_owned(), |arch| arch.to_string());
        let text = format!("{} {arch}", client.mac);
        let mut machines = self.machines.lock().unwrap_or_else(PoisonError::into_inner);
        machines.0 += 1;
        let order = machines.0;
        machines.1.insert(address, (order, text));
        if machines.1.len() > MOST {
            let oldest_kept = order.saturating_sub(MOST as u64 / 2);
            machines.1.retain(|_, (order, _)| *order > oldest_kept);
        }
    }

    /// `mac architecture`, or `-` for an address nobody was seen with.
    pub(super) fn name(&self, address: Ipv4Addr) -> String {
        let machines = self.machines.lock().unwrap_or_else(PoisonError::into_inner);
        machines
            .1
            .get(&address)
            .map_or_else(|| "-".to_owned(), |(_, text)| text.clone())
    }
}
