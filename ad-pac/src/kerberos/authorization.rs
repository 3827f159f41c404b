//! Authorization data: typed elements, some of which hold others. The PAC is
//! one of them (MS-PAC), inside AD-IF-RELEVANT.

use super::Malformed;
use super::der::{self, Reader};

/// Elements in elements; the PAC lies at depth 1.
const DEEPEST: u8 = 8;
const MOST_ELEMENTS: usize = 1024;
const MOST_BUFFERS: u32 = 64;

/// The types of authorization data that have a name.
pub const TYPES: &[(i32, &str)] = &[
    (1, "AD-IF-RELEVANT"),
    (4, "AD-KDC-ISSUED"),
    (5, "AD-AND-OR"),
    (8, "AD-MANDATORY-FOR-KDC"),
    (9, "AD-INITIAL-VERIFIED-CAS"),
    (64, "OSF-DCE"),
    (65, "SESAME"),
    (71, "AD-FX-FAST-ARMOR"),
    (72, "AD-FX-FAST-USED"),
    (96, "AD-CAMMAC"),
    (97, "AD-AUTHENTICATION-INDICATOR"),
    (128, "AD-WIN2K-PAC"),
    (129, "AD-ETYPE-NEGOTIATION"),
    (141, "KERB-AUTH-DATA-TOKEN-RESTRICTIONS"),
    (142, "KERB-LOCAL"),
    (143, "AD-AUTH-DATA-AP-OPTIONS"),
    (512, "AD-SIGNEDPATH"),
];

/// The types of PAC buffers (MS-PAC section 2.4).
pub const BUFFERS: &[(u32, &str)] = &[
    (1, "logon information"),
    (2, "credentials"),
    (6, "server signature"),
    (7, "KDC signature"),
    (10, "client name"),
    (11, "constrained delegation"),
    (12, "UPN and DNS name"),
    (13, "client claims"),
    (14, "device information"),
    (15, "device claims"),
    (16, "ticket signature"),
    (17, "attributes"),
    (18, "requestor SID"),
    (19, "full signature"),
];

const IF_RELEVANT: i32 = 1;
const WIN2K_PAC: i32 = 128;

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// How many others it lies in.
    pub depth: u8,
    /// Its type.
    pub kind: i32,
    /// Its size.
    pub bytes: usize,
}

impl Element {
    /// The name of its type, where it has one.
    pub fn name(&self) -> Option<&'static str> {
        TYPES
            .iter()
            .find(|(kind, _)| *kind == self.kind)
            .map(|(_, name)| *name)
    }
}

/// A part of a PAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buffer {
    /// Its type.
    pub kind: u32,
    /// Its size.
    pub bytes: u32,
}

impl Buffer {
    /// The name of its type, where it has one.
    pub fn name(&self) -> Option<&'static str> {
        BUFFERS
            .iter()
            .find(|(kind, _)| *kind == self.kind)
            .map(|(_, name)| *name)
    }
}

/// A privilege attribute certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pac {
    /// Its size.
    pub bytes: usize,
    /// Its parts.
    pub buffers: Vec<Buffer>,
}

/// All authorization data of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authorization {
    /// Every element, those inside others right after them.
    pub elements: Vec<Element>,
    /// The PAC, if there is one.
    pub pac: Option<Pac>,
}

impl Authorization {
    /// Reads the content of an AuthorizationData (RFC 4120 section 5.2.6).
    ///
    /// # Errors
    /// When it is malformed or nested too deep.
    pub fn parse(sequence: &[u8]) -> Result<Self, Malformed> {
        let mut found = Authorization::default();
        found.walk(sequence, 0)?;
        Ok(found)
    }

    fn walk(&mut self, sequence: &[u8], depth: u8) -> Result<(), Malformed> {
        let mut elements = Reader::new(sequence);
        while !elements.is_empty() {
            if self.elements.len() == MOST_ELEMENTS {
                return Err(Malformed("too much authorization data"));
            }
            let mut fields = Reader::new(elements.expect(der::SEQUENCE)?);
            let kind = der::integer(fields.field(0, der::INTEGER)?)?;
            let kind = i32::try_from(kind)
                .map_err(|_| Malformed("authorization data type of more than 32 bits"))?;
            let data = fields.field(1, der::OCTET_STRING)?;
            self.elements.push(Element {
                depth,
                kind,
                bytes: data.len(),
            });
            match kind {
                IF_RELEVANT if depth == DEEPEST => {
                    return Err(Malformed("authorization data nested too deep"));
                }
                IF_RELEVANT => self.walk(Reader::new(data).expect(der::SEQUENCE)?, depth + 1)?,
                WIN2K_PAC => self.pac = Some(pac(data)?),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads the table at the head of a PAC: count, version, and for each buffer
/// its type, size and offset, little-endian (MS-PAC sections 2.3 and 2.4).
fn pac(bytes: &[u8]) -> Result<Pac, Malformed> {
    let cut_off = Malformed("PAC is cut off");
    let word = |at: usize| -> Option<u32> {
        let bytes = bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let count = word(0).ok_or(cut_off.clone())?;
    if word(4) != Some(0) {
        return Err(Malformed("PAC of another version than 0"));
    }
    if count > MOST_BUFFERS {
        return Err(Malformed("PAC of too many buffers"));
    }
    let mut buffers = Vec::new();
    for index in 0..count as usize {
        let at = 8 + 16 * index;
        let entry = word(at)
            .zip(word(at + 4))
            .zip(word(at + 8).zip(word(at + 12)));
        let ((kind, size), (low, high)) = entry.ok_or(cut_off.clone())?;
        let end = (u64::from(high) << 32 | u64::from(low)).checked_add(u64::from(size));
        if end.is_none_or(|end| end > bytes.len() as u64) {
            return Err(Malformed("PAC buffer lies outside of the PAC"));
        }
        buffers.push(Buffer { kind, bytes: size });
    }
    Ok(Pac {
        bytes: bytes.len(),
        buffers,
    })
}

#[cfg(test)]
#[path = "authorization/tests.rs"]
pub(crate) mod tests;
