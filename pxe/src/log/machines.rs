//! Which machine is behind an address, learnt from DHCP. Bounded: the oldest
//! half goes when there are too many.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};

use crate::wire::arch::Architecture;
use crate::wire::dhcp::HardwareAddress;

const MOST: usize = 20_000;

/// A machine as DHCP saw it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Machine {
    /// Its hardware address.
    pub mac: HardwareAddress,
    /// What it said it is.
    pub arch: Option<Architecture>,
    /// The rule that answered it.
    pub rule: Option<String>,
}

/// How a line names a machine: `-` for what is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The hardware address.
    pub mac: String,
    /// The architecture.
    pub arch: String,
    /// The rule.
    pub rule: String,
}

impl Machine {
    /// As a line of the log shows it.
    pub(crate) fn shown(&self) -> Shown {
        Shown {
            mac: self.mac.to_string(),
            arch: self.arch.map_or_else(unknown, |arch| arch.to_string()),
            rule: self.rule.clone().unwrap_or_else(unknown),
        }
    }
}

fn unknown() -> String {
    "-".to_owned()
}

/// How many were learnt, and each with its place in that order.
type ByAddress = (u64, HashMap<Ipv4Addr, (u64, Machine)>);

/// The machines.
#[derive(Debug, Default)]
pub(crate) struct Machines(Mutex<ByAddress>);

impl Machines {
    /// Remembers who has an address. It is what a packet said, which anybody
    /// can write: good for a log, never for a decision.
    pub(crate) fn learn(&self, address: Ipv4Addr, machine: Machine) {
        if address.is_unspecified() || address.is_broadcast() {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.0 += 1;
        let order = known.0;
        known.1.insert(address, (order, machine));
        if known.1.len() > MOST {
            let oldest_kept = order.saturating_sub(MOST as u64 / 2);
            known.1.retain(|_, (order, _)| *order > oldest_kept);
        }
    }

    /// Who is behind an address, as far as it is known.
    pub(crate) fn at(&self, address: IpAddr) -> Shown {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let machine = match address {
            IpAddr::V4(address) => known.1.get(&address),
            IpAddr::V6(_) => None,
        };
        machine.map_or_else(
            || Shown {
                mac: unknown(),
                arch: unknown(),
                rule: unknown(),
            },
            |(_, machine)| machine.shown(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(number: u32) -> Machine {
        Machine {
            mac: HardwareAddress::new(&number.to_be_bytes()),
            arch: Some(Architecture(7)),
            rule: None,
        }
    }

    #[test]
    fn an_address_names_the_machine_that_had_it_last() {
        let machines = Machines::default();
        let address = Ipv4Addr::new(10, 0, 0, 1);
        machines.learn(address, machine(1));
        machines.learn(address, machine(2));
        let shown = machines.at(address.into());
        assert_eq!(shown.mac, "00:00:00:02");
        assert_eq!(shown.arch, Architecture(7).to_string());
        assert_eq!(shown.rule, "-");
        assert_eq!(machines.at(Ipv4Addr::LOCALHOST.into()).mac, "-");
    }

    #[test]
    fn any_number_of_machines_takes_a_bounded_place_and_the_newest_stay() {
        let machines = Machines::default();
        for number in 0..100_000_u32 {
            machines.learn(Ipv4Addr::from(0x0a00_0001 + number), machine(number));
        }
        assert!(machines.0.lock().unwrap().1.len() <= MOST);
        let newest = Ipv4Addr::from(0x0a00_0001 + 99_999);
        assert_ne!(machines.at(newest.into()).mac, "-");
    }
}
