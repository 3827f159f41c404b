//! What went over a wire: a capture in libpcap's format, read back as DHCP
//! messages, TFTP transfers and HTTP requests.

mod ethernet;
mod tftp;

use std::net::SocketAddrV4;

use anyhow::{Result, ensure};

use crate::dhcp::Message;
use ethernet::{Datagram, Payload};
pub use tftp::Transfer;

/// Both ends of a DHCP message and the message.
#[derive(Debug, Clone)]
pub struct Dhcp {
    /// Seconds since the first packet of the capture.
    pub at: f64,
    /// Its sender.
    pub from: SocketAddrV4,
    /// Where it went.
    pub to: SocketAddrV4,
    /// What it said.
    pub message: Message,
}

/// One HTTP request as seen on the wire.
#[derive(Debug, Clone)]
pub struct Http {
    /// Request line and header, as sent.
    pub request: String,
    /// The status line of the answer.
    pub status: Option<String>,
}

/// Everything that was understood of a capture.
#[derive(Debug, Clone, Default)]
pub struct Capture {
    /// DHCP messages, in order.
    pub dhcp: Vec<Dhcp>,
    /// TFTP read requests and what came of them, in order.
    pub tftp: Vec<Transfer>,
    /// HTTP requests, in order.
    pub http: Vec<Http>,
}

impl Capture {
    /// Reads a capture; a last packet that is cut short (the capturing
    /// process was ended) is left out.
    ///
    /// # Errors
    /// When it is not a little-endian capture of Ethernet frames.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let mut capture = Capture::default();
        let mut transfers = tftp::Transfers::default();
        let mut first = None;
        for frame in frames(bytes)? {
            let first = *first.get_or_insert(frame.micros);
            #[expect(clippy::cast_precision_loss, reason = "microseconds of a test run")]
            let at = (frame.micros - first) as f64 / 1e6;
            let Some(Datagram { from, to, payload }) = ethernet::datagram(frame.bytes) else {
                continue;
            };
            match payload {
                Payload::Udp(data) => {
                    let dhcp = [67, 68, 4011];
                    if dhcp.contains(&from.port()) || dhcp.contains(&to.port()) {
                        capture
                            .dhcp
                            .extend(Message::decode(data).map(|message| Dhcp {
                                at,
                                from,
                                to,
                                message,
                            }));
                    } else {
                        transfers.take(at, from, to, data);
                    }
                }
                Payload::Tcp(data) => capture.http(data),
            }
        }
        capture.tftp = transfers.finish();
        Ok(capture)
    }

    /// What the servers said over DHCP.
    pub fn answers(&self) -> impl Iterator<Item = &Dhcp> {
        self.dhcp.iter().filter(|dhcp| dhcp.message.bytes[0] == 2)
    }

    /// What the clients said over DHCP.
    pub fn requests(&self) -> impl Iterator<Item = &Dhcp> {
        self.dhcp.iter().filter(|dhcp| dhcp.message.bytes[0] == 1)
    }

    /// A line for each thing that happened.
    pub fn story(&self) -> String {
        let mut lines: Vec<String> = self
            .dhcp
            .iter()
            .map(|dhcp| {
                let (at, from, to) = (dhcp.at, dhcp.from, dhcp.to);
                format!("{at:8.3} {from} > {to} {}", dhcp.message.summary())
            })
            .collect();
        lines.extend(self.tftp.iter().map(Transfer::summary));
        lines.extend(self.http.iter().map(|http| {
            let status = http.status.as_deref().unwrap_or("no answer");
            format!(
                "         http {} => {status}",
                http.request.replace("\r\n", " | ")
            )
        }));
        lines.join("\n")
    }

    fn http(&mut self, data: &[u8]) {
        let text = String::from_utf8_lossy(data);
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        if data.starts_with(b"GET ") || data.starts_with(b"HEAD ") {
            self.http.push(Http {
                request: head.to_owned(),
                status: None,
            });
        } else if data.starts_with(b"HTTP/1.") {
            // One connection at a time: firmware does not pipeline.
            if let Some(open) = self.http.iter_mut().find(|http| http.status.is_none()) {
                open.status = head.lines().next().map(str::to_owned);
            }
        }
    }
}

struct Frame<'a> {
    micros: u64,
    bytes: &'a [u8],
}

const FILE_HEADER: usize = 24;
const PACKET_HEADER: usize = 16;

fn frames(bytes: &[u8]) -> Result<Vec<Frame<'_>>> {
    let word = |at: usize| -> Option<u32> {
        Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
    };
    ensure!(
        word(0) == Some(0xa1b2_c3d4),
        "not a little-endian pcap file"
    );
    ensure!(word(20) == Some(1), "not a capture of Ethernet frames");
    let mut found = Vec::new();
    let mut at = FILE_HEADER;
    while let (Some(seconds), Some(micros), Some(length)) = (word(at), word(at + 4), word(at + 8)) {
        let begin = at + PACKET_HEADER;
        at = begin + length as usize;
        let Some(frame) = bytes.get(begin..at) else {
            break;
        };
        found.push(Frame {
            micros: u64::from(seconds) * 1_000_000 + u64::from(micros),
            bytes: frame,
        });
    }
    Ok(found)
}
