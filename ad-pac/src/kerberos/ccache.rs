//! Credential cache files: leaving out everything but the tickets that grant
//! tickets, so that a service ticket asked for with the rest is a fresh one.

use super::fields::Fields;
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
    let mut fields = Fields::new(bytes, "credential cache is cut off");
    let version = match bytes {
        [5, version @ (3 | 4), ..] => *version,
        [5, ..] => return Err(Malformed("credential cache of another version than 3 or 4")),
        _ => return Err(Malformed("not a credential cache")),
    };
    fields.take(2)?; // what was just looked at
    if version == 4 {
        let header = fields.u16()?;
        fields.take(usize::from(header))?;
    }
    let client = principal(&mut fields)?;
    let mut file = bytes[..fields.at()].to_vec();
    let (mut kept, mut left_out) = (0, 0);
    while !fields.is_empty() {
        let start = fields.at();
        principal(&mut fields)?;
        let server = principal(&mut fields)?;
        fields.take(if version == 3 { 4 } else { 2 })?; // encryption type
        fields.counted_u32()?; // session key
        fields.take(4 * 4 + 1 + 4)?; // times, is_skey, flags
        for _ in 0..2 {
            // addresses, then authorization data
            let count = fields.u32()?;
            if count > MOST_ITEMS {
                return Err(Malformed("credential with too many addresses"));
            }
            for _ in 0..count {
                fields.take(2)?;
                fields.counted_u32()?;
            }
        }
        fields.counted_u32()?; // ticket
        fields.counted_u32()?; // second ticket
        if server.grants_tickets() {
            file.extend_from_slice(&bytes[start..fields.at()]);
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

fn principal(fields: &mut Fields<'_>) -> Result<Principal, Malformed> {
    fields.u32()?; // name type
    let count = fields.u32()? as usize;
    if count > MOST_COMPONENTS {
        return Err(Malformed("name of too many components"));
    }
    let realm = fields.counted_u32()?;
    let mut components = Vec::with_capacity(count);
    for _ in 0..count {
        components.push(fields.counted_u32()?);
    }
    Ok(Principal::new(components, realm))
}

#[cfg(test)]
#[path = "ccache/tests.rs"]
mod tests;
