//! The timelines as others read them: JSON, Prometheus, a page, and the words
//! that are said over the local socket. Pure.
//!
//! Whatever a client chose (its host name, the file it asks for, its vendor
//! class) is text here and never markup: JSON escapes it, metrics leave it
//! out, and the page's script sets it as text.

mod ask;
mod json;
mod lease;
mod metrics;
mod page;

pub use ask::{Ask, LONGEST_ASK};
pub use json::{detail, instant, news, snapshot};
pub use lease::leases;
pub use metrics::metrics;
pub use page::{Asset, Page, asked};

#[cfg(test)]
#[path = "status/tests.rs"]
mod tests;
