//! The bytes of the journal: batches of changes, each with its length and
//! checksum.
//!
//! ```text
//! batch  = "PXEB" length:u32 crc32:u32 change*      (numbers big endian)
//! change = 1 state:u8 address:4 until:u64 mac key   | 2 at:u64 mac rule
//! mac, key, rule = length:u8 bytes
//! ```

use std::net::Ipv4Addr;

use crate::dhcp::client::ClientKey;
use crate::dhcp::leases::{Change, Lease, State};
use crate::wire::dhcp::HardwareAddress;

const MARK: &[u8; 4] = b"PXEB";
const HEAD: usize = 12;

/// Appends one batch.
pub(super) fn push_batch(bytes: &mut Vec<u8>, changes: &[Change]) {
    let start = bytes.len();
    bytes.extend(MARK);
    bytes.extend([0; 8]);
    for change in changes {
        push_change(bytes, change);
    }
    let payload = &bytes[start + HEAD..];
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let checksum = crc32fast::hash(payload);
    bytes[start + 4..start + 8].copy_from_slice(&len.to_be_bytes());
    bytes[start + 8..start + 12].copy_from_slice(&checksum.to_be_bytes());
}

fn push_change(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Lease(lease) => {
            bytes.push(1);
            bytes.push(match lease.state {
                State::Offered => 0,
                State::Bound => 1,
                State::Released => 2,
                State::Declined => 3,
            });
            bytes.extend(lease.address.octets());
            bytes.extend(lease.until.to_be_bytes());
            push_short(bytes, lease.mac.as_bytes());
            push_short(bytes, &lease.key.0);
        }
        Change::Once { rule, mac, at } => {
            bytes.push(2);
            bytes.extend(at.to_be_bytes());
            push_short(bytes, mac.as_bytes());
            push_short(bytes, rule.as_bytes());
        }
    }
}

fn push_short(bytes: &mut Vec<u8>, value: &[u8]) {
    let len = u8::try_from(value.len()).unwrap_or(255);
    bytes.push(len);
    bytes.extend_from_slice(&value[..usize::from(len)]);
}

/// What could be read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) changes: Vec<Change>,
    /// Bytes up to the end of the last whole batch.
    pub(super) good: usize,
}

/// Reads batches up to an unfinished one at the end. Every batch is synced
/// before the next is begun, so only the last can be unfinished; a broken one
/// with a whole one after it is damage, and its offset the error.
pub(super) fn read_all(bytes: &[u8]) -> Result<Read, usize> {
    let mut changes = Vec::new();
    let mut good = 0;
    while let Some((batch, len)) = read_batch(&bytes[good..]) {
        changes.extend(batch);
        good += len;
    }
    let rest = bytes.get(good + 1..).unwrap_or_default();
    let whole_one_follows = rest
        .windows(MARK.len())
        .enumerate()
        .filter(|(_, window)| *window == MARK)
        .any(|(at, _)| read_batch(&rest[at..]).is_some());
    if whole_one_follows {
        Err(good)
    } else {
        Ok(Read { changes, good })
    }
}

fn read_batch(bytes: &[u8]) -> Option<(Vec<Change>, usize)> {
    let mut reader = Reader(bytes);
    if reader.take(4)? != MARK {
        return None;
    }
    let len = usize::try_from(u32::from_be_bytes(reader.array()?)).ok()?;
    let checksum = u32::from_be_bytes(reader.array()?);
    let payload = reader.take(len)?;
    if payload.is_empty() || crc32fast::hash(payload) != checksum {
        return None;
    }
    let mut reader = Reader(payload);
    let mut changes = Vec::new();
    while !reader.0.is_empty() {
        changes.push(reader.change()?);
    }
    Some((changes, HEAD + len))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn short(&mut self) -> Option<&'a [u8]> {
        let [len] = self.array()?;
        self.take(len.into())
    }

    fn change(&mut self) -> Option<Change> {
        match self.array()? {
            [1] => {
                let state = match self.array()? {
                    [0] => State::Offered,
                    [1] => State::Bound,
                    [2] => State::Released,
                    [3] => State::Declined,
                    _ => return None,
                };
                Some(Change::Lease(Lease {
                    state,
                    address: Ipv4Addr::from(self.array::<4>()?),
                    until: u64::from_be_bytes(self.array()?),
                    mac: HardwareAddress::new(self.short()?),
                    key: ClientKey(self.short()?.into()),
                }))
            }
            [2] => Some(Change::Once {
                at: u64::from_be_bytes(self.array()?),
                mac: HardwareAddress::new(self.short()?),
                rule: String::from_utf8(self.short()?.to_vec()).ok()?,
            }),
            _ => None,
        }
    }
}
