use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::prctl::set_timerslack;
use nix::sys::socket::{setsockopt, sockopt::RcvBufForce};

use super::batch::Batch;
use super::{Counters, Load};

/// Room for a few windows, so that what is measured is the server and not
/// packets that this side had no room for.
const RECEIVE_BUFFER: usize = 4 << 20;
const TIMEOUT: Duration = Duration::from_secs(1);
const MOST_TIMEOUTS: u32 = 8;

const DATA: u8 = 3;
const ERROR: u8 = 5;
const OACK: u8 = 6;

pub(super) struct Client<'a> {
    load: &'a Load,
    counters: Arc<Counters>,
    socket: UdpSocket,
    /// Data packets seen, for the emulated loss.
    seen: u32,
}

/// One file on its way.
struct Transfer {
    block_size: usize,
    window: u16,
    /// The last block that came in order.
    last: u16,
    bytes: u64,
    in_window: u16,
    /// How far ahead of `last` the newest block was since a gap was reported.
    gap: Option<u16>,
}

enum Step {
    Go,
    Done,
}

impl<'a> Client<'a> {
    pub(super) fn open(load: &'a Load, number: usize, counters: Arc<Counters>) -> Result<Self> {
        let socket = socket(load)?;
        Ok(Client {
            load,
            counters,
            socket,
            // The clients do not all lose the same packet.
            seen: u32::try_from(number * 31)? % load.drop_every.max(1),
        })
    }

