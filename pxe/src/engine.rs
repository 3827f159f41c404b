//! TFTP engines behind one seam: the segmenting one of Linux, and the
//! portable one on `async-tftp`. They share path policy, files, limits and
//! log; what differs is who moves the packets.
//!
//! The portable engine cannot do what its library does not offer: it goes on
//! sending after a client's ERROR until its retries are used up, waits for
//! its timer where a client reports a gap, sends netascii unconverted,
//! takes no uploads, answers from the address that the routing table picks, and ignores
//! requests whose name is not UTF-8.

pub(crate) mod files;
pub(crate) mod portable;
pub(crate) mod segmenting;
pub(crate) mod upload;
mod window;
