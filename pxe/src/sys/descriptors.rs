//! How many files and sockets this process may have open.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// What an async runtime opens when it is built.
const RUNTIME: usize = 8;

/// Whether a runtime finds the descriptors it needs: asked before it is
/// built, since some of them panic where they find none.
///
/// # Errors
/// When there are too few.
pub(crate) fn room_for_more(any: impl AsFd) -> io::Result<()> {
    let copies: io::Result<Vec<OwnedFd>> = (0..RUNTIME)
        .map(|_| any.as_fd().try_clone_to_owned())
        .collect();
    copies.map(drop)
}
