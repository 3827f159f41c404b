//! The two identifiers that never change: `objectGUID` and `objectSid`.

use std::fmt;

/// An `objectGUID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid([u8; 16]);

impl Guid {
    /// From the 16 bytes a directory stores.
    ///
    /// # Errors
    /// When there are not 16.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotIdentifier> {
        bytes.try_into().map(Guid).map_err(|_| NotIdentifier)
    }

    /// From `01234567-89ab-cdef-0123-456789abcdef`.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self, NotIdentifier> {
        let lengths = text.split('-').map(str::len);
        if !lengths.eq([8, 4, 4, 4, 12]) {
            return Err(NotIdentifier);
        }
        let digits: Vec<u8> = text
            .chars()
            .filter(|c| *c != '-')
            .map(|c| c.to_digit(16).map(|digit| digit as u8).ok_or(NotIdentifier))
            .collect::<Result<_, _>>()?;
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] * 16 + pair[1];
        }
        Ok(Guid(swapped(bytes)))
    }
}

/// The first three fields are little-endian in the stored form (MS-DTYP 2.3.4.2).
fn swapped(mut bytes: [u8; 16]) -> [u8; 16] {
    bytes[0..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    bytes
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in swapped(self.0).iter().enumerate() {
            if [4, 6, 8, 10].contains(&index) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// An `objectSid` (MS-DTYP 2.4.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sid {
    authority: u64,
    sub_authorities: Vec<u32>,
}

/// MS-DTYP 2.4.2.2: at most 15.
const MOST_SUB_AUTHORITIES: usize = 15;

impl Sid {
    /// From the bytes a directory stores.
    ///
    /// # Errors
    /// When they are not a SID of revision 1.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotIdentifier> {
        let (head, rest) = bytes.split_at_checked(8).ok_or(NotIdentifier)?;
        let count = usize::from(head[1]);
        if head[0] != 1 || count > MOST_SUB_AUTHORITIES || rest.len() != count * 4 {
            return Err(NotIdentifier);
        }
        Ok(Sid {
            authority: head[2..]
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
            sub_authorities: rest
                .chunks_exact(4)
                .map(|part| u32::from_le_bytes([part[0], part[1], part[2], part[3]]))
                .collect(),
        })
    }

    /// From `S-1-5-21-…`.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self, NotIdentifier> {
        let rest = text
            .strip_prefix("S-1-")
            .or_else(|| text.strip_prefix("s-1-"))
            .ok_or(NotIdentifier)?;
        let mut parts = rest.split('-');
        let authority: u64 = decimal(parts.next().unwrap_or_default())?;
        let sub_authorities: Vec<u32> = parts
            .map(|part| decimal(part).and_then(|n| u32::try_from(n).map_err(|_| NotIdentifier)))
            .collect::<Result<_, _>>()?;
        if sub_authorities.len() > MOST_SUB_AUTHORITIES || authority >= 1 << 48 {
            return Err(NotIdentifier);
        }
        Ok(Sid {
            authority,
            sub_authorities,
        })
    }

    /// The last part, which tells accounts of a domain apart.
    pub fn relative_id(&self) -> Option<u32> {
        self.sub_authorities.last().copied()
    }

    /// The SID without its last part: the domain of an account.
    pub fn domain(&self) -> Option<Sid> {
        let (_, rest) = self.sub_authorities.split_last()?;
        Some(Sid {
            authority: self.authority,
            sub_authorities: rest.to_vec(),
        })
    }
}

fn decimal(text: &str) -> Result<u64, NotIdentifier> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotIdentifier);
    }
    text.parse().map_err(|_| NotIdentifier)
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S-1-{}", self.authority)?;
        for part in &self.sub_authorities {
            write!(f, "-{part}")?;
        }
        Ok(())
    }
}

/// Something that is neither a GUID nor a SID, whichever was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotIdentifier;

impl fmt::Display for NotIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed identifier")
    }
}

impl std::error::Error for NotIdentifier {}

#[cfg(test)]
#[path = "identifier/tests.rs"]
mod tests;
