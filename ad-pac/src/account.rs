//! Accounts and the one bit this tool is about: what is there, what is
//! wanted, and whether the step from one to the other may be taken.

pub mod dn;
pub mod flags;
pub mod identifier;
pub mod object;
pub mod plan;
pub mod spn;
pub mod stamp;

pub use dn::DistinguishedName;
pub use flags::UserAccountControl;
pub use identifier::{Guid, Sid};
pub use object::{Account, AccountClass};
pub use plan::{Plan, Policy, Refusal, Step, Warning, Wish};
