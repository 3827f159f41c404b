//! What a client hands to a service: a GSS-API token that holds an AP-REQ that
//! holds a ticket. Only the authenticator and the ticket's inside are
//! encrypted; the rest can be read by anybody.

use super::der::{self, Reader};
use super::{EncryptionType, Malformed, Principal};

/// The largest token that is looked at; RPCSEC_GSS and Windows stop at 65,535.
pub const LARGEST_TOKEN: usize = 1 << 20;

/// 1.2.840.113554.1.2.2 (RFC 4121 section 4.1)
const KERBEROS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];
/// TOK_ID of an AP-REQ (RFC 4121 section 4.1).
const AP_REQUEST: &[u8] = &[0x01, 0x00];
const VERSION: i64 = 5;

/// An encrypted part and what it is encrypted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedData {
    /// The algorithm.
    pub encryption_type: EncryptionType,
    /// The version of the key.
    pub key_version: Option<u32>,
    /// The ciphertext.
    pub cipher: Vec<u8>,
}

/// A service ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The service it is for.
    pub service: Principal,
    /// Its inside.
    pub encrypted: EncryptedData,
    /// Its size in DER.
    pub bytes: usize,
}

/// The first token of a GSS-API context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceToken {
    /// Its whole size: what has to fit into a server's buffer.
    pub bytes: usize,
    /// The ticket in it.
    pub ticket: Ticket,
}

impl ServiceToken {
    /// Reads the token a client sends (RFC 2743 section 3.1, RFC 4121 4.1).
    ///
    /// # Errors
    /// When it is not a Kerberos token with an AP-REQ.
    pub fn parse(token: &[u8]) -> Result<Self, Malformed> {
        if token.len() > LARGEST_TOKEN {
            return Err(Malformed("token larger than 1 MiB"));
        }
        let mut frame = Reader::new(Reader::new(token).expect(der::application(0))?);
        if frame.expect(der::OBJECT_IDENTIFIER)? != KERBEROS {
            return Err(Malformed("token of another mechanism than Kerberos"));
        }
        let message = frame
            .rest()
            .strip_prefix(AP_REQUEST)
            .ok_or(Malformed("token without an AP-REQ"))?;
        let mut fields = Reader::new(message);
        let mut fields = Reader::new(fields.expect(der::application(14))?);
        let mut fields = Reader::new(fields.expect(der::SEQUENCE)?);
        if der::integer(fields.field(0, der::INTEGER)?)? != VERSION {
            return Err(Malformed("AP-REQ of another version than 5"));
        }
        fields.expect(der::context(1))?; // msg-type
        fields.expect(der::context(2))?; // ap-options
        let ticket = Ticket::parse(fields.expect(der::context(3))?)?;
        Ok(ServiceToken {
            bytes: token.len(),
            ticket,
        })
    }
}

impl Ticket {
    /// Reads a Ticket (RFC 4120 section 5.3).
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut whole = Reader::new(bytes);
        let mut fields = Reader::new(whole.expect(der::application(1))?);
        if !whole.is_empty() {
            return Err(Malformed("more after the ticket"));
        }
        let mut fields = Reader::new(fields.expect(der::SEQUENCE)?);
        if der::integer(fields.field(0, der::INTEGER)?)? != VERSION {
            return Err(Malformed("ticket of another version than 5"));
        }
        let realm = fields.field(1, der::GENERAL_STRING)?;
        let service = Principal::read(fields.field(2, der::SEQUENCE)?, realm)?;
        let mut part = Reader::new(fields.field(3, der::SEQUENCE)?);
        let number = der::integer(part.field(0, der::INTEGER)?)?;
        let key_version = match part.optional(der::context(1))? {
            Some(content) => {
                let number = der::integer(Reader::new(content).expect(der::INTEGER)?)?;
                // Some KDCs write the unsigned number as a signed one.
                Some(number as u32)
            }
            None => None,
        };
        Ok(Ticket {
            service,
            encrypted: EncryptedData {
                encryption_type: i32::try_from(number)
                    .map(EncryptionType)
                    .map_err(|_| Malformed("encryption type of more than 32 bits"))?,
                key_version,
                cipher: part.field(2, der::OCTET_STRING)?.to_vec(),
            },
            bytes: bytes.len(),
        })
    }
}

#[cfg(test)]
#[path = "ticket/tests.rs"]
pub(crate) mod tests;
