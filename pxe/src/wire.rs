//! The shape of what goes over the network: DHCP and TFTP packets parsed and
//! emitted, options and architectures in one table each. Pure.

pub mod arch;
pub mod dhcp;
pub mod options;
pub mod text;
pub mod tftp;
