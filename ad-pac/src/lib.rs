//! Sets NO_AUTH_DATA_REQUIRED on Active Directory computer accounts, and shows, audits, forecasts, undoes and proves it.

pub mod cli;
pub mod error;
pub mod terminal;
