//! Load on a TFTP server: many clients that read one file over and over, with
//! windows (RFC 7440), an emulated round trip and emulated loss.
//!
//! The round trip is emulated by holding every acknowledgement back for its
//! length: what a window needs to be full again is then the same as on a
//! longer wire. A lost packet is one that the client reads and ignores.

mod batch;
mod client;
pub mod usage;

use std::net::SocketAddrV4;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use client::Client;

/// What the clients do.
#[derive(Debug, Clone)]
pub struct Load {
    /// The server, usually port 69.
    pub server: SocketAddrV4,
    /// The file that is asked for.
    pub file: String,
    /// How many ask at once.
    pub clients: usize,
    /// The block size asked for (RFC 2348).
    pub block_size: u16,
    /// The window asked for (RFC 7440); 1 asks for none.
    pub window: u16,
    /// When to stop: transfers still open are cut off.
    pub time: Duration,
    /// One data packet in so many is ignored; 0 is none.
    pub drop_every: u32,
    /// How long each acknowledgement is held back.
    pub round_trip: Duration,
    /// The bytes every whole transfer must have, when known.
    pub expected: Option<u64>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Outcome {
    /// Bytes of blocks that arrived in order.
    pub bytes: u64,
    /// From the first request to the last packet.
    pub seconds: f64,
    /// Whole files.
    pub transfers: u64,
    /// Times a block other than the next arrived.
    pub gaps: u64,
    /// Times nothing arrived for a second.
    pub timeouts: u64,
    /// Transfers that failed.
    pub failures: u64,
}

impl Outcome {
    /// Millions of bytes a second.
    pub fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let bytes = self.bytes as f64;
        bytes / 1e6 / self.seconds
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) bytes: AtomicU64,
    pub(crate) transfers: AtomicU64,
    pub(crate) gaps: AtomicU64,
    pub(crate) timeouts: AtomicU64,
    pub(crate) failures: AtomicU64,
}

/// Runs the load from this thread's network.
///
/// # Errors
/// When a socket cannot be opened, or not one byte came.
pub fn run(load: &Load) -> Result<Outcome> {
    let counters = Arc::new(Counters::default());
    let stop = AtomicBool::new(false);
    // The sockets are opened here, in the namespace of this thread.
    let mut clients = (0..load.clients)
        .map(|number| Client::open(load, number, Arc::clone(&counters)))
        .collect::<Result<Vec<_>>>()
        .context("the sockets of the clients cannot be opened")?;
    let begin = Instant::now();
    let deadline = begin + load.time;
    let failure = std::thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter_mut()
            .map(|client| scope.spawn(|| client.read_until(deadline, &stop)))
            .collect();
        let mut failure = None;
        for thread in threads {
            match thread.join() {
                Ok(Ok(())) => {}
                Ok(Err(error)) => failure = Some(error),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        failure
    });
    let seconds = begin.elapsed().as_secs_f64();
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let outcome = Outcome {
        bytes: count(&counters.bytes),
        seconds,
        transfers: count(&counters.transfers),
        gaps: count(&counters.gaps),
        timeouts: count(&counters.timeouts),
        failures: count(&counters.failures),
    };
    if let Some(error) = failure {
        return Err(error);
    }
    ensure!(outcome.bytes > 0, "not one byte came: {outcome:?}");
    Ok(outcome)
}
