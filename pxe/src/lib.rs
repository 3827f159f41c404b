//! Network boot: a server of boot offers (DHCP, proxyDHCP) and boot files
//! (TFTP), and a client that shows what a server really says.
//!
//! # As a library
//!
//! Boot paths written for other DHCP servers, their configurations linted,
//! captures told as boots, packets parsed: all of it bytes and text in, values
//! out, without a socket. What is exported follows semantic versioning with
//! the crate; `examples/boot_path.rs` does more of it.
//!
//! ```
//! use std::net::Ipv4Addr;
//! use pxe::render::{BootFile, Plan, Target};
//!
//! let plan = Plan {
//!     next_server: Ipv4Addr::new(192, 0, 2, 5),
//!     file: BootFile::new(r"\boot\x64\wdsmgfw.efi")?,
//!     classes: Vec::new(),
//!     nul: true,
//! };
//! let lines = Target::named("isc-dhcpd").expect("it is in the table").fragment(&plan);
//! // ISC's parser eats one of two backslashes, and writes the NUL in octal.
//! assert!(lines.contains(r#"option bootfile-name "\\boot\\x64\\wdsmgfw.efi\000";"#));
//! # Ok::<(), String>(())
//! ```
//!
//! # The rooms, from the wire up
//!
//! - [`wire`]: packets parsed and emitted; options and architectures, each in
//!   one table. Pure.
//! - [`dhcp`]: who gets which answer. A message, where it came from and the
//!   time go in; an answer and what must be durable come out. Pure.
//! - [`firmware`]: what each kind of boot firmware does with the answers it
//!   gets, in one table. Pure.
//! - [`tftp`]: what is negotiated, which block goes out when, which file a
//!   name means. Pure.
//! - [`config`]: the file, from raw shapes to checked types. Pure.
//! - [`check`]: what would go wrong with a configuration.
//! - [`store`]: the journal of leases.
//! - [`lint`]: the configurations of other DHCP servers: what they send, what
//!   firmware makes of it, and the corrected line. Pure.
//! - [`engine`]: the two ways TFTP packets are moved.
//! - [`http`]: boot files over HTTP.
//! - [`timeline`]: every client's boot, step by step; where it stands and
//!   why. Pure.
//! - [`status`], [`control`]: the timelines as JSON, metrics and a page; the
//!   local socket by which `pxe watch` and `pxe leases` ask.
//! - [`log`]: which machine a line is about, and how many lines there are.
//! - [`sys`]: what only the operating system can do.
//! - [`serve`]: the loops that join all of it; the only clock of the service.
//! - [`explain`]: what the server would answer, without a server. Pure.
//! - [`capture`], [`decode`]: packets of a capture, told as boots. Pure.
//! - [`probe`]: the client side.
//! - [`report`], [`cli`], [`terminal`]: results, arguments, the edge to the
//!   shell.
//!
//! # Invariants
//!
//! 1. A lease is synced to disk before its ACK leaves.
//! 2. A file outside the root cannot be opened: the kernel refuses, once by the
//!    way a path is resolved ([`sys::root`]) and once for the whole process
//!    ([`sys::sandbox`]).
//! 3. A boot path is the same bytes in every field that carries it.
//! 4. No packet panics a parser, and no option hides a later one.
//!
//! # What others control, and the bound on it
//!
//! | input | bound |
//! | --- | --- |
//! | a DHCP packet | 4096 bytes are read; `chaddr` at most 16 bytes whatever it claims |
//! | DHCP messages | per client and in all, [`dhcp::limiter::Limits`] |
//! | DISCOVERs from invented clients | an offer holds no address against a REQUEST |
//! | lines of the log about refused packets | 50 in ten seconds, the rest counted ([`log::Restraint`]) |
//! | lines of the log that wait for the others of their turn | 64 KiB |
//! | machines remembered for the log | 20,000 |
//! | packets beside another DHCP server | a filter in the kernel lets through UDP to the port; [`sys::beside::parse`] |
//! | uploads | off; then plain names, bytes of a file and of all, 16 at once ([`engine::upload`]) |
//! | names planted in folders of the user | no symbolic link is followed ([`sys::folder`]) |
//! | leases | one for each address of the pools |
//! | clients that a rule for one boot fits | 50,000 are remembered, further ones boot from disk |
//! | a TFTP request | 2048 bytes are read, a name of 512 bytes, 32 folders deep |
//! | block size, window | [`tftp::negotiate::Limits`]; 64 KiB of memory for any of them |
//! | transfers | per client and in all, [`tftp::admission::Bounds`] |
//! | timelines | [`timeline::MOST_CLIENTS`], [`timeline::MOST_STEPS`] of each, 200 bytes of a text, three answers of ours |
//! | who looks at the status | this machine and `status-from`; a snapshot is made twice a second, however many look |
//! | a question over the local socket | [`status::LONGEST_ASK`] bytes in 5 s, 16 askers at once |
//! | HTTP connections | 32 of a client, 512 in all; 10 s for a request, an hour for a connection |
//! | a client that is silent | given up after 30 s |
//! | netascii | files up to 1 MiB |
//! | a configuration to lint | 16 MiB a file, 256 files, blocks 64 deep ([`lint::read`]) |
//! | the lease file | 1 GiB, every entry with its checksum |
//! | answers to a probe | 4096 bytes are read, 64 are kept; a download has 8 GiB, silence 5 s over TFTP and 10 s over HTTP |
//! | a capture | 8 MiB for a block, 2000 boots of 120 events, 16 offers and 256 transfers each ([`decode`]) |

pub mod capture;
mod check;
mod cli;
pub mod config;
mod control;
pub mod decode;
pub mod dhcp;
mod engine;
pub mod error;
pub mod explain;
pub mod firmware;
mod http;
pub mod lint;
mod log;
mod probe;
pub mod render;
mod report;
mod serve;
mod status;
mod store;
mod sys;
mod terminal;
pub mod tftp;
pub mod timeline;
pub mod wire;

pub use cli::main;

/// What the fuzz targets reach of the rooms that belong to the command.
#[doc(hidden)]
pub mod fuzzed {
    pub use crate::http::{Wanted, decoded, wanted};
    pub use crate::log::text;
    pub use crate::report::watch::Watched;
    pub use crate::status::{Ask, asked, detail, metrics, snapshot};
    pub use crate::store::replay;
    pub use crate::sys::beside::parse as beside;
}
