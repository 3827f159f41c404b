//! From what is there to what is wanted: the step, or why it is not taken.

use std::fmt;

use super::{Account, AccountClass, UserAccountControl};

/// What is wanted of `NO_AUTH_DATA_REQUIRED`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Tickets without a PAC.
    Set,
    /// Tickets with a PAC, the default.
    Clear,
}

impl Wish {
    /// The flags as wished.
    pub fn apply(self, flags: UserAccountControl) -> UserAccountControl {
        match self {
            Wish::Set => flags.with(UserAccountControl::NO_AUTH_DATA_REQUIRED),
            Wish::Clear => flags.without(UserAccountControl::NO_AUTH_DATA_REQUIRED),
        }
    }

    /// Whether these flags are as wished. Other bits do not matter: a server
    /// clears some of them on its own (MS-SAMR 3.1.1.8.10).
    pub fn holds(self, flags: UserAccountControl) -> bool {
        flags.contains(UserAccountControl::NO_AUTH_DATA_REQUIRED) == (self == Wish::Set)
    }

    /// The state it leads to: `set` or `clear`.
    pub fn state(self) -> &'static str {
        match self {
            Wish::Set => "set",
            Wish::Clear => "clear",
        }
    }
}

/// What the user allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// User accounts may be changed too.
    pub allow_user: bool,
}

/// What is to be done with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// It is as wished.
    Nothing,
    /// It is not touched.
    Refuse(Refusal),
    /// It is changed.
    Change(Step),
}

/// A change of `userAccountControl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The exact value that must still be there.
    pub old: UserAccountControl,
    /// The value to write.
    pub new: UserAccountControl,
}

/// Why an account is not touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The bit on a domain controller breaks every GSSAPI bind to it.
    DomainController,
    /// A read-only domain controller.
    ReadOnlyDomainController,
    /// The account whose keys protect ticket-granting tickets.
    Krbtgt,
    /// The other end of a trust.
    Trust,
    /// `isCriticalSystemObject`
    Critical,
    /// A user account, without leave to change such.
    User,
}

impl Refusal {
    /// The word for it in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Refusal::DomainController => "domain-controller",
            Refusal::ReadOnlyDomainController => "read-only-domain-controller",
            Refusal::Krbtgt => "krbtgt",
            Refusal::Trust => "trust",
            Refusal::Critical => "critical-system-object",
            Refusal::User => "user-account",
        }
    }

    /// What can be done about it.
    pub fn hint(self) -> &'static str {
        match self {
            Refusal::DomainController | Refusal::ReadOnlyDomainController => {
                "a domain controller without PACs refuses every Kerberos logon to its LDAP and file \
                 services; where the bit is set already, clear it with ldapmodify and a simple bind \
                 over TLS"
            }
            Refusal::Krbtgt => "the bit belongs on the account of the NFS server",
            Refusal::Trust => "the bit belongs on the account of the NFS server, in its own domain",
            Refusal::Critical => "the directory marks it as a part it cannot live without",
            Refusal::User => {
                "--allow-user changes service accounts too; make sure that nothing but NFS \
                 depends on this one"
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::DomainController => "it is a domain controller",
            Refusal::ReadOnlyDomainController => "it is a read-only domain controller",
            Refusal::Krbtgt => "it is the krbtgt account",
            Refusal::Trust => "it is a trust account",
            Refusal::Critical => "it is a critical system object",
            Refusal::User => "it is a user account",
        })
    }
}

/// Something to know before the account is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Other services run on the account; they lose the PAC too.
    OtherServices(Vec<String>),
    /// Windows needs PACs for nearly everything.
    Windows(String),
    /// Nobody gets a ticket for a disabled account.
    Disabled,
    /// Tickets for it are used to act as the user.
    Delegation,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::OtherServices(classes) => write!(
                f,
                "{} on the same account will get tickets without groups and claims too",
                classes.join(", ")
            ),
            Warning::Windows(system) => write!(
                f,
                "it runs {system}; Windows services authorize by the PAC and will refuse people"
            ),
            Warning::Disabled => f.write_str("it is disabled: nobody gets a ticket for it"),
            Warning::Delegation => f.write_str(
                "it is trusted for delegation; what it reaches on behalf of users may need their PAC",
            ),
        }
    }
}

/// Service classes that stand for the host itself or for NFS.
const EXPECTED_CLASSES: &[&str] = &["host", "nfs", "restrictedkrbhost"];

impl Plan {
    /// Decides what to do with `account`.
    ///
    /// A refusal goes before everything, also where nothing would have to be
    /// done: the answer to a wrong question must not depend on luck.
    pub fn of(account: &Account, wish: Wish, policy: Policy) -> Plan {
        if let Some(refusal) = refusal(account, policy) {
            Plan::Refuse(refusal)
        } else if wish.holds(account.flags) {
            Plan::Nothing
        } else {
            Plan::Change(Step {
                old: account.flags,
                new: wish.apply(account.flags),
            })
        }
    }
}

/// Why an account is not touched, if so.
pub fn refusal(account: &Account, policy: Policy) -> Option<Refusal> {
    let user = account.class == AccountClass::User
        || account.flags.intersects(UserAccountControl::NORMAL_ACCOUNT);
    let reasons = [
        (account.is_krbtgt(), Refusal::Krbtgt),
        (account.is_trust(), Refusal::Trust),
        (
            account.is_read_only_domain_controller(),
            Refusal::ReadOnlyDomainController,
        ),
        (account.is_domain_controller(), Refusal::DomainController),
        (account.critical, Refusal::Critical),
        (user && !policy.allow_user, Refusal::User),
    ];
    reasons
        .into_iter()
        .find(|(holds, _)| *holds)
        .map(|(_, refusal)| refusal)
}

/// What to know before the bit is set on `account`.
pub fn warnings(account: &Account, wish: Wish) -> Vec<Warning> {
    let mut found = Vec::new();
    if wish == Wish::Clear {
        return found;
    }
    let others: Vec<String> = account
        .service_classes()
        .into_iter()
        .filter(|class| !EXPECTED_CLASSES.contains(&class.as_str()))
        .collect();
    if !others.is_empty() {
        found.push(Warning::OtherServices(others));
    }
    if let Some(system) = account
        .operating_system
        .as_ref()
        .filter(|_| account.runs_windows())
    {
        found.push(Warning::Windows(system.clone()));
    }
    if account.flags.intersects(UserAccountControl::ACCOUNTDISABLE) {
        found.push(Warning::Disabled);
    }
    let delegation = UserAccountControl::TRUSTED_FOR_DELEGATION
        .with(UserAccountControl::TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION);
    if account.flags.intersects(delegation) {
        found.push(Warning::Delegation);
    }
    found
}

#[cfg(test)]
#[path = "plan/tests.rs"]
mod tests;
