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

pub use ask::Ask;
pub(crate) use ask::LONGEST_ASK;
pub use json::{detail, snapshot};
pub(crate) use json::{instant, news};
pub(crate) use lease::leases;
pub use metrics::metrics;
pub(crate) use page::Page;
pub use page::asked;

#[cfg(test)]
#[path = "status/tests.rs"]
mod tests;
