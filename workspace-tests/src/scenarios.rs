//! What must hold against every peer of a kind: the same scenarios run against
//! the one in this process and against a real one.

pub mod ad_pac;
