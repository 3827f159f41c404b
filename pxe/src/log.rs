//! What the log says of a client, and how much of it: DHCP tells which
//! machine has an address, so that lines about files can name it too; lines
//! that anybody can cause by sending rubbish are held back beyond a number.

mod machines;
mod restraint;

pub(crate) use machines::{Machine, Machines};
pub(crate) use restraint::Restraint;

use crate::timeline::Timeline;
pub use crate::wire::text::printable as text;

/// Shared by all who write about clients.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Who has which address.
    pub machines: Machines,
    /// For lines about what was refused or not answered.
    pub refusals: Restraint,
    /// Every client's boot, step by step; nothing that no line says.
    pub timeline: Timeline,
}
