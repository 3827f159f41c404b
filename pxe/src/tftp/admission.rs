//! How many transfers there may be, per client and in all.

use std::collections::HashMap;
use std::net::IpAddr;

/// The bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Transfers of one address.
    pub per_client: u32,
    /// Transfers in all.
    pub in_all: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            per_client: 32,
            in_all: 1024,
        }
    }
}

/// The transfers that are under way.
#[derive(Debug, Default)]
pub struct Admission {
    clients: HashMap<IpAddr, u32>,
    total: u32,
}

impl Admission {
    /// Counts a new transfer, unless it is one too many.
    #[must_use]
    pub fn enter(&mut self, client: IpAddr, bounds: Bounds) -> bool {
        let own = self.clients.get(&client).copied().unwrap_or(0);
        if self.total >= bounds.in_all || own >= bounds.per_client {
            return false;
        }
        self.clients.insert(client, own + 1);
        self.total += 1;
        true
    }

    /// Counts the end of a transfer that was let in.
    pub fn leave(&mut self, client: IpAddr) {
        if let Some(own) = self.clients.get_mut(&client) {
            *own -= 1;
            self.total -= 1;
            if *own == 0 {
                self.clients.remove(&client);
            }
        }
    }

    /// How many there are.
    pub fn total(&self) -> u32 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn one_client_cannot_take_the_places_of_all() {
        let bounds = Bounds {
            per_client: 2,
            in_all: 3,
        };
        let client = |last| IpAddr::from(Ipv4Addr::new(10, 0, 0, last));
        let mut admission = Admission::default();
        assert!(admission.enter(client(1), bounds));
        assert!(admission.enter(client(1), bounds));
        assert!(!admission.enter(client(1), bounds));
        assert!(admission.enter(client(2), bounds));
        assert!(!admission.enter(client(3), bounds));
        admission.leave(client(1));
        assert!(admission.enter(client(3), bounds));
        admission.leave(client(9));
        for last in [1, 2, 3] {
            admission.leave(client(last));
        }
        assert_eq!(admission.total(), 0);
        assert!(admission.clients.is_empty());
    }
}
