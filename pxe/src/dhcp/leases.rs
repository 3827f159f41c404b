//! Which client has which address, in memory. What must survive a restart is
//! given back as [`Change`]s; the caller makes them durable before it sends
//! the answer that rests on them.
//!
//! A client that only asked (an OFFER) holds its address softly: the first
//! REQUEST wins, so a flood of DISCOVERs takes nothing from anybody.

use std::collections::{BTreeSet, HashMap};
use std::net::Ipv4Addr;

use super::client::ClientKey;
use super::settings::Subnet;
use crate::wire::dhcp::HardwareAddress;

/// How long an offered address is held for its client.
pub const OFFER_SECONDS: u64 = 60;
/// How long an address that a client found in use is left alone.
pub const DECLINE_SECONDS: u64 = 3600;

/// What an address is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Offered, not asked for yet. Not durable.
    Offered,
    /// Lent.
    Bound,
    /// Given back; remembered so that its client gets it again.
    Released,
    /// A client found somebody else using it.
    Declined,
}

/// An address and its client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The address.
    pub address: Ipv4Addr,
    /// Its client.
    pub key: ClientKey,
    /// The client's hardware address.
    pub mac: HardwareAddress,
    /// What the address is to us.
    pub state: State,
    /// Until when, in seconds of Unix time.
    pub until: u64,
}

/// Something that must be durable before the answer leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The newest word about an address.
    Lease(Lease),
    /// A rule for one boot began to count for this client.
    Once {
        /// The rule's name.
        rule: String,
        /// The client.
        mac: HardwareAddress,
        /// When its first answer went out.
        at: u64,
    },
}

/// The table.
#[derive(Debug, Default)]
pub struct Leases {
    by_address: HashMap<u32, Lease>,
    by_client: HashMap<ClientKey, u32>,
    /// Ends of every entry, the earliest first.
    ends: BTreeSet<(u64, u32)>,
    /// The next address never used, by the first address of each range.
    fresh: HashMap<u32, u32>,
}

impl Leases {
    /// Puts an entry in, in place of what was known about its address.
    pub fn put(&mut self, lease: Lease) {
        let address = u32::from(lease.address);
        self.take(address);
        self.ends.insert((lease.until, address));
        self.by_client.insert(lease.key.clone(), address);
        self.by_address.insert(address, lease);
    }

    fn take(&mut self, address: u32) {
        if let Some(old) = self.by_address.remove(&address) {
            self.ends.remove(&(old.until, address));
            if self.by_client.get(&old.key) == Some(&address) {
                self.by_client.remove(&old.key);
            }
        }
    }

    /// What is known about an address.
    pub fn at(&self, address: Ipv4Addr) -> Option<&Lease> {
        self.by_address.get(&u32::from(address))
    }

    /// What is known about a client: the address it had last.
    pub fn of(&self, key: &ClientKey) -> Option<&Lease> {
        self.by_address.get(self.by_client.get(key)?)
    }

    /// All entries.
    pub fn iter(&self) -> impl Iterator<Item = &Lease> {
        self.by_address.values()
    }

    /// Those that are lent now, of a client or of an address.
    pub fn lent(&self, now: u64) -> impl Iterator<Item = &Lease> {
        self.by_address
            .values()
            .filter(move |lease| lease.state == State::Bound && lease.until > now)
    }

    /// Takes back what is lent and fits, as if its client had released it;
    /// gives what must be durable.
    pub fn take_back(&mut self, fits: impl Fn(&Lease) -> bool, now: u64) -> Vec<Lease> {
        let found: Vec<Lease> = self
            .lent(now)
            .filter(|lease| fits(lease))
            .cloned()
            .collect();
        found
            .into_iter()
            .map(|lease| self.give_back(lease, now))
            .collect()
    }

    /// Free, and remembered for the same client.
    pub(super) fn give_back(&mut self, mut lease: Lease, now: u64) -> Lease {
        lease.state = State::Released;
        lease.until = now;
        self.put(lease.clone());
        lease
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.by_address.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.by_address.is_empty()
    }

    /// Whether somebody else than this client has a right to the address.
    pub fn taken(&self, address: Ipv4Addr, key: &ClientKey, now: u64) -> bool {
        self.at(address).is_some_and(|lease| match lease.state {
            State::Bound => lease.key != *key && lease.until > now,
            State::Declined => lease.until > now,
            State::Offered | State::Released => false,
        })
    }

    /// An address for a client in a subnet: the one it has or had, the one it
    /// asks for, one never used, the one whose lease ended longest ago, and
    /// at last one that is held for a mere DISCOVER.
    pub fn choose(
        &mut self,
        subnet: &Subnet,
        key: &ClientKey,
        wanted: Option<Ipv4Addr>,
        reserved: impl Fn(Ipv4Addr) -> bool,
        now: u64,
    ) -> Option<Ipv4Addr> {
        let own = self.of(key).map(|lease| lease.address);
        for candidate in [own, wanted].into_iter().flatten() {
            let held_for_other = self.at(candidate).is_some_and(|lease| {
                lease.key != *key && lease.state == State::Offered && lease.until > now
            });
            if subnet.in_range(candidate.into())
                && !held_for_other
                && !self.taken(candidate, key, now)
                && !reserved(candidate)
            {
                return Some(candidate);
            }
        }
        if let Some(address) = self.fresh(subnet, &reserved) {
            return Some(address);
        }
        let ended = self
            .ends
            .iter()
            .take_while(|(end, _)| *end <= now)
            .find_map(|(_, address)| {
                let candidate = Ipv4Addr::from(*address);
                (subnet.in_range(*address) && !reserved(candidate)).then_some(candidate)
            });
        ended.or_else(|| {
            // Offers end soon, so the oldest stands near the front.
            self.ends.iter().take(64).find_map(|(_, address)| {
                let lease = self.by_address.get(address)?;
                let usable = lease.state == State::Offered
                    && subnet.in_range(*address)
                    && !reserved(lease.address);
                usable.then_some(lease.address)
            })
        })
    }

    fn fresh(&mut self, subnet: &Subnet, reserved: impl Fn(Ipv4Addr) -> bool) -> Option<Ipv4Addr> {
        for range in &subnet.ranges {
            let next = self.fresh.entry(range.first).or_insert(range.first);
            while *next <= range.last {
                let candidate = *next;
                // The last of all addresses has no next one.
                let Some(following) = candidate.checked_add(1) else {
                    break;
                };
                *next = following;
                let address = Ipv4Addr::from(candidate);
                let edge = address == subnet.network.broadcast();
                if !edge && !self.by_address.contains_key(&candidate) && !reserved(address) {
                    return Some(address);
                }
            }
        }
        None
    }

    /// Forgets addresses handed out of a range before, as after a reload
    /// that changed the ranges: they are looked at again.
    pub fn rescan(&mut self) {
        self.fresh.clear();
    }
}

#[cfg(test)]
#[path = "leases/tests.rs"]
mod tests;
