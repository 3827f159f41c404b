//! Reading out of a directory's entry what goes into a person's tickets.

use crate::ldap::Entry;

use super::Groups;
use super::law::{Person, units};

/// The attributes whose text is copied into a PAC.
const TEXTS: &[&str] = &[
    "displayName",
    "scriptPath",
    "profilePath",
    "homeDirectory",
    "homeDrive",
];

/// What to ask for, of the person's entry and of `tokenGroups` on its own.
pub const PERSON_ATTRIBUTES: &[&str] = &[
    "sAMAccountName",
    "userPrincipalName",
    "objectSid",
    "displayName",
    "scriptPath",
    "profilePath",
    "homeDirectory",
    "homeDrive",
];

/// Computed by the directory, for one object at a time (MS-ADTS 3.1.1.4.5.19).
pub const TOKEN_GROUPS: &str = "tokenGroups";

/// Who a person is, from the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Where the account lies.
    pub dn: String,
    /// `sAMAccountName`
    pub name: String,
    /// What the ticket will hold.
    pub person: Person,
}

impl Identity {
    /// Reads an entry with [`PERSON_ATTRIBUTES`], and the `tokenGroups` of
    /// another. `None` when the entry is not of an account.
    pub fn read(entry: &Entry, groups: &[Vec<u8>]) -> Option<Self> {
        let name = entry.text("sAMAccountName")?;
        let sid = entry.values("objectSid").first()?;
        Some(Identity {
            dn: entry.dn.clone(),
            person: Person {
                name: units(&name),
                principal_name: entry.text("userPrincipalName").map(|text| units(&text)),
                texts: TEXTS
                    .iter()
                    .filter_map(|attribute| entry.text(attribute))
                    .map(|text| units(&text))
                    .collect(),
                groups: Groups::count(sid, groups.iter().map(Vec::as_slice)),
            },
            name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_becomes_a_person_and_an_incomplete_one_does_not() {
        let sid = vec![
            1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 9, 9, 0, 0,
        ];
        let mut entry = Entry::new("CN=Bob,DC=example,DC=test");
        assert_eq!(Identity::read(&entry, &[]), None);
        entry.add("sAMAccountName", [b"bob".to_vec()]);
        assert_eq!(Identity::read(&entry, &[]), None);
        entry.add("objectSid", [sid.clone()]);
        entry.add("displayName", ["Bob Müller 𝒳".as_bytes().to_vec()]);
        let identity = Identity::read(&entry, &[sid]).unwrap();
        assert_eq!(identity.name, "bob");
        assert_eq!(identity.person.texts, [13], "UTF-16 units");
        assert_eq!(identity.person.principal_name, None);
        assert_eq!(
            identity.person.groups,
            Groups {
                own: 1,
                foreign: 0,
                builtin: 0
            }
        );
    }

    #[test]
    fn every_text_is_asked_for() {
        assert!(TEXTS.iter().all(|text| PERSON_ATTRIBUTES.contains(text)));
    }
}
