//! Entries as a directory sends them, and what is read out of them.

use std::collections::BTreeMap;
use std::fmt;

use crate::account::dn::{harmless, steers_a_terminal};
use crate::account::{
    Account, AccountClass, DistinguishedName, Guid, Sid, UserAccountControl, stamp,
};

/// The attributes that make up an [`Account`]. Asking for names costs less
/// than asking for everything, and a sealed connection stays within its limits.
pub const ACCOUNT_ATTRIBUTES: &[&str] = &[
    "objectClass",
    "objectGUID",
    "objectSid",
    "sAMAccountName",
    USER_ACCOUNT_CONTROL,
    "dNSHostName",
    "servicePrincipalName",
    "operatingSystem",
    "msDS-SupportedEncryptionTypes",
    "primaryGroupID",
    "isCriticalSystemObject",
    "msDS-SecondaryKrbTgtNumber",
    "whenChanged",
];

/// Computed by the directory: what the caller may write (MS-ADTS 3.1.1.4.5.21).
pub const ALLOWED_ATTRIBUTES_EFFECTIVE: &str = "allowedAttributesEffective";

/// The attribute this tool changes.
pub const USER_ACCOUNT_CONTROL: &str = "userAccountControl";

/// An entry: its name and its attributes, whose names compare without case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The distinguished name, with what would steer a terminal escaped.
    pub dn: String,
    attributes: BTreeMap<String, Vec<Vec<u8>>>,
}

/// Why an entry is not an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAccount {
    dn: String,
    attribute: &'static str,
    what: &'static str,
}

impl fmt::Display for NotAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dn: String = self.dn.chars().take(200).collect();
        write!(f, "{dn}: {} {}", self.attribute, self.what)
    }
}

impl std::error::Error for NotAccount {}

impl Entry {
    /// An entry without attributes, of the name that was sent.
    pub fn new(dn: impl AsRef<str>) -> Self {
        Entry {
            dn: harmless(dn.as_ref()),
            attributes: BTreeMap::new(),
        }
    }

    /// Adds values to an attribute.
    pub fn add(&mut self, attribute: &str, values: impl IntoIterator<Item = Vec<u8>>) {
        self.attributes
            .entry(attribute.to_ascii_lowercase())
            .or_default()
            .extend(values);
    }

    /// All values of an attribute.
    pub fn values(&self, attribute: &str) -> &[Vec<u8>] {
        self.attributes
            .get(&attribute.to_ascii_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    /// The attributes sent, lower case.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &[Vec<u8>])> {
        self.attributes
            .iter()
            .map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// The values that are text, with control characters shown as `?`: they
    /// come from whoever may write the object and go to a terminal.
    pub fn texts(&self, attribute: &str) -> Vec<String> {
        self.values(attribute)
            .iter()
            .map(|value| {
                String::from_utf8_lossy(value)
                    .chars()
                    .map(printable)
                    .collect()
            })
            .collect()
    }

    /// The first value that is text.
    pub fn text(&self, attribute: &str) -> Option<String> {
        self.texts(attribute).into_iter().next()
    }

    fn number(&self, attribute: &str) -> Option<u32> {
        let number: i64 = self.text(attribute)?.parse().ok()?;
        i32::try_from(number)
            .map(i32::cast_unsigned)
            .or_else(|_| u32::try_from(number))
            .ok()
    }

    /// `userAccountControl`, which every account has for those who may read it.
    ///
    /// # Errors
    /// When it is missing or not a number.
    pub fn flags(&self) -> Result<UserAccountControl, NotAccount> {
        let text = self
            .text(USER_ACCOUNT_CONTROL)
            .ok_or_else(|| self.wrong(USER_ACCOUNT_CONTROL, "is missing or may not be read"))?;
        UserAccountControl::parse(&text)
            .map_err(|_| self.wrong(USER_ACCOUNT_CONTROL, "is not a 32-bit number"))
    }

    fn wrong(&self, attribute: &'static str, what: &'static str) -> NotAccount {
        NotAccount {
            dn: self.dn.clone(),
            attribute,
            what,
        }
    }

    /// Reads the account out of the entry.
    ///
    /// # Errors
    /// Names the attribute that is missing or malformed.
    pub fn account(&self) -> Result<Account, NotAccount> {
        let dn = DistinguishedName::parse(&self.dn)
            .map_err(|_| self.wrong("its name", "is not a distinguished name"))?;
        let guid = self.values("objectGUID").first();
        let guid = guid.ok_or_else(|| self.wrong("objectGUID", "is missing"))?;
        let classes = self.texts("objectClass");
        let is = |name: &str| classes.iter().any(|class| class.eq_ignore_ascii_case(name));
        let class = if is("msDS-GroupManagedServiceAccount") || is("msDS-ManagedServiceAccount") {
            AccountClass::ManagedService
        } else if is("computer") {
            AccountClass::Computer
        } else {
            AccountClass::User
        };
        let allowed = self.texts(ALLOWED_ATTRIBUTES_EFFECTIVE);
        let mut spns = self.texts("servicePrincipalName");
        spns.sort();
        Ok(Account {
            dn,
            guid: Guid::from_bytes(guid)
                .map_err(|_| self.wrong("objectGUID", "is not 16 bytes long"))?,
            sid: self
                .values("objectSid")
                .first()
                .and_then(|bytes| Sid::from_bytes(bytes).ok()),
            sam_account_name: self
                .text("sAMAccountName")
                .ok_or_else(|| self.wrong("sAMAccountName", "is missing"))?,
            class,
            flags: self.flags()?,
            dns_host_name: self.text("dNSHostName"),
            spns,
            operating_system: self.text("operatingSystem"),
            encryption_types: self.number("msDS-SupportedEncryptionTypes"),
            primary_group: self.number("primaryGroupID"),
            critical: self
                .text("isCriticalSystemObject")
                .is_some_and(|text| text.eq_ignore_ascii_case("true")),
            secondary_krbtgt: !self.values("msDS-SecondaryKrbTgtNumber").is_empty(),
            when_changed: self.text("whenChanged").map(|text| stamp::iso(&text)),
            writable: (!allowed.is_empty()).then(|| {
                allowed
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(USER_ACCOUNT_CONTROL))
            }),
        })
    }
}

/// Keeps a terminal from being steered by what somebody wrote into a directory.
fn printable(c: char) -> char {
    if steers_a_terminal(c) { '?' } else { c }
}

#[cfg(test)]
#[path = "entry/tests.rs"]
mod tests;
