//! Opening a ticket with the keys of its service.

use std::fmt;

use super::der::{self, Reader};
use super::{Authorization, EncryptionType, Keytab, Malformed, Principal, Ticket};

/// The key usage of a ticket's encrypted part (RFC 4120 section 7.5.1).
const TICKET_USAGE: u32 = 2;

/// The inside of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Whom it was given to.
    pub client: Principal,
    /// The version of the key that opened it.
    pub key_version: u32,
    /// What it says about the client's rights.
    pub authorization: Authorization,
}

/// Why a ticket could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotOpened {
    /// The keytab holds no key of this encryption type.
    NoKey {
        /// What the ticket is encrypted with.
        wanted: EncryptionType,
        /// The version of the key.
        version: Option<u32>,
        /// What the keytab has.
        present: Vec<EncryptionType>,
    },
    /// There are keys of this type, and none fits.
    WrongKey {
        /// What the ticket is encrypted with.
        wanted: EncryptionType,
        /// The version of the key.
        version: Option<u32>,
        /// The versions of that type in the keytab.
        present: Vec<u32>,
    },
    /// It is encrypted with something that is not known here.
    Unknown(EncryptionType),
    /// It opened and its content is malformed.
    Malformed(Malformed),
}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = |version: &Option<u32>| {
            version.map_or_else(String::new, |number| format!(" (key version {number})"))
        };
        match self {
            NotOpened::NoKey {
                wanted,
                version: number,
                present,
            } => {
                let names: Vec<String> = present.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "no key for {wanted}{}; the keytab has {}",
                    version(number),
                    if names.is_empty() {
                        "none at all".to_owned()
                    } else {
                        names.join(", ")
                    }
                )
            }
            NotOpened::WrongKey {
                wanted,
                version: number,
                present,
            } => {
                let versions: Vec<String> = present.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "no key fits the ticket's {wanted}{}; the keytab has version {}",
                    version(number),
                    versions.join(", ")
                )
            }
            NotOpened::Unknown(kind) => {
                write!(
                    f,
                    "the ticket is encrypted with {kind}, which is not supported"
                )
            }
            NotOpened::Malformed(error) => write!(f, "the ticket is malformed inside: {error}"),
        }
    }
}

impl std::error::Error for NotOpened {}

/// Opens a ticket with any key of the keytab that fits.
///
/// The names in the keytab are not compared: hosts are known by several, and
/// only the right key passes the integrity check.
///
/// # Errors
/// When no key fits, or what is inside is malformed.
pub fn open(ticket: &Ticket, keytab: &Keytab) -> Result<Opened, NotOpened> {
    let part = &ticket.encrypted;
    let wanted = part.encryption_type;
    if !wanted.is_supported() {
        return Err(NotOpened::Unknown(wanted));
    }
    let same_type = keytab
        .entries
        .iter()
        .filter(|entry| entry.encryption_type == wanted);
    let mut candidates: Vec<_> = same_type.collect();
    if candidates.is_empty() {
        let mut present: Vec<_> = keytab
            .entries
            .iter()
            .map(|entry| entry.encryption_type)
            .collect();
        present.sort_unstable();
        present.dedup();
        return Err(NotOpened::NoKey {
            wanted,
            version: part.key_version,
            present,
        });
    }
    // The version is a hint: some KDCs and keytabs disagree about it.
    candidates.sort_by_key(|entry| Some(entry.key_version) != part.key_version);
    for entry in &candidates {
        if let Some(plain) = wanted.decrypt(&entry.key, TICKET_USAGE, &part.cipher) {
            return inside(&plain, entry.key_version).map_err(NotOpened::Malformed);
        }
    }
    let mut present: Vec<u32> = candidates.iter().map(|entry| entry.key_version).collect();
    present.sort_unstable();
    present.dedup();
    Err(NotOpened::WrongKey {
        wanted,
        version: part.key_version,
        present,
    })
}

/// Reads an EncTicketPart (RFC 4120 section 5.3). The encryption may have
/// padded it, so bytes after it are nobody's business.
fn inside(plain: &[u8], key_version: u32) -> Result<Opened, Malformed> {
    let mut fields = Reader::new(Reader::new(plain).expect(der::application(3))?);
    let mut fields = Reader::new(fields.expect(der::SEQUENCE)?);
    fields.expect(der::context(0))?; // flags
    fields.expect(der::context(1))?; // session key
    let realm = fields.field(2, der::GENERAL_STRING)?;
    let client = Principal::read(fields.field(3, der::SEQUENCE)?, realm)?;
    fields.expect(der::context(4))?; // transited
    fields.expect(der::context(5))?; // authtime
    fields.optional(der::context(6))?; // starttime
    fields.expect(der::context(7))?; // endtime
    fields.optional(der::context(8))?; // renew-till
    fields.optional(der::context(9))?; // caddr
    let authorization = match fields.optional(der::context(10))? {
        Some(content) => Authorization::parse(Reader::new(content).expect(der::SEQUENCE)?)?,
        None => Authorization::default(),
    };
    Ok(Opened {
        client,
        key_version,
        authorization,
    })
}

#[cfg(test)]
#[path = "proof/tests.rs"]
mod tests;
