//! TFTP transfers: what is negotiated, which block goes out when, which file
//! a name means. Blocks, bytes and the time are passed in. Pure.

pub mod admission;
pub mod negotiate;
pub mod netascii;
pub mod path;
pub mod reception;
pub mod transfer;
pub mod upload;
