//! How large a ticket will be, from what a directory says about a person, and
//! what that size means for the servers it is shown to.

pub mod groups;
pub mod judge;
pub mod law;
pub mod limit;
pub mod outlook;
pub mod person;

pub use groups::Groups;
pub use judge::{Judgement, judge};
pub use law::{Person, Size, size};
pub use limit::{LIMITS, Limit, Zone};
