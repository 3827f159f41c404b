//! TFTP transfers (RFC 1350, 2347) put together from their packets.

use std::net::SocketAddrV4;

use crate::dhcp::shown;

/// One read request and what came of it.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// Seconds since the first packet of the capture.
    pub at: f64,
    /// The client and its port.
    pub client: SocketAddrV4,
    /// Where the request went.
    pub server: SocketAddrV4,
    /// The name as it was asked for.
    pub path: Vec<u8>,
    /// The options of the request, in order.
    pub asked: Vec<(String, String)>,
    /// The options of the OACK, in order.
    pub granted: Option<Vec<(String, String)>>,
    /// An ERROR: who said it, the code, the text.
    pub error: Option<(Side, u16, String)>,
    /// The blocks that arrived in order.
    pub body: Vec<u8>,
    /// The last block arrived and was acknowledged.
    pub done: bool,
    /// Data packets that were not the next block.
    pub out_of_order: u32,
    next: u16,
    last_seen: bool,
}

/// The two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that asked.
    Client,
    /// The one that answered.
    Server,
}

impl Transfer {
    /// The path as text in which nothing is hidden.
    pub fn path(&self) -> String {
        shown(&self.path)
    }

    pub(super) fn summary(&self) -> String {
        let end = match &self.error {
            Some((side, code, text)) => format!("{side:?} error {code} {text}"),
            None if self.done => "done".to_owned(),
            None => "unfinished".to_owned(),
        };
        format!(
            "{:8.3} {} > {} read '{}' {:?} => {:?}, {} bytes, {} out of order, {end}",
            self.at,
            self.client,
            self.server,
            self.path(),
            self.asked,
            self.granted,
            self.body.len(),
            self.out_of_order,
        )
    }

    fn block_size(&self) -> usize {
        self.granted
            .iter()
            .flatten()
            .find(|(name, _)| name.eq_ignore_ascii_case("blksize"))
            .and_then(|(_, value)| value.parse().ok())
            .unwrap_or(512)
    }

    fn take(&mut self, side: Side, data: &[u8]) {
        let Some((operation, rest)) = data.split_at_checked(2) else {
            return;
        };
        let number = rest.first_chunk().map(|bytes| u16::from_be_bytes(*bytes));
        match (operation[1], side, number) {
            (DATA, Side::Server, Some(block)) => {
                if block == self.next && !self.last_seen {
                    self.body.extend(&rest[2..]);
                    self.next = self.next.wrapping_add(1);
                    self.last_seen = rest.len() - 2 < self.block_size();
                } else {
                    self.out_of_order += 1;
                }
            }
            (ACK, Side::Client, Some(block)) => {
                self.done |= self.last_seen && block == self.next.wrapping_sub(1);
            }
            (ERROR, side, Some(code)) if self.error.is_none() => {
                let text = rest[2..].split(|b| *b == 0).next().unwrap_or_default();
                self.error = Some((side, code, shown(text)));
            }
            (OACK, Side::Server, _) => self.granted = Some(pairs(rest)),
            _ => {}
        }
    }
}

const RRQ: u8 = 1;
const DATA: u8 = 3;
const ACK: u8 = 4;
const ERROR: u8 = 5;
const OACK: u8 = 6;

#[derive(Default)]
pub(super) struct Transfers {
    found: Vec<Transfer>,
}

impl Transfers {
    pub(super) fn take(&mut self, at: f64, from: SocketAddrV4, to: SocketAddrV4, data: &[u8]) {
        if to.port() == 69 && data.starts_with(&[0, RRQ]) {
            self.request(at, from, to, &data[2..]);
            return;
        }
        let by = |end: SocketAddrV4| move |transfer: &&mut Transfer| transfer.client == end;
        if let Some(transfer) = self.found.iter_mut().rev().find(by(from)) {
            transfer.take(Side::Client, data);
        } else if let Some(transfer) = self.found.iter_mut().rev().find(by(to)) {
            transfer.take(Side::Server, data);
        }
    }

    pub(super) fn finish(self) -> Vec<Transfer> {
        self.found
    }

    fn request(&mut self, at: f64, client: SocketAddrV4, server: SocketAddrV4, fields: &[u8]) {
        let path: Vec<u8> = fields.iter().copied().take_while(|b| *b != 0).collect();
        let again =
            |open: &Transfer| open.client == client && open.path == path && open.body.is_empty();
        if self.found.last().is_some_and(again) {
            return; // the same request, sent again
        }
        let after_mode = fields.splitn(3, |b| *b == 0).nth(2).unwrap_or_default();
        self.found.push(Transfer {
            at,
            client,
            server,
            path,
            asked: pairs(after_mode),
            granted: None,
            error: None,
            body: Vec::new(),
            done: false,
            out_of_order: 0,
            next: 1,
            last_seen: false,
        });
    }
}

fn pairs(fields: &[u8]) -> Vec<(String, String)> {
    let words: Vec<String> = fields.split(|b| *b == 0).map(shown).collect();
    words
        .chunks_exact(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect()
}
