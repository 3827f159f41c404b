//! The portable engine: `async-tftp` moves the packets, files and bounds are
//! ours. Its limits are listed at [`super`].

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use async_io::Async;
use async_tftp::packet;
use async_tftp::server::{Handler, TftpServerBuilder};
use futures_lite::{AsyncRead, AsyncWrite, future};

use super::files::{Files, Source, Ticket};
use crate::sys::descriptors::room_for_more;
use crate::sys::stop::Stop;
use crate::timeline::Outcome;
use crate::wire::tftp::{Code, Mode};

/// With a client that is gone the library sends this often before it gives
/// up; it has no other way to notice.
const RETRIES: u32 = 6;

/// What the engine waits on. Opened before the first client is let in: the
/// transfers and connections of the others could take the last descriptor.
#[derive(Debug)]
pub(crate) struct Waiting {
    listener: UdpSocket,
    told: Async<Stop>,
}

impl Waiting {
    /// For the one worker of this engine.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub(crate) fn open(listener: &UdpSocket, stop: &Stop) -> io::Result<Waiting> {
        room_for_more(listener)?;
        Ok(Waiting {
            listener: listener.try_clone()?,
            // The first of its kind also opens the library's reactor.
            told: Async::new(stop.clone())?,
        })
    }
}

/// Serves until told to stop.
///
/// # Errors
/// When the socket cannot be used.
pub(crate) fn run(waiting: Waiting, files: &Arc<Files>) -> io::Result<()> {
    let Waiting { listener, told } = waiting;
    let limits = files.granted().limits;
    let other = |error: async_tftp::Error| io::Error::other(error.to_string());
    let builder = TftpServerBuilder::with_handler(OurFiles(Arc::clone(files)))
        .std_socket(listener)
        .map_err(other)?
        .block_size_limit(limits.block)
        .window_size_limit(limits.window.min(64))
        .max_send_retries(RETRIES);
    future::block_on(async {
        let server = builder.build().await.map_err(other)?;
        let serving = async { server.serve().await.map_err(other) };
        let stopping = async { told.readable().await };
        future::or(serving, stopping).await
    })
}

struct OurFiles(Arc<Files>);

/// A reader that reports the end of its transfer when it is dropped, which is
/// the only word the library gives of it.
struct Reading {
    source: Source,
    offset: u64,
    size: u64,
    ticket: Ticket,
    started: Instant,
}

impl AsyncRead for Reading {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        // The page cache answers in microseconds; a thread hop would cost
        // more than the read.
        let read = self.source.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        self.ticket.reached(self.offset);
        Poll::Ready(Ok(read))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // Read to the end is as near to arrived as the library tells.
        let outcome = if self.offset >= self.size {
            Outcome::Whole
        } else {
            Outcome::BrokeOff
        };
        let (bytes, took) = (self.offset, self.started.elapsed());
        self.ticket.ended(&outcome, bytes, took, 0);
    }
}

/// Nothing is ever written.
struct Nowhere;

impl AsyncWrite for Nowhere {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::PermissionDenied.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Handler for OurFiles {
    type Reader = Reading;
    type Writer = Nowhere;

    async fn read_req_open(
        &mut self,
        client: &SocketAddr,
        path: &Path,
    ) -> Result<(Reading, Option<u64>), packet::Error> {
        let name = path.as_os_str().as_encoded_bytes();
        let (source, size, ticket) =
            self.0
                .open(*client, name, Mode::Octet)
                .map_err(|refusal| match refusal.code {
                    Code::NotFound => packet::Error::FileNotFound,
                    Code::Access => packet::Error::PermissionDenied,
                    _ => packet::Error::Msg(refusal.text),
                })?;
        let reading = Reading {
            source,
            offset: 0,
            size,
            ticket,
            started: Instant::now(),
        };
        Ok((reading, Some(size)))
    }

    async fn write_req_open(
        &mut self,
        _: &SocketAddr,
        _: &Path,
        _: Option<u64>,
    ) -> Result<Nowhere, packet::Error> {
        Err(packet::Error::PermissionDenied)
    }
}
