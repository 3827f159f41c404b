//! Keytab files: the keys of a service, as MIT Kerberos and Heimdal write them.

use super::fields::Fields;
use super::{EncryptionType, Key, Malformed, Principal, principal::MOST_COMPONENTS};

/// The largest file that is read; a key takes some eighty bytes.
pub const LARGEST_FILE: usize = 1 << 20;
/// The most keys that are tried.
const MOST_ENTRIES: usize = 4096;

const CUT_OFF: &str = "keytab record is cut off";

/// One key.
#[derive(Debug, Clone)]
pub struct KeytabEntry {
    /// Whose key it is.
    pub principal: Principal,
    /// Its version.
    pub key_version: u32,
    /// Its algorithm.
    pub encryption_type: EncryptionType,
    /// The key itself, which has no `Display` and hides in `Debug`.
    pub key: Key,
}

/// The keys of a file, in its order.
#[derive(Debug, Clone, Default)]
pub struct Keytab {
    /// All of them.
    pub entries: Vec<KeytabEntry>,
}

impl Keytab {
    /// Reads a file of version 2: big-endian records, each with its size;
    /// negative sizes are holes that deleted keys left.
    ///
    /// # Errors
    /// When it is not a keytab, another version, or a record is cut off.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > LARGEST_FILE {
            return Err(Malformed("larger than 1 MiB, so not a keytab"));
        }
        let records = match bytes {
            [5, 2, rest @ ..] => rest,
            [5, 1, ..] => {
                return Err(Malformed(
                    "keytab of version 1, whose byte order depends on the machine that wrote it",
                ));
            }
            _ => return Err(Malformed("not a keytab")),
        };
        let mut file = Fields::new(records, CUT_OFF);
        let mut entries = Vec::new();
        while !file.is_empty() {
            let size = file.u32()?.cast_signed();
            let record = file.take(size.unsigned_abs() as usize)?;
            if size <= 0 {
                // A size of zero ends the file (RFC draft of the format).
                if size == 0 {
                    break;
                }
                continue;
            }
            if entries.len() == MOST_ENTRIES {
                return Err(Malformed("keytab of more than 4,096 keys"));
            }
            entries.push(entry(record)?);
        }
        Ok(Keytab { entries })
    }
}

fn entry(record: &[u8]) -> Result<KeytabEntry, Malformed> {
    let mut record = Fields::new(record, CUT_OFF);
    let count = usize::from(record.u16()?);
    if count > MOST_COMPONENTS {
        return Err(Malformed("keytab record with too many name components"));
    }
    let realm = record.counted_u16()?;
    let mut components = Vec::with_capacity(count);
    for _ in 0..count {
        components.push(record.counted_u16()?);
    }
    record.u32()?; // name type
    record.u32()?; // time
    let short_version = record.take(1)?[0];
    let encryption_type = EncryptionType(i32::from(record.u16()?.cast_signed()));
    let key = Key::new(record.counted_u16()?);
    // Versions above 255 follow at the end, where there is room; zero means
    // that the byte counts.
    let key_version = match record.u32() {
        Ok(version) if version != 0 => version,
        _ => u32::from(short_version),
    };
    Ok(KeytabEntry {
        principal: Principal::new(components, realm),
        key_version,
        encryption_type,
        key,
    })
}

#[cfg(test)]
#[path = "keytab/tests.rs"]
pub(crate) mod tests;
