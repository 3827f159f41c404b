//! Credential cache files: leaving out everything but the tickets that grant
//! tickets, so that a service ticket asked for with the rest is a fresh one.

use super::{Malformed, Principal, principal::MOST_COMPONENTS};

/// The largest cache that is read.
pub const LARGEST_FILE: usize = 16 << 20;
/// The most addresses or authorization data of one credential.
const MOST_ITEMS: u32 = 1024;

/// A cache with only the tickets that grant tickets.
#[derive(Clone, PartialEq, Eq)]
pub struct TicketGranting {
    /// Whose cache it is.
    pub client: Principal,
    /// How many tickets were kept.
    pub kept: usize,
    /// How many other tickets were left out.
    pub left_out: usize,
    /// The file.
    pub file: Vec<u8>,
}

impl std::fmt::Debug for TicketGranting {
    // The file holds session keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TicketGranting({}, {} kept)", self.client, self.kept)
    }
}

/// Reads a cache of version 3 or 4 and copies what grants tickets.
///
/// # Errors
/// When it is not a credential cache, or is cut off.
pub fn ticket_granting(bytes: &[u8]) -> Result<TicketGranting, Malformed> {
    if bytes.len() > LARGEST_FILE {
        return Err(Malformed("credential cache larger than 16 MiB"));
    }
    let mut cursor = Cursor { bytes, at: 2 };
    let version = match bytes {
        [5, version @ (3 | 4), ..] => *version,
        [5, ..] => return Err(Malformed("credential cache of another version than 3 or 4")),
        _ => return Err(Malformed("not a credential cache")),
    };
    if version == 4 {
        let header = cursor.u16()?;
        cursor.take(usize::from(header))?;
    }
    let client = cursor.principal()?;
    let mut file = bytes[..cursor.at].to_vec();
    let (mut kept, mut left_out) = (0, 0);
    while cursor.at < bytes.len() {
        let start = cursor.at;
        cursor.principal()?;
        let server = cursor.principal()?;
        cursor.take(if version == 3 { 4 } else { 2 })?; // encryption type
        cursor.counted()?; // session key
        cursor.take(4 * 4 + 1 + 4)?; // times, is_skey, flags
        for _ in 0..2 {
            // addresses, then authorization data
            let count = cursor.u32()?;
            if count > MOST_ITEMS {
                return Err(Malformed("credential with too many addresses"));
            }
            for _ in 0..count {
                cursor.take(2)?;
                cursor.counted()?;
            }
        }
        cursor.counted()?; // ticket
        cursor.counted()?; // second ticket
        if server.grants_tickets() {
            file.extend_from_slice(&bytes[start..cursor.at]);
            kept += 1;
        } else if server.realm != "X-CACHECONF:" {
            left_out += 1;
        }
    }
    Ok(TicketGranting {
        client,
        kept,
        left_out,
        file,
    })
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or(Malformed("credential cache is cut off"))?;
        self.at += count;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        self.take(2)
            .map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        self.take(4)
            .map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn counted(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.u32()?;
        self.take(count as usize)
    }

    fn principal(&mut self) -> Result<Principal, Malformed> {
        self.u32()?; // name type
        let count = self.u32()? as usize;
        if count > MOST_COMPONENTS {
            return Err(Malformed("name of too many components"));
        }
        let realm = self.counted()?;
        let mut components = Vec::with_capacity(count);
        for _ in 0..count {
            components.push(self.counted()?);
        }
        Ok(Principal::new(components, realm))
    }
}

#[cfg(test)]
#[path = "ccache/tests.rs"]
mod tests;
