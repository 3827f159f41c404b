//! Kerberos tickets as bytes: what a service is handed, what its keytab holds,
//! and what is inside once the ticket is opened. Nothing here speaks to a KDC.

pub mod authorization;
pub mod ccache;
pub mod der;
pub mod encryption;
mod fields;
pub mod keytab;
pub mod principal;
pub mod proof;
pub mod ticket;

pub use authorization::{Authorization, Pac};
pub use encryption::{EncryptionType, Key};
pub use keytab::Keytab;
pub use principal::Principal;
pub use proof::{NotOpened, Opened, open};
pub use ticket::{ServiceToken, Ticket};

use std::fmt;

/// Bytes that are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

/// Text from a ticket or a keytab, made safe for a terminal.
pub(crate) fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}
