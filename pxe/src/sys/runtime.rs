//! A runtime of one thread that ends when the service is told to.

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

use tokio::io::unix::AsyncFd;
use tokio::runtime::{EnterGuard, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::descriptors::room_for_more;
use super::stop::Stop;

/// The runtime, and the word to stop.
#[derive(Debug)]
pub(crate) struct Rounds {
    runtime: Runtime,
    told: AsyncFd<Stop>,
}

impl Rounds {
    /// Opens it, before anybody is let in who could take the last descriptor;
    /// `any` is one that is open.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub(crate) fn open(any: impl AsFd, stop: &Stop) -> io::Result<Rounds> {
        room_for_more(any)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let within = runtime.enter();
        #[expect(
            deprecated,
            reason = "unsound for types that close their descriptor early; ours owns it to the end, and the replacement is unsafe"
        )]
        let told = AsyncFd::new(stop.clone())?;
        drop(within);
        Ok(Rounds { runtime, told })
    }

    /// For sockets that are to wait in it.
    pub(crate) fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    /// Runs a future to its end; it is given the word to stop.
    pub(crate) fn run<T>(&self, body: impl AsyncFnOnce(&AsyncFd<Stop>) -> T) -> T {
        self.runtime.block_on(body(&self.told))
    }
}

/// A place among so many, once there is one; nothing when the service is told
/// to stop first, for those who have the places may keep them.
pub(crate) async fn place(
    places: &Arc<Semaphore>,
    told: &AsyncFd<Stop>,
) -> Option<OwnedSemaphorePermit> {
    tokio::select! {
        place = Arc::clone(places).acquire_owned() => place.ok(),
        _ = told.readable() => None,
    }
}
