//! What an answer carries: a part of a file, or a few bytes.

use std::fs::File;
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::FileExt as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use hyper::body::{Body, Bytes, Frame, SizeHint};

use crate::log::Log;
use crate::sys::clock::unix_millis;
use crate::timeline::{Outcome, Transfer, Way};

/// Bytes read and handed on at once.
const PIECE: u64 = 64 * 1024;

/// The body of an answer.
#[derive(Debug)]
pub(super) enum Content {
    /// A part of a file.
    File(Piecewise),
    /// All there is, or nothing any more.
    Bytes(Option<Bytes>),
}

/// A part of a file, a piece at a time. The page cache answers in
/// microseconds, so the reads are made in place.
#[derive(Debug)]
pub(super) struct Piecewise {
    file: File,
    offset: u64,
    left: u64,
    /// Told of the end when it is dropped.
    sending: Option<Sending>,
}

/// A file on its way to a client.
#[derive(Debug)]
pub(super) struct Sending {
    transfer: Transfer,
    log: Arc<Log>,
    client: Ipv4Addr,
    file: String,
    began: Instant,
    whole: bool,
}

impl Sending {
    pub(super) fn new(log: &Arc<Log>, client: Ipv4Addr, file: &str, len: u64) -> Sending {
        Sending {
            transfer: log
                .timeline
                .began(client, Way::Http, file, Some(len), unix_millis()),
            log: Arc::clone(log),
            client,
            file: file.to_owned(),
            began: Instant::now(),
            whole: len == 0,
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let outcome = if self.whole {
            Outcome::Whole
        } else {
            Outcome::BrokeOff
        };
        let timeline = &self.log.timeline;
        timeline.ended(&self.transfer, &outcome, 0, unix_millis());
        let (bytes, took) = (self.transfer.bytes(), self.began.elapsed());
        let rate = bytes as f64 / 1e6 / took.as_secs_f64().max(1e-6);
        let who = self.log.machines.at(self.client.into());
        let outcome = match outcome {
            Outcome::Whole => "sent".to_owned(),
            other => other.to_string(),
        };
        tracing::info!(
            target: "pxe::http",
            mac = %who.mac, address = %self.client, arch = %who.arch,
            asked = %hyper::Method::GET, file = %self.file, rule = who.rule,
            bytes,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            mb_per_s = format!("{rate:.1}"),
            "{outcome}"
        );
    }
}

impl Piecewise {
    pub(super) fn new(file: File, offset: u64, left: u64) -> Piecewise {
        Piecewise {
            file,
            offset,
            left,
            sending: None,
        }
    }
}

impl Content {
    /// Bytes that are still to come.
    pub(super) fn left(&self) -> u64 {
        match self {
            Content::File(part) => part.left,
            Content::Bytes(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
        }
    }

    /// Has the end of a file told.
    pub(super) fn tell(&mut self, sending: Sending) {
        if let Content::File(part) = self {
            part.sending = Some(sending);
        }
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let part = match &mut *self {
            Content::Bytes(bytes) => return Poll::Ready(bytes.take().map(Frame::data).map(Ok)),
            Content::File(part) => part,
        };
        let want = part.left.min(PIECE);
        if want == 0 {
            return Poll::Ready(None);
        }
        let mut piece = vec![0; usize::try_from(want).unwrap_or(0)];
        if let Err(error) = part.file.read_exact_at(&mut piece, part.offset) {
            // The file became shorter: the connection breaks off, so that
            // the client does not take a part for the whole.
            part.left = 0;
            return Poll::Ready(Some(Err(error)));
        }
        part.offset += want;
        part.left -= want;
        if let Some(sending) = &mut part.sending {
            sending.transfer.reached(sending.transfer.bytes() + want);
            sending.whole = part.left == 0;
        }
        Poll::Ready(Some(Ok(Frame::data(piece.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left())
    }
}
