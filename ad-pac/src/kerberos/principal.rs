//! Names in Kerberos: components and a realm.

use std::fmt;

use super::der::{self, Reader};
use super::{Malformed, shown};

/// The most components of a name that is worth reading; real ones have one to
/// three.
pub const MOST_COMPONENTS: usize = 16;

/// `nfs/nfs01.example.test@EXAMPLE.TEST`, made safe to print.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Principal {
    /// `nfs`, `nfs01.example.test`
    pub components: Vec<String>,
    /// `EXAMPLE.TEST`
    pub realm: String,
}

impl Principal {
    /// From the components and realm as they lie in files and messages.
    pub fn new<'a>(components: impl IntoIterator<Item = &'a [u8]>, realm: &[u8]) -> Self {
        Principal {
            components: components.into_iter().map(shown).collect(),
            realm: shown(realm),
        }
    }

    /// Reads a PrincipalName (RFC 4120 section 5.2.2).
    ///
    /// # Errors
    /// When it is not one, or has too many components.
    pub fn read(name: &[u8], realm: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Reader::new(name);
        fields.field(0, der::INTEGER)?;
        let mut strings = Reader::new(fields.field(1, der::SEQUENCE)?);
        let mut components = Vec::new();
        while !strings.is_empty() {
            if components.len() == MOST_COMPONENTS {
                return Err(Malformed("name of too many components"));
            }
            components.push(strings.expect(der::GENERAL_STRING)?);
        }
        Ok(Principal::new(components, realm))
    }

    /// Whether it names a ticket granting service.
    pub fn grants_tickets(&self) -> bool {
        self.components.len() == 2 && self.components[0] == "krbtgt"
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.components.join("/"), self.realm)
    }
}
