//! Checks HTTPS peers with strict hostname verification, says why one fails,
//! and tests whether a client really verifies.
//!
//! # As a library
//!
//! Chains judged without a connection ([`outcome`]), or peers asked
//! ([`check`], on a runtime of Tokio). What is exported follows semantic
//! versioning with the crate; `examples/judge_chain.rs` does more of it.
//!
//! ```
//! use certcheck::outcome::{Basis, Outcome};
//! use certcheck::target::{Options, Target};
//! use certcheck::verifier::Trust;
//!
//! # let issued = rcgen::generate_simple_self_signed(vec!["www.example.org".into()])?;
//! # let certificate = issued.cert.der().clone();
//! // Nobody is trusted but this certificate, and the time is an argument.
//! let mut trust = Trust::nobody("a root of ours");
//! trust.add_root(certificate.clone())?;
//! let basis = Basis { trust: &trust, now: 1_800_000_000 };
//!
//! let target = Target::parse("intern.example.org", Options::default())?;
//! let outcome = Outcome::of_chain(&target, vec![certificate], basis);
//! assert!(!outcome.verdict.passed());
//! assert!(outcome.findings.iter().any(|finding| finding.id == "name-mismatch"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The rooms
//!
//! - [`target`]: what is to be checked; lists with options for each target.
//! - [`verifier`]: the verdict, webpki's own, and a recorder around it.
//! - [`chain`]: certificates as people read them; decides nothing.
//! - [`diagnosis`]: why a peer is as it is, with a stable id and a hint.
//! - [`lints`]: rules beyond the verdict, for `--strict`.
//! - [`outcome`]: the result of a check, made from the evidence.
//! - [`trust`]: reads CA files, the system's store, revocation lists;
//!   [`store`]: local files of every format.
//! - [`probe`]: gathers evidence from one address; [`starttls`]: the
//!   dialogues before TLS.
//! - [`check`]: one target with its addresses, attempts and redirects;
//!   [`batch`]: many of them.
//! - [`client`]: a client put to the test: servers that it must refuse, its
//!   command in a namespace of its own, and what it sent to whom.
//! - [`report`]: text, JSON, and what other programs read.
//! - [`cli`]: arguments, wiring, exit status; one file a command.
//!
//! # What must hold
//!
//! 1. Every success is a success of webpki; nothing here adds a way to be
//!    accepted. A finding may turn a success into a failure, never back.
//! 2. The identity is the expected name and a subject alternative name. The
//!    common name is read only to explain.
//! 3. The core (`target`, `verifier`, `chain`, `diagnosis`, `lints`,
//!    `outcome`) knows no socket, file or clock: `now` is an argument.
//!
//! # What an attacker controls
//!
//! A peer controls every byte it sends. rustls takes no handshake message
//! above 64 KiB and no certificate chain beyond it; at most 128 certificates
//! are recorded, 1,000 names of each kind and 400 characters of each text are
//! kept, control characters are escaped. webpki bounds the signatures, path
//! candidates and name comparisons of one verification. Redirects end after
//! ten hops, a STARTTLS dialogue after 16 KiB, an answer in place of TLS is read to 512 bytes, and one deadline
//! ends a check whatever the peer does. Lists, CA files and revocation lists
//! come from the user and are read to 64 MiB.
//!
//! A client under test controls what it sends to the servers of [`client`]
//! and what it prints: 16 KiB of a ClientHello, 64 connections a case, 64 KiB
//! of output are kept, and a deadline ends each case.

mod batch;
pub mod chain;
pub mod check;
mod cli;
mod client;
pub mod diagnosis;
pub mod error;
pub mod lints;
pub mod outcome;
pub mod probe;
mod report;
mod starttls;
mod store;
pub mod target;
mod terminal;
pub mod trust;
pub mod verifier;

pub use cli::main;

/// What the fuzz targets reach of the rooms that belong to the command.
#[doc(hidden)]
pub mod fuzzed {
    pub use crate::client::hello::{ClientHello, Opening, opening};
    pub use crate::client::legacy::{Server, Version};
    pub use crate::client::pki::rsa::RsaKey;
    pub use crate::starttls::dialogue::{Dialogue, Step};
    pub use crate::store::certificates_in;
}
