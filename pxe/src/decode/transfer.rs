//! Files on their way: TFTP transfers and HTTP requests, by their packets.

use std::net::{Ipv4Addr, SocketAddrV4};

use crate::firmware::HEAD;
use crate::wire::tftp::{Packet, Request};

/// The longest text kept of what a server or client says.
const LONGEST_TEXT: usize = 200;

/// A TFTP transfer.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// The server that was asked.
    pub server: SocketAddrV4,
    /// When, in nanoseconds of the capture.
    pub at: u64,
    /// The last packet of it.
    pub last: u64,
    /// The file, as it was asked for.
    pub path: Vec<u8>,
    /// The options asked for.
    pub asked: Vec<(String, String)>,
    /// The options the server agreed to; `None` without an OACK.
    pub agreed: Option<Vec<(String, String)>>,
    /// Requests: firmware asks again where nobody answers.
    pub requests: u32,
    /// Bytes of blocks that came, each once.
    pub received: u64,
    /// The first bytes, [`HEAD`] of them if it has as many.
    pub head: Vec<u8>,
    /// Blocks in a row.
    blocks: u64,
    /// Blocks that came again.
    pub repeated: u64,
    /// The last block came.
    pub whole: bool,
    /// Another address that answered; clients do not take that (RFC 1350 §4).
    pub stranger: Option<Ipv4Addr>,
    /// Where it ended.
    pub end: Option<Fetch>,
}

/// How a transfer ended, if not with its last block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetch {
    /// The server said ERROR.
    ServerError(u16, String),
    /// The client said ERROR.
    ClientError(u16, String),
    /// ICMP: nobody listens there.
    Unreachable,
}

impl Transfer {
    pub(super) fn new(at: u64, server: SocketAddrV4, request: &Request<'_>) -> Transfer {
        Transfer {
            server,
            at,
            last: at,
            path: request.name.to_vec(),
            asked: texts(&request.options),
            agreed: None,
            requests: 1,
            received: 0,
            head: Vec::new(),
            blocks: 0,
            repeated: 0,
            whole: false,
            stranger: None,
            end: None,
        }
    }

    /// The size that was asked for alone: EDK2 begins so, and ends it with
    /// ERROR 8 once it knows.
    pub fn asked_size_only(&self) -> bool {
        self.announced().is_some()
            && self.blocks == 0
            && matches!(self.end, Some(Fetch::ClientError(8, _)))
    }

    /// The size the server announced.
    pub fn announced(&self) -> Option<u64> {
        let agreed = self.agreed.as_ref()?;
        let (_, size) = agreed.iter().find(|(name, _)| name == "tsize")?;
        size.parse().ok()
    }

    /// Whether the server said anything.
    pub fn answered(&self) -> bool {
        self.agreed.is_some() || self.blocks > 0 || matches!(self.end, Some(Fetch::ServerError(..)))
    }

    fn block_size(&self) -> u64 {
        let agreed = self.agreed.iter().flatten();
        agreed
            .filter(|(name, _)| name == "blksize")
            .find_map(|(_, size)| size.parse().ok())
            .unwrap_or(512)
    }

    pub(super) fn take(&mut self, at: u64, from_server: bool, packet: &Packet<'_>) {
        self.last = at;
        match packet {
            Packet::OptionAck(options) if from_server => self.agreed = Some(texts(options)),
            Packet::Data(number, data) if from_server => {
                if *number != (self.blocks + 1) as u16 {
                    self.repeated += 1;
                    return;
                }
                self.blocks += 1;
                self.received += data.len() as u64;
                let room = HEAD.saturating_sub(self.head.len());
                self.head.extend_from_slice(&data[..data.len().min(room)]);
                self.whole = (data.len() as u64) < self.block_size();
            }
            Packet::Error(code, text) if !self.whole => {
                let text = text[..text.len().min(LONGEST_TEXT)].escape_ascii();
                let text = text.to_string();
                self.end = Some(if from_server {
                    Fetch::ServerError(*code, text)
                } else {
                    Fetch::ClientError(*code, text)
                });
            }
            _ => {}
        }
    }
}

