//! What is said to a directory and what it answers: requests, filters, result
//! codes, and the exchange that changes one account.

pub mod answer;
pub mod entry;
pub mod exchange;
pub mod filter;
pub mod frame;
pub mod lookup;
pub mod referral;
pub mod result_code;

pub use entry::Entry;
pub use exchange::{Action, Exchange, Outcome};
pub use result_code::ResultCode;
