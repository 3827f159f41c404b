//! `certcheck client`: a client is started against servers that it must
//! refuse, and judged by what it sends to them.
//!
//! ```text
//! cases ──► pki ──► server ──► run ──► verdict ──► report
//!   └► hints          └► legacy  └► namespace
//! ```
//!
//! - `cases` is the table: what each server does wrong and why that matters.
//! - `pki` makes a new CA for every run; its keys live in memory only.
//! - `server` plays one case on a port of its own, on loopback, and writes
//!   down what it received; `legacy` is TLS 1.0 and 1.1, which rustls does not
//!   speak, just far enough to receive a request.
//! - `namespace` lets the test names resolve to loopback for the command alone.
//! - `run` starts the command once a case, bounded in time and output.
//! - `verdict` knows no process: what the server saw decides. A client that
//!   prints an error after it has sent its request has accepted.
//!
//! The client under test is a peer like any other: everything it sends is
//! bounded (16 KiB of ClientHello, 64 connections a case, 64 KiB of output
//! kept) and read with a deadline.

pub(crate) mod cases;
pub(crate) mod hello;
pub(crate) mod hints;
pub(crate) mod legacy;
pub(crate) mod namespace;
pub(crate) mod pki;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod server;
pub(crate) mod verdict;
