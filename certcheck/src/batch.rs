//! Many checks at once: bounded, in input order, with constant memory for
//! each check.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::check::{Plan, check};
use crate::outcome::Outcome;
use crate::target::Target;

/// A check that takes longer than this waits for its peer; it costs next to
/// nothing, and gives its place to another. Short, so that a list of which a
/// third hangs is not held up by their places: with 128 of them that is twice
/// what one check takes on two busy cores.
const WAITING: Duration = Duration::from_millis(150);

/// How many checks run at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Checks that do work.
    pub working: usize,
    /// Checks at all, those that wait for their peer included; each holds a
    /// socket.
    pub open: usize,
}

/// Runs all checks. `digest` turns the outcomes of a target into what is kept
/// of them, in the task of the check; `take` gets that in the order of the
/// targets, and stops everything by answering `false`.
///
/// # Errors
/// What `take` returns as an error.
pub(crate) async fn run<D, E>(
    targets: Vec<Target>,
    plan: Arc<Plan>,
    limits: Limits,
    digest: impl Fn(&Target, Vec<Outcome>) -> D + Send + Sync + 'static,
    mut take: impl FnMut(D) -> Result<bool, E>,
) -> Result<(), E>
where
    D: Send + 'static,
{
    let digest = Arc::new(digest);
    let working = Arc::new(Semaphore::new(limits.working.max(1)));
    let mut running: JoinSet<(usize, D)> = JoinSet::new();
    // Finished before their turn. A slow target lets later ones finish first;
    // this many of them are kept, then it is waited for.
    let mut early: BTreeMap<usize, D> = BTreeMap::new();
    let most_early = limits.open.saturating_mul(4);
    let mut turn = 0;
    let mut targets = targets.into_iter().enumerate();
    let mut upcoming = targets.next();
    while upcoming.is_some() || !running.is_empty() {
        let room = running.len() < limits.open.max(1) && early.len() < most_early.max(1);
        tokio::select! {
            biased;
            Some(finished) = running.join_next() => {
                // A panic in a check is a bug, and is to end the run as one.
                let (index, kept) = match finished {
                    Ok(finished) => finished,
                    Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                    Err(_) => continue,
                };
                early.insert(index, kept);
                while let Some(kept) = early.remove(&turn) {
                    turn += 1;
                    if !take(kept)? {
                        return Ok(());
                    }
                }
            }
            Ok(place) = Arc::clone(&working).acquire_owned(), if room && upcoming.is_some() => {
                if let Some((index, target)) = upcoming.take() {
                    upcoming = targets.next();
                    let plan = Arc::clone(&plan);
                    let digest = Arc::clone(&digest);
                    running.spawn(async move {
                        let outcomes = {
                            let mut checking = Box::pin(check(&target, &plan));
                            match timeout(WAITING, &mut checking).await {
                                Ok(outcomes) => outcomes,
                                Err(_) => {
                                    drop(place);
                                    checking.await
                                }
                            }
                        };
                        (index, digest(&target, outcomes))
                    });
                }
            }
        }
    }
    Ok(())
}
