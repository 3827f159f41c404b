//! A TFTP download with negotiated block size and window, digested as it
//! comes.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::{Download, keep_head};
use crate::error::{Error, Kind, Result};
use crate::firmware::{self, Reason};
use crate::wire::tftp::{self, Packet};

/// The longest file that is downloaded; firmware has less memory.
const LONGEST: u64 = 8 << 30;
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Downloads a file as UEFI firmware asks for it.
///
/// # Errors
/// Names the server and file, and what the server said.
pub(crate) fn download(server: SocketAddrV4, name: &[u8], window: u16) -> Result<Download> {
    let subject = format!("tftp://{server} {}", firmware::shown(name));
    let failed = |what: String| Error::new(Kind::Peer, &subject, what);
    let system = |error: io::Error| {
        Error::new(Kind::Peer, &subject, "the download broke off").because(error).hint(
            "a TFTP server must run there and firewalls must let UDP from any of its ports through",
        )
    };
    let socket = UdpSocket::bind(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0)).map_err(system)?;
    socket.set_read_timeout(Some(PAUSE)).map_err(system)?;
    let request = tftp::read_request(
        name,
        &[
            ("tsize", "0".to_owned()),
            ("blksize", "1468".to_owned()),
            ("windowsize", window.to_string()),
        ],
    );
    let begin = Instant::now();
    let mut state = Incoming {
        peer: None,
        block: 512,
        window: 1,
        announced: None,
        agreed: None,
        received: 0,
        unacknowledged: 0,
        size: 0,
        head: Vec::new(),
        digest: Sha256::new(),
    };
    let mut last_sent = request;
    let mut to = SocketAddr::from(server);
    socket.send_to(&last_sent, to).map_err(system)?;
    let mut silent = 0;
    let mut stranger = None;
    let mut buffer = vec![0; 66_000];
    loop {
        let (len, from) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) =>
            {
                silent += 1;
                if let (true, Some(IpAddr::V4(answered))) = (silent == TRIES, stranger) {
                    let reason = Reason::OtherAddress {
                        asked: *server.ip(),
                        answered,
                    };
                    return Err(failed(reason.text()).hint(reason.hint()));
                }
                if silent == TRIES {
                    return Err(failed(format!("no answer for {} s", (PAUSE * TRIES).as_secs()))
                        .hint("a TFTP server must run there and firewalls must let UDP from any of its ports through"));
                }
                if state.received > 0 {
                    last_sent = tftp::ack(state.received as u16).to_vec();
                    state.unacknowledged = 0;
                }
                socket.send_to(&last_sent, to).map_err(system)?;
                continue;
            }
            Err(error) => return Err(system(error)),
        };
        // The answer comes from a port of the server's choice (RFC 1350 §4);
        // anything else on the way is somebody else's.
        if from.ip() != to.ip() || state.peer.is_some_and(|peer| peer != from) {
            if state.peer.is_none() && tftp::parse(&buffer[..len]).is_ok() {
                stranger = Some(from.ip());
            }
            continue;
        }
        let reply = match tftp::parse(&buffer[..len]) {
            Ok(Packet::Error(code, text)) => {
                let text = text.escape_ascii();
                let error = failed(format!("the server refused it: error {code}: {text}"));
                return Err(if code == 1 {
                    error.hint("the file is not below the server's root under this name and case")
                } else {
                    error.hint("the server's log says more")
                });
            }
            Ok(Packet::OptionAck(options)) => state.option_ack(&options).map_err(failed)?,
            Ok(Packet::Data(number, bytes)) => state.data(number, bytes).map_err(failed)?,
            _ => Reply::Nothing,
        };
        state.peer = Some(from);
        to = from;
        silent = 0;
        let (ack, done) = match reply {
            Reply::Nothing => continue,
            Reply::Ack(block) => (block, false),
            Reply::Done(block) => (block, true),
        };
        last_sent = tftp::ack(ack as u16).to_vec();
        socket.send_to(&last_sent, to).map_err(system)?;
        if done {
            let took = begin.elapsed();
            if let Some(announced) = state.announced.filter(|announced| *announced != state.size) {
                return Err(failed(format!(
                    "the server announced {announced} bytes and sent {}",
                    state.size
                )));
            }
            let sha256 = state
                .digest
                .finalize()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            return Ok(Download {
                size: state.size,
                sha256,
                head: state.head,
                agreed: state.agreed,
                took,
            });
        }
    }
}

enum Reply {
    Nothing,
    Ack(u64),
    Done(u64),
}

struct Incoming {
    peer: Option<SocketAddr>,
    block: usize,
    window: u64,
    announced: Option<u64>,
    agreed: Option<Vec<(String, String)>>,
    received: u64,
    unacknowledged: u64,
    size: u64,
    head: Vec<u8>,
    digest: Sha256,
}

impl Incoming {
    fn option_ack(&mut self, options: &[(&[u8], &[u8])]) -> Result<Reply, String> {
        if self.received > 0 {
            return Ok(Reply::Nothing);
        }
        let mut agreed = Vec::new();
        for (name, value) in options {
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            let value = String::from_utf8_lossy(value).into_owned();
            let number = value
                .parse::<u64>()
                .map_err(|_| format!("the server agreed to {name}={}", value.escape_debug()))?;
            match name.as_str() {
                "blksize" if (8..=1468).contains(&number) => {
                    self.block = usize::try_from(number).unwrap_or(512);
                }
                "windowsize" if (1..=65535).contains(&number) => self.window = number,
                "tsize" if number <= LONGEST => self.announced = Some(number),
                _ => {
                    return Err(format!(
                        "the server agreed to {name}={number}, which was not asked for"
                    ));
                }
            }
            agreed.push((name, value));
        }
        self.agreed = Some(agreed);
        Ok(Reply::Ack(0))
    }

    fn data(&mut self, number: u16, bytes: &[u8]) -> Result<Reply, String> {
        let next = self.received + 1;
        if number != next as u16 {
            // A gap: say what came last, once for this burst (RFC 7440 §4).
            let gap = number.wrapping_sub(next as u16) < 0x8000;
            if gap && self.unacknowledged > 0 {
                self.unacknowledged = 0;
                return Ok(Reply::Ack(self.received));
            }
            return Ok(Reply::Nothing);
        }
        if bytes.len() > self.block {
            return Err(format!(
                "a block of {} bytes where {} were agreed",
                bytes.len(),
                self.block
            ));
        }
        self.digest.update(bytes);
        keep_head(&mut self.head, bytes);
        self.received = next;
        self.size += bytes.len() as u64;
        self.unacknowledged += 1;
        if self.size > LONGEST {
            return Err("longer than any boot file".to_owned());
        }
        if bytes.len() < self.block {
            return Ok(Reply::Done(next));
        }
        if self.unacknowledged >= self.window {
            self.unacknowledged = 0;
            return Ok(Reply::Ack(next));
        }
        Ok(Reply::Nothing)
    }
}
