//! IPv4 networks and address ranges.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

/// An IPv4 network, as `10.0.1.0/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    address: u32,
    prefix: u8,
}

impl Network {
    /// The network that this address lies in; `prefix` is at most 32.
    pub fn of(address: Ipv4Addr, prefix: u8) -> Network {
        let prefix = prefix.min(32);
        let mut network = Network { address: 0, prefix };
        network.address = u32::from(address) & u32::from(network.mask());
        network
    }

    /// Its first address.
    pub fn address(self) -> Ipv4Addr {
        Ipv4Addr::from(self.address)
    }

    /// The netmask.
    pub fn mask(self) -> Ipv4Addr {
        Ipv4Addr::from(
            u32::MAX
                .checked_shl(32 - u32::from(self.prefix))
                .unwrap_or(0),
        )
    }

    /// The broadcast address.
    pub fn broadcast(self) -> Ipv4Addr {
        Ipv4Addr::from(self.address | !u32::from(self.mask()))
    }

    /// Whether the address lies in it.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        u32::from(address) & u32::from(self.mask()) == self.address
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.address), self.prefix)
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected a network such as 10.0.1.0/24";
        let (address, prefix) = text.split_once('/').ok_or(EXPECTED)?;
        let address: Ipv4Addr = address.trim().parse().map_err(|_| EXPECTED)?;
        let prefix: u8 = prefix.trim().parse().map_err(|_| EXPECTED)?;
        if prefix > 32 {
            return Err("the prefix length is at most 32");
        }
        let network = Network::of(address, prefix);
        if network.address != u32::from(address) {
            return Err("the address has bits beyond the prefix length");
        }
        Ok(network)
    }
}

/// Addresses from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first address.
    pub first: u32,
    /// The last address, not before the first.
    pub last: u32,
}

impl Range {
    /// Whether the address lies in it.
    pub fn contains(self, address: u32) -> bool {
        (self.first..=self.last).contains(&address)
    }

    /// How many addresses it has.
    pub fn len(self) -> u64 {
        u64::from(self.last - self.first) + 1
    }

    /// A range always has an address.
    pub fn is_empty(self) -> bool {
        false
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{}",
            Ipv4Addr::from(self.first),
            Ipv4Addr::from(self.last)
        )
    }
}

impl FromStr for Range {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected a range such as 10.0.1.10-10.0.1.250";
        let (first, last) = text.split_once('-').ok_or(EXPECTED)?;
        let first: Ipv4Addr = first.trim().parse().map_err(|_| EXPECTED)?;
        let last: Ipv4Addr = last.trim().parse().map_err(|_| EXPECTED)?;
        if last < first {
            return Err("the range ends before it begins");
        }
        Ok(Range {
            first: first.into(),
            last: last.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_knows_its_addresses() {
        let network: Network = "10.0.1.0/24".parse().unwrap();
        assert_eq!(network.mask(), Ipv4Addr::new(255, 255, 255, 0));
        assert_eq!(network.broadcast(), Ipv4Addr::new(10, 0, 1, 255));
        assert!(network.contains(Ipv4Addr::new(10, 0, 1, 77)));
        assert!(!network.contains(Ipv4Addr::new(10, 0, 2, 77)));
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains(Ipv4Addr::BROADCAST));
        let one = Network::of(Ipv4Addr::new(10, 0, 0, 1), 32);
        assert_eq!(one.to_string(), "10.0.0.1/32");
    }

    #[test]
    fn what_is_no_network_or_range_is_refused() {
        for text in ["10.0.1.0", "10.0.1.0/33", "10.0.1.1/24", "x/8", "10.0.1.0/"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
        for text in ["10.0.1.1", "10.0.1.9-10.0.1.8", "a-b"] {
            assert!(text.parse::<Range>().is_err(), "{text}");
        }
        let range: Range = "10.0.1.8 - 10.0.1.9".parse().unwrap();
        assert_eq!(range.len(), 2);
    }
}
