//! Waiting on conditions, with a deadline and the reason it was missed.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Tries until `attempt` gives a value; past `limit` the last reason why not
/// becomes the error.
///
/// # Errors
/// When the deadline passes.
pub fn until<T>(
    what: &str,
    limit: Duration,
    mut attempt: impl FnMut() -> Result<T, String>,
) -> Result<T> {
    let deadline = Instant::now() + limit;
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt() {
            Ok(value) => return Ok(value),
            Err(why) if Instant::now() >= deadline => {
                bail!("waited {limit:?} for {what}: {why}")
            }
            Err(_) => {}
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the pause between two looks at a condition"
        )]
        std::thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