    /// Reads the file again and again until the time is over.
    pub(super) fn read_until(&mut self, deadline: Instant, stop: &AtomicBool) -> Result<()> {
        // A sleep is otherwise up to 50 us longer than the round trip asked for.
        set_timerslack(1)?;
        let mut batch = Batch::new(
            usize::from(self.load.window).clamp(1, 64),
            usize::from(self.load.block_size) + 4,
        );
        while Instant::now() < deadline && !stop.load(Ordering::Relaxed) {
            match self.read_once(deadline, &mut batch) {
                Ok(true) => self.count(&self.counters.transfers),
                Ok(false) => break,
                Err(error) => {
                    self.count(&self.counters.failures);
                    stop.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// True when the file came whole, false when the time was over first.
    fn read_once(&mut self, deadline: Instant, batch: &mut Batch) -> Result<bool> {
        // A new port for every transfer, as RFC 1350 4 has it.
        self.socket = socket(self.load)?;
        let mut transfer = self.ask()?;
        let mut silent = 0;
        loop {
            if batch.receive(&self.socket).is_ok() {
                silent = 0;
                if let Step::Done = self.take_all(&mut transfer, batch)? {
                    break;
                }
            } else {
                silent += 1;
                self.count(&self.counters.timeouts);
                ensure!(silent < MOST_TIMEOUTS, "the server is silent");
                self.acknowledge(&mut transfer, false)?;
            }
            if Instant::now() >= deadline {
                self.abort();
                return Ok(false);
            }
        }
        if let Some(expected) = self.load.expected {
            ensure!(
                transfer.bytes == expected,
                "{} bytes came, the file has {expected}",
                transfer.bytes
            );
        }
        Ok(true)
    }

    fn ask(&mut self) -> Result<Transfer> {
        let Load {
            file,
            block_size,
            window,
            ..
        } = self.load;
        let mut request = format!("\0\x01{file}\0octet\0blksize\0{block_size}\0");
        if *window > 1 {
            request.push_str(&format!("windowsize\0{window}\0"));
        }
        let mut answer = [0; 600];
        for _ in 0..MOST_TIMEOUTS {
            self.socket.send_to(request.as_bytes(), self.load.server)?;
            let Ok((length, peer)) = self.socket.recv_from(&mut answer) else {
                self.count(&self.counters.timeouts);
                continue;
            };
            // Nobody else's packets from here on.
            self.socket.connect(peer)?;
            let mut transfer = Transfer {
                block_size: 512,
                window: 1,
                last: 0,
                bytes: 0,
                in_window: 0,
                gap: None,
            };
            match answer[..length] {
                [0, OACK, ref options @ ..] => transfer.negotiate(options),
                [0, ERROR, _, _, ref text @ ..] => bail!("{file}: {}", error_text(text)),
                _ => bail!("{file}: the server grants no options"),
            }
            ensure!(
                transfer.block_size == usize::from(*block_size),
                "{file}: the server grants blocks of {}",
                transfer.block_size
            );
            self.acknowledge(&mut transfer, true)?;
            return Ok(transfer);
        }
        bail!("{file}: no answer to the request");
    }

    fn take_all(&mut self, transfer: &mut Transfer, batch: &Batch) -> Result<Step> {
        let before = transfer.bytes;
        let mut step = Step::Go;
        for packet in batch.iter() {
            step = self.take(transfer, packet)?;
            if let Step::Done = step {
                break;
            }
        }
        let bytes = &self.counters.bytes;
        bytes.fetch_add(transfer.bytes - before, Ordering::Relaxed);
        Ok(step)
    }

    fn take(&mut self, transfer: &mut Transfer, packet: &[u8]) -> Result<Step> {
        match *packet {
            [0, DATA, high, low, ref data @ ..] => {
                if self.lost() {
                    return Ok(Step::Go);
                }
                let block = u16::from_be_bytes([high, low]);
                if block == transfer.last.wrapping_add(1) {
                    return self.next_block(transfer, data.len());
                }
                self.gap(transfer, block)?;
                Ok(Step::Go)
            }
            [0, OACK, ..] => {
                self.acknowledge(transfer, false)?;
                Ok(Step::Go)
            }
            [0, ERROR, _, _, ref text @ ..] => bail!("{}", error_text(text)),
            _ => bail!("the server sent what is no TFTP packet"),
        }
    }

    fn next_block(&mut self, transfer: &mut Transfer, length: usize) -> Result<Step> {
        transfer.last = transfer.last.wrapping_add(1);
        transfer.bytes += length as u64;
        transfer.in_window += 1;
        transfer.gap = None;
        let is_last = length < transfer.block_size;
        if is_last || transfer.in_window >= transfer.window {
            self.acknowledge(transfer, true)?;
        }
        Ok(if is_last { Step::Done } else { Step::Go })
    }

    /// RFC 7440 4: on a gap, the last block in order is acknowledged at once,
    /// and once: the rest of the window that is still coming is not answered.
    /// A block that is not farther ahead than the one before it belongs to the
    /// resent window, whose first block was lost too.
    fn gap(&mut self, transfer: &mut Transfer, block: u16) -> Result<()> {
        let ahead = block.wrapping_sub(transfer.last);
        if ahead == 0 || ahead >= 0x8000 {
            return Ok(()); // an old block, sent twice
        }
        if transfer.gap.is_none_or(|farthest| ahead <= farthest) {
            self.count(&self.counters.gaps);
            self.acknowledge(transfer, true)?;
        }
        transfer.gap = Some(ahead);
        Ok(())
    }

    fn acknowledge(&self, transfer: &mut Transfer, delayed: bool) -> Result<()> {
        if delayed && !self.load.round_trip.is_zero() {
            #[expect(
                clippy::disallowed_methods,
                reason = "the pause is what is emulated, not a wait for a condition"
            )]
            std::thread::sleep(self.load.round_trip);
        }
        transfer.in_window = 0;
        transfer.gap = None;
        let [high, low] = transfer.last.to_be_bytes();
        self.socket.send(&[0, 4, high, low])?;
        Ok(())
    }

    /// Tells the server that nobody reads any more.
    fn abort(&self) {
        let _ = self.socket.send(b"\0\x05\0\0enough\0");
    }

    fn lost(&mut self) -> bool {
        if self.load.drop_every == 0 {
            return false;
        }
        self.seen += 1;
        if self.seen >= self.load.drop_every {
            self.seen = 0;
            return true;
        }
        false
    }

    fn count(&self, counter: &std::sync::atomic::AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

fn error_text(text: &[u8]) -> String {
    format!(
        "the server refuses: {}",
        String::from_utf8_lossy(text).trim_end_matches('\0')
    )
}

fn socket(load: &Load) -> Result<UdpSocket> {
    let local = if load.server.ip().is_loopback() {
        Ipv4Addr::LOCALHOST
    } else {
        Ipv4Addr::UNSPECIFIED
    };
    let socket = UdpSocket::bind(SocketAddrV4::new(local, 0))?;
    setsockopt(&socket, RcvBufForce, &RECEIVE_BUFFER)
        .context("hint: a large receive buffer needs root")?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    Ok(socket)
}

impl Transfer {
    fn negotiate(&mut self, options: &[u8]) {
        let words: Vec<_> = options.split(|byte| *byte == 0).collect();
        for pair in words.chunks_exact(2) {
            let Some(number) = std::str::from_utf8(pair[1])
                .ok()
                .and_then(|text| text.parse::<u16>().ok())
            else {
                continue;
            };
            match pair[0].to_ascii_lowercase().as_slice() {
                b"blksize" => self.block_size = usize::from(number),
                b"windowsize" => self.window = number.max(1),
                _ => {}
            }
        }
    }
}
