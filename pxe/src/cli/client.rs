//! The client that a command pretends to be, as arguments.

use std::str::FromStr as _;

use crate::wire::arch::{self, Architecture};
use crate::wire::dhcp::HardwareAddress;
use crate::wire::options;

/// A hardware address that no card has: locally administered.
pub(super) const PROBE: HardwareAddress =
    HardwareAddress::ethernet([0x02, 0x70, 0x78, 0x65, 0x00, 0x01]);

pub(super) fn architecture(text: &str) -> Result<Architecture, String> {
    if let Ok(code) = u16::from_str(text) {
        return Ok(Architecture(code));
    }
    Architecture::named(text).ok_or_else(|| {
        let names: Vec<&str> = arch::TABLE.iter().map(|row| row.name).collect();
        format!("expected a number or one of {}", names.join(", "))
    })
}

pub(super) fn mac(text: &str) -> Result<HardwareAddress, String> {
    options::hex(text)
        .filter(|bytes| bytes.len() == 6)
        .map(|bytes| HardwareAddress::new(&bytes))
        .ok_or_else(|| "expected a hardware address such as 52:54:00:12:34:56".to_owned())
}
