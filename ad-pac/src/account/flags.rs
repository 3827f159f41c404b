//! `userAccountControl` as a typed set (MS-ADTS 2.2.16).

use std::fmt;

/// One bit of `userAccountControl` with the name MS-ADTS gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// The bit.
    pub bit: u32,
    /// The name without its `ADS_UF_` prefix.
    pub name: &'static str,
}

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident = $bit:literal;)*) => {
        impl UserAccountControl {
            $($(#[$doc])* pub const $name: UserAccountControl = UserAccountControl($bit);)*
        }

        /// Every named bit, lowest first.
        pub const FLAGS: &[Flag] = &[$(Flag { bit: $bit, name: stringify!($name) }),*];
    };
}

/// The value of `userAccountControl`: 32 bits, of which some have names. Bits
/// without one are kept as they are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct UserAccountControl(u32);

flags! {
    /// A logon script runs.
    SCRIPT = 0x0000_0001;
    /// The account is disabled.
    ACCOUNTDISABLE = 0x0000_0002;
    /// A home folder is required.
    HOMEDIR_REQUIRED = 0x0000_0008;
    /// Locked out. Kept in `lockoutTime` since Windows 2000; a server may clear it.
    LOCKOUT = 0x0000_0010;
    /// No password is needed.
    PASSWD_NOTREQD = 0x0000_0020;
    /// The user cannot change the password.
    PASSWD_CANT_CHANGE = 0x0000_0040;
    /// The password is stored reversibly.
    ENCRYPTED_TEXT_PASSWORD_ALLOWED = 0x0000_0080;
    /// A local account of a user whose main account is elsewhere.
    TEMP_DUPLICATE_ACCOUNT = 0x0000_0100;
    /// A user.
    NORMAL_ACCOUNT = 0x0000_0200;
    /// A trust to another domain.
    INTERDOMAIN_TRUST_ACCOUNT = 0x0000_0800;
    /// A computer that is a member of the domain.
    WORKSTATION_TRUST_ACCOUNT = 0x0000_1000;
    /// A domain controller.
    SERVER_TRUST_ACCOUNT = 0x0000_2000;
    /// The password does not expire.
    DONT_EXPIRE_PASSWD = 0x0001_0000;
    /// A majority node set account.
    MNS_LOGON_ACCOUNT = 0x0002_0000;
    /// A smart card is required.
    SMARTCARD_REQUIRED = 0x0004_0000;
    /// May delegate to any service.
    TRUSTED_FOR_DELEGATION = 0x0008_0000;
    /// May not be delegated.
    NOT_DELEGATED = 0x0010_0000;
    /// Only DES keys.
    USE_DES_KEY_ONLY = 0x0020_0000;
    /// Kerberos without pre-authentication.
    DONT_REQUIRE_PREAUTH = 0x0040_0000;
    /// The password has expired.
    PASSWORD_EXPIRED = 0x0080_0000;
    /// May obtain tickets for others (S4U2Self to S4U2Proxy).
    TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION = 0x0100_0000;
    /// Service tickets for this account carry no authorization data, and so
    /// no PAC (MS-KILE 3.3.5.3).
    NO_AUTH_DATA_REQUIRED = 0x0200_0000;
    /// A read-only domain controller.
    PARTIAL_SECRETS_ACCOUNT = 0x0400_0000;
    /// AES keys are to be used.
    USE_AES_KEYS = 0x0800_0000;
}

impl UserAccountControl {
    /// The value with these bits, named or not.
    pub const fn from_bits(bits: u32) -> Self {
        UserAccountControl(bits)
    }

    /// All bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all bits of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether some bit of `other` is set.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// With the bits of `other` set.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        UserAccountControl(self.0 | other.0)
    }

    /// With the bits of `other` cleared.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        UserAccountControl(self.0 & !other.0)
    }

    /// The names of the bits that are set, lowest first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        FLAGS
            .iter()
            .filter(move |flag| self.0 & flag.bit != 0)
            .map(|flag| flag.name)
    }

    /// The bits that have no name.
    pub fn unnamed(self) -> u32 {
        FLAGS.iter().fold(self.0, |rest, flag| rest & !flag.bit)
    }

    /// Reads the LDAP form: a signed 32-bit decimal number (MS-ADTS 3.1.1.3.1.3).
    /// The unsigned form is accepted too, as servers do.
    ///
    /// # Errors
    /// When it is not a number of 32 bits.
    pub fn parse(text: &str) -> Result<Self, NotFlags> {
        let number: i64 = text.parse().map_err(|_| NotFlags)?;
        i32::try_from(number)
            .map(i32::cast_unsigned)
            .or_else(|_| u32::try_from(number))
            .map(UserAccountControl)
            .map_err(|_| NotFlags)
    }

    /// The LDAP form.
    pub fn to_ldap(self) -> String {
        self.0.cast_signed().to_string()
    }
}

impl fmt::Debug for UserAccountControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserAccountControl({self})")
    }
}

/// `NORMAL_ACCOUNT | DONT_EXPIRE_PASSWD | 0x400`
impl fmt::Display for UserAccountControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for name in self.names() {
            if !first {
                f.write_str(" | ")?;
            }
            first = false;
            f.write_str(name)?;
        }
        let unnamed = self.unnamed();
        if unnamed != 0 || first {
            if !first {
                f.write_str(" | ")?;
            }
            write!(f, "{unnamed:#x}")?;
        }
        Ok(())
    }
}

/// A text that is not a 32-bit number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFlags;

impl fmt::Display for NotFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a 32-bit number")
    }
}

impl std::error::Error for NotFlags {}

#[cfg(test)]
#[path = "flags/tests.rs"]
mod tests;