fn texts(options: &[(&[u8], &[u8])]) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| {
        let bytes = &bytes[..bytes.len().min(LONGEST_TEXT)];
        String::from_utf8_lossy(bytes).into_owned()
    };
    options
        .iter()
        .take(8)
        .map(|(name, value)| (text(name).to_ascii_lowercase(), text(value)))
        .collect()
}

/// An HTTP request.
#[derive(Debug, Clone)]
pub struct HttpFetch {
    /// The server.
    pub server: SocketAddrV4,
    /// When.
    pub at: u64,
    /// The last packet of the answer.
    pub last: u64,
    /// GET or HEAD.
    pub method: String,
    /// What was asked for.
    pub path: String,
    /// `User-Agent`.
    pub agent: Option<String>,
    /// The status line, without the version.
    pub status: Option<String>,
    /// `Content-Length` of the answer.
    pub announced: Option<u64>,
    /// Bytes of the body that came.
    pub received: u64,
    /// The sequence number behind the furthest byte of the body.
    furthest: Option<u32>,
    /// The connection was closed.
    pub closed: bool,
}

impl HttpFetch {
    pub(super) fn new(at: u64, server: SocketAddrV4, data: &[u8]) -> HttpFetch {
        let head = head(data);
        let mut words = head.lines().next().unwrap_or_default().split(' ');
        let mut word = || {
            let word = words.next().unwrap_or_default();
            word.chars().take(LONGEST_TEXT).collect::<String>()
        };
        HttpFetch {
            server,
            at,
            last: at,
            method: word(),
            path: word(),
            agent: field(&head, "user-agent"),
            status: None,
            announced: None,
            received: 0,
            furthest: None,
            closed: false,
        }
    }

    /// Whether the file came whole.
    pub fn whole(&self) -> bool {
        self.method == "GET"
            && self.succeeded()
            && match self.announced {
                Some(announced) => self.received >= announced,
                None => self.closed,
            }
    }

    /// A status of 2xx.
    pub fn succeeded(&self) -> bool {
        self.status
            .as_ref()
            .is_some_and(|status| status.starts_with('2'))
    }

    pub(super) fn take(&mut self, at: u64, sequence: u32, ends: bool, data: &[u8]) {
        self.last = at;
        self.closed |= ends;
        if self.status.is_none() && data.starts_with(b"HTTP/1.") {
            let text = head(data);
            let line = text.lines().next().unwrap_or_default();
            let status = line.split_once(' ').map_or(line, |(_, status)| status);
            self.status = Some(status.trim().chars().take(LONGEST_TEXT).collect());
            self.announced = field(&text, "content-length").and_then(|text| text.parse().ok());
            let end = data.windows(4).position(|four| four == b"\r\n\r\n");
            let body = end.map_or(data.len(), |end| end + 4);
            self.furthest = Some(sequence.wrapping_add(u32::try_from(body).unwrap_or(0)));
        }
        let Some(furthest) = &mut self.furthest else {
            return;
        };
        let reach = sequence.wrapping_add(u32::try_from(data.len()).unwrap_or(0));
        // Sequence numbers wrap (RFC 9293 §3.4): what lies ahead by less than
        // half of them is new. Bytes that came again count once.
        let ahead = reach.wrapping_sub(*furthest);
        if ahead < 1 << 31 {
            *furthest = reach;
            self.received += u64::from(ahead);
        }
    }
}

/// The head of a message, as far as it is in its first packet.
fn head(data: &[u8]) -> String {
    let end = data.windows(4).position(|four| four == b"\r\n\r\n");
    let head = &data[..end.unwrap_or(data.len()).min(4096)];
    String::from_utf8_lossy(head).into_owned()
}

fn field(head: &str, wanted: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted)
            .then(|| value.trim().chars().take(LONGEST_TEXT).collect())
    })
}
