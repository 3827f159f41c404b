//! Sets `NO_AUTH_DATA_REQUIRED` on Active Directory accounts, safely.
//!
//! Kerberized NFS fails for people in many groups because their tickets carry
//! a PAC; one bit of the server's account takes it out.
//!
//! # As a library
//!
//! The rules and the formats, without a connection: bring the bytes of any
//! LDAP client. What is exported follows semantic versioning with the crate;
//! `examples/ticket_size.rs` does more of it.
//!
//! ```
//! use ad_pac::account::UserAccountControl;
//! use ad_pac::forecast::{Groups, Person, Zone, size};
//!
//! let flags = UserAccountControl::parse("33558528")?;
//! assert!(flags.contains(UserAccountControl::NO_AUTH_DATA_REQUIRED));
//! assert_eq!(flags.to_string(), "WORKSTATION_TRUST_ACCOUNT | NO_AUTH_DATA_REQUIRED");
//!
//! // Lengths are in UTF-16 units, sizes in bytes.
//! let alice = Person {
//!     name: 5,
//!     principal_name: None,
//!     texts: vec![13],
//!     groups: Groups { own: 150, ..Groups::default() },
//! };
//! let token = |pac| size(&alice, "nfs/nfs01.example.test", "example.test", pac).token;
//! assert_ne!(Zone::of(token(true)), Zone::Works);
//! assert_eq!(Zone::of(token(false)), Zone::Works);
//! # Ok::<(), ad_pac::account::flags::NotFlags>(())
//! ```
//!
//! Everything that reads foreign input says why it is refused with a type that
//! is a [`std::error::Error`]; nothing exported opens a socket, reads a file or
//! asks for the time.
//!
//! # Rooms
//! - [`account`]: flags, names, identifiers, and the plan from what is there
//!   to what is wanted. Pure; imports nothing of this crate.
//! - [`ldap`]: entries, filters, result codes, and the exchange that changes
//!   one account, as a machine without a socket. Pure; imports [`account`].
//! - [`kerberos`]: tickets, keytabs and credential caches as bytes, and opening
//!   a ticket with its service's key. Pure; imports nothing of this crate.
//! - [`forecast`]: the size of a ticket from what the directory says, and what
//!   that size does to a server. Pure; imports [`ldap`].
//! - [`session`]: the connection. The only socket.
//! - [`ticket`]: fresh tickets from the KDC, without the user's cache.
//! - [`credentials`], [`journal`]: the other edges: passwords in, changes noted.
//! - [`report`]: text and JSON for people and scripts.
//! - [`cli`]: arguments and wiring.
//! - [`terminal`], [`error`]: the edge to the shell, the form of errors.
//!
//! # Invariants
//! - One modify request deletes the exact old value and adds the new one; no
//!   other kind of write exists.
//! - No change without a line in the journal that is on disk first.
//! - A change counts as made only when the bit was read back from the same server.
//! - Domain controllers, krbtgt, trusts and critical objects are refused in
//!   the plan, on which every path to a write depends.
//! - A password goes over TLS with a verified certificate or not at all.
//! - User input becomes a filter or a name only through [`ldap::filter`] and
//!   [`account::dn`], which escape it.
//!
//! # What an attacker controls
//! | input | who | bound |
//! | --- | --- | --- |
//! | LDAP messages | the server, and before the logon whoever stands between | 16 MiB and 32 levels a message, checked before anything else reads it; a deadline for each operation |
//! | sealed buffers | as above | 1 MiB each |
//! | referrals, DNS answers | the server, the DNS server | 4 KiB a URL, 16 servers; whoever is found must show a certificate or a ticket all the same |
//! | names and attribute values | whoever may write the object | no control characters reach a terminal: `?` in a value, escaped in a name; values are length-checked where parsed |
//! | names, filters | whoever writes the host list | 256 bytes a name, 8 KiB a DN, 64 KiB and 50 levels a filter |
//! | tickets, tokens | the KDC, whoever answers for it | 1 MiB a token, 1,024 elements, 8 levels, 64 PAC buffers |
//! | keytabs, credential caches | whoever may write the file | 1 MiB and 4,096 keys, 16 MiB |
//! | entries of an answer that nobody takes | the server | 256 MiB on the shelf, then the connection ends ([`session`]`::transport::shelf`) |
//! | journals | the user | 256 MiB |
//! | CA, password files | the user | first line, 4 KiB (password) |

pub mod account;
mod cli;
mod credentials;
pub mod error;
pub mod forecast;
mod journal;
pub mod kerberos;
pub mod ldap;
mod report;
mod session;
mod terminal;
mod ticket;

pub use cli::main;

/// What the fuzz targets reach of the rooms that belong to the command.
#[doc(hidden)]
pub mod fuzzed {
    pub use crate::journal::parse as journal;
    pub use crate::report::account::json as account_as_json;
    pub use crate::session::discover::{ranked, search_domain};
}
