//! The packets of a transfer that go out next, laid out one after the other
//! as segmentation offload takes them: head, block, head, block.

use std::io;

use super::files::Source;
use crate::wire::tftp::data_head;

const HEAD: usize = 4;
/// Bytes held for one transfer, whatever window the client asked for; also
/// the most that one `send` takes (IPv4, RFC 791: 65535 with the headers).
const CAPACITY: usize = 65_507;
/// The most packets in one `send` (the kernel's UDP_MAX_SEGMENTS).
const MOST_SEGMENTS: usize = 64;

/// A run of consecutive blocks.
#[derive(Debug)]
pub(super) struct Window {
    block: usize,
    size: u64,
    bytes: Vec<u8>,
    first: u64,
    count: u64,
}

impl Window {
    /// For a source of `size` bytes in blocks of `block`.
    pub(super) fn new(block: u16, size: u64) -> Window {
        Window {
            block: block.into(),
            size,
            bytes: Vec::new(),
            first: 1,
            count: 0,
        }
    }

    /// Bytes from one packet to the next.
    pub(super) fn stride(&self) -> usize {
        self.block + HEAD
    }

    fn most(&self) -> u64 {
        (CAPACITY / self.stride()).clamp(1, MOST_SEGMENTS) as u64
    }

    /// The packets from block `first` on, at most `count`, at least one.
    /// A file that became shorter since its size was told is an error: the
    /// client would get another file than was promised.
    pub(super) fn packets(
        &mut self,
        source: &Source,
        first: u64,
        count: u64,
    ) -> io::Result<(&[u8], u64)> {
        let held = self.first..self.first + self.count;
        if !held.contains(&first) {
            self.fill(source, first)?;
        }
        let from = first - self.first;
        let given = count.min(self.count - from);
        let start = usize::try_from(from).unwrap_or(0) * self.stride();
        let end =
            (start + usize::try_from(given).unwrap_or(0) * self.stride()).min(self.bytes.len());
        Ok((&self.bytes[start..end], given))
    }

    /// Reads ahead as far as the buffer goes: with small windows one read
    /// serves many of them.
    fn fill(&mut self, source: &Source, first: u64) -> io::Result<()> {
        let last = self.size / self.block as u64 + 1;
        let count = self.most().min((last + 1).saturating_sub(first)).max(1);
        let mut offset = (first - 1) * self.block as u64;
        self.bytes.clear();
        self.bytes
            .reserve(usize::try_from(count).unwrap_or(1) * self.stride());
        self.count = 0;
        // The whole run in one read, then moved apart from the end on: one
        // system call instead of one for each block.
        let total =
            usize::try_from((self.size - offset.min(self.size)).min(count * self.block as u64))
                .unwrap_or(0);
        let run = usize::try_from(count).unwrap_or(1) * self.stride();
        self.bytes.resize(run, 0);
        let gap = run - total;
        let read = source.read_at(&mut self.bytes[gap..], offset)?;
        if read < total {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file became shorter",
            ));
        }
        let mut from = gap;
        let mut to = 0;
        for number in first..first + count {
            let len = usize::try_from((self.size - offset.min(self.size)).min(self.block as u64))
                .unwrap_or(0);
            self.bytes.copy_within(from..from + len, to + HEAD);
            // The wire counts modulo 65536.
            self.bytes[to..to + HEAD].copy_from_slice(&data_head(number as u16));
            from += len;
            to += HEAD + len;
            offset += len as u64;
        }
        self.bytes.truncate(to);
        self.first = first;
        self.count = count;
        Ok(())
    }
}

#[cfg(test)]
#[path = "window/tests.rs"]
mod tests;
