//! Numbers that look like chance and are the same again for the same seed, so
//! that a failure can be repeated and every run measures the same.

use std::time::{SystemTime, UNIX_EPOCH};

/// Their source: xorshift64.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// From a seed, which is not 0: that gives nothing but zeroes.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// A seed that differs from run to run, for the test to print.
    pub fn seed() -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        u64::from(now.map_or(0, |now| now.subsec_nanos())) | 1
    }

    fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`, which is not 0.
    #[expect(clippy::cast_possible_truncation, reason = "it is less than a usize")]
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    /// Any byte.
    pub fn byte(&mut self) -> u8 {
        self.number().to_be_bytes()[0]
    }

    /// Whether it is that one of so many.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// One of these.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
