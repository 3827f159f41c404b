//! The local socket: the daemon's side, which answers, and the side of
//! `pxe watch` and `pxe leases`, which ask.

mod client;
mod server;

pub(crate) use client::{Answers, ask};
pub(crate) use server::{Desk, Hall, Question, Waiting, run};
