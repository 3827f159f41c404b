use std::io::{self, IoSliceMut};
use std::net::UdpSocket;
use std::os::fd::AsRawFd as _;

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg};

/// Packets taken from a socket with one system call: a load that needs a call
/// for each would be slower than a server that sends windows in one.
pub(super) struct Batch {
    packets: Vec<Vec<u8>>,
    lengths: Vec<usize>,
    headers: MultiHeaders<SockaddrIn>,
}

impl Batch {
    /// Room for `count` packets of at most `size` bytes.
    pub(super) fn new(count: usize, size: usize) -> Batch {
        Batch {
            packets: vec![vec![0; size]; count],
            lengths: Vec::with_capacity(count),
            headers: MultiHeaders::preallocate(count, None),
        }
    }

    /// Waits for a packet, as long as the socket's read timeout, and takes
    /// what else has arrived.
    pub(super) fn receive(&mut self, socket: &UdpSocket) -> io::Result<()> {
        self.lengths.clear();
        let mut slices: Vec<[IoSliceMut<'_>; 1]> = self
            .packets
            .iter_mut()
            .map(|packet| [IoSliceMut::new(packet)])
            .collect();
        // MSG_WAITFORONE: blocks for the first packet only.
        let received = recvmmsg(
            socket.as_raw_fd(),
            &mut self.headers,
            slices.iter_mut(),
            MsgFlags::MSG_WAITFORONE,
            None,
        )?;
        self.lengths.extend(received.map(|message| message.bytes));
        Ok(())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let lengths = self.lengths.iter();
        self.packets
            .iter()
            .zip(lengths)
            .map(|(packet, length)| &packet[..*length])
    }
}
