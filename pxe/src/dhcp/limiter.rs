//! A bound on answers per client and in all, so that one machine (or one
//! that pretends to be many) does not take the service from the others.

use std::collections::HashMap;

use crate::wire::dhcp::HardwareAddress;

/// Seconds over which a client's messages are counted.
const WINDOW: u64 = 10;
/// Hardware addresses counted in one window; with more of them only the
/// bound over all still counts. About 40 bytes each.
const MOST_CLIENTS: usize = 50_000;

/// How much is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Messages of one client in ten seconds.
    pub per_client: u32,
    /// Messages of all clients in one second.
    pub in_all: u32,
}

impl Default for Limits {
    fn default() -> Self {
        // Firmware sends about ten messages in its worst ten seconds.
        Limits {
            per_client: 40,
            in_all: 20_000,
        }
    }
}

/// Counts.
#[derive(Debug, Default)]
pub struct Limiter {
    window: u64,
    clients: HashMap<HardwareAddress, u32>,
    second: u64,
    total: u32,
}

/// Which bound was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exceeded {
    /// The client's own.
    Client,
    /// That of all together.
    All,
}

impl Limiter {
    /// Counts one message at `now` (seconds).
    ///
    /// # Errors
    /// When it is one too many.
    pub fn admit(
        &mut self,
        mac: HardwareAddress,
        now: u64,
        limits: Limits,
    ) -> Result<(), Exceeded> {
        if self.window != now / WINDOW {
            self.window = now / WINDOW;
            self.clients.clear();
        }
        if self.second != now {
            self.second = now;
            self.total = 0;
        }
        // A client that exceeds its own bound does not use up the others'.
        if self.clients.len() < MOST_CLIENTS || self.clients.contains_key(&mac) {
            let count = self.clients.entry(mac).or_default();
            if *count >= limits.per_client {
                return Err(Exceeded::Client);
            }
            *count += 1;
        }
        if self.total >= limits.in_all {
            return Err(Exceeded::All);
        }
        self.total += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        per_client: 3,
        in_all: 5,
    };

    #[test]
    fn a_noisy_client_is_cut_off_and_the_others_are_served() {
        let mut limiter = Limiter::default();
        let noisy = HardwareAddress::new(&[1]);
        let other = HardwareAddress::new(&[2]);
        for _ in 0..3 {
            assert_eq!(limiter.admit(noisy, 100, LIMITS), Ok(()));
        }
        for _ in 0..50 {
            assert_eq!(limiter.admit(noisy, 100, LIMITS), Err(Exceeded::Client));
        }
        assert_eq!(limiter.admit(other, 100, LIMITS), Ok(()));
        assert_eq!(limiter.admit(noisy, 110, LIMITS), Ok(()));
    }

    #[test]
    fn many_clients_together_are_bounded_each_second_and_in_memory() {
        let mut limiter = Limiter::default();
        let mut admitted = 0;
        for number in 0_u32..200_000 {
            let mac = HardwareAddress::new(&number.to_be_bytes());
            admitted += usize::from(limiter.admit(mac, 7, LIMITS).is_ok());
        }
        assert_eq!(admitted, 5);
        assert_eq!(limiter.clients.len(), MOST_CLIENTS);
        assert_eq!(
            limiter.admit(HardwareAddress::new(&[9, 9]), 8, LIMITS),
            Ok(())
        );
    }
}
