//! An account as this tool needs to know it.

use super::{DistinguishedName, Guid, Sid, UserAccountControl, spn::Spn};

/// What kind of object an account is, from its most specific class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountClass {
    /// `computer`
    Computer,
    /// `msDS-GroupManagedServiceAccount` or `msDS-ManagedServiceAccount`
    ManagedService,
    /// `user`
    User,
}

impl AccountClass {
    /// The word for it in texts and JSON.
    pub fn name(self) -> &'static str {
        match self {
            AccountClass::Computer => "computer",
            AccountClass::ManagedService => "managed-service-account",
            AccountClass::User => "user",
        }
    }
}

/// An account, checked once when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Where it lies.
    pub dn: DistinguishedName,
    /// What it is, wherever it lies.
    pub guid: Guid,
    /// Its security identifier.
    pub sid: Option<Sid>,
    /// `sAMAccountName`
    pub sam_account_name: String,
    /// Its kind.
    pub class: AccountClass,
    /// `userAccountControl`
    pub flags: UserAccountControl,
    /// `dNSHostName`
    pub dns_host_name: Option<String>,
    /// `servicePrincipalName`, sorted.
    pub spns: Vec<String>,
    /// `operatingSystem`
    pub operating_system: Option<String>,
    /// `msDS-SupportedEncryptionTypes`
    pub encryption_types: Option<u32>,
    /// `primaryGroupID`
    pub primary_group: Option<u32>,
    /// `isCriticalSystemObject`
    pub critical: bool,
    /// Whether it is the krbtgt account of a read-only domain controller
    /// (`msDS-SecondaryKrbTgtNumber`).
    pub secondary_krbtgt: bool,
    /// `whenChanged` as ISO 8601.
    pub when_changed: Option<String>,
    /// Whether the caller may write `userAccountControl`, where that was asked
    /// (`allowedAttributesEffective`).
    pub writable: Option<bool>,
}

/// `primaryGroupID` of domain controllers and of read-only ones.
const DOMAIN_CONTROLLERS: u32 = 516;
const READ_ONLY_DOMAIN_CONTROLLERS: u32 = 521;
/// The relative identifier of krbtgt (MS-SAMR 2.2.1.14).
const RID_KRBTGT: u32 = 502;

impl Account {
    /// Whether tickets for it carry no PAC.
    pub fn pac_free(&self) -> bool {
        self.flags
            .contains(UserAccountControl::NO_AUTH_DATA_REQUIRED)
    }

    /// Whether it is a domain controller that accepts writes.
    pub fn is_domain_controller(&self) -> bool {
        self.flags
            .intersects(UserAccountControl::SERVER_TRUST_ACCOUNT)
            || self.primary_group == Some(DOMAIN_CONTROLLERS)
    }

    /// Whether it is a read-only domain controller.
    pub fn is_read_only_domain_controller(&self) -> bool {
        self.flags
            .intersects(UserAccountControl::PARTIAL_SECRETS_ACCOUNT)
            || self.primary_group == Some(READ_ONLY_DOMAIN_CONTROLLERS)
    }

    /// Whether it is the account whose keys protect ticket-granting tickets.
    pub fn is_krbtgt(&self) -> bool {
        let rid = self.sid.as_ref().and_then(Sid::relative_id);
        rid == Some(RID_KRBTGT)
            || self.secondary_krbtgt
            || self.sam_account_name.eq_ignore_ascii_case("krbtgt")
    }

    /// Whether it stands for another domain.
    pub fn is_trust(&self) -> bool {
        self.flags
            .intersects(UserAccountControl::INTERDOMAIN_TRUST_ACCOUNT)
    }

    /// Whether the operating system says Windows.
    pub fn runs_windows(&self) -> bool {
        self.operating_system
            .as_ref()
            .is_some_and(|name| name.to_ascii_lowercase().contains("windows"))
    }

    /// The service classes of its SPNs, lower case, sorted, each once.
    pub fn service_classes(&self) -> Vec<String> {
        let mut classes: Vec<String> = self
            .spns
            .iter()
            .filter_map(|text| Spn::parse(text))
            .map(|spn| spn.class().to_ascii_lowercase())
            .collect();
        classes.sort();
        classes.dedup();
        classes
    }

    /// The encryption types by name, strongest first; empty when the account
    /// does not say (the domain's default then holds).
    pub fn encryption_type_names(&self) -> Vec<&'static str> {
        let bits = self.encryption_types.unwrap_or(0);
        ENCRYPTION_TYPES
            .iter()
            .filter(|(bit, _)| bits & bit != 0)
            .map(|(_, name)| *name)
            .collect()
    }
}

/// MS-KILE 2.2.7.
const ENCRYPTION_TYPES: &[(u32, &str)] = &[
    (0x10, "aes256-cts-hmac-sha1-96"),
    (0x08, "aes128-cts-hmac-sha1-96"),
    (0x04, "rc4-hmac"),
    (0x02, "des-cbc-md5"),
    (0x01, "des-cbc-crc"),
];

#[cfg(test)]
#[path = "object/tests.rs"]
pub(crate) mod tests;
