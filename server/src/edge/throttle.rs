//! Rate limits in a fixed amount of memory.
//!
//! Each limit is a table of cells, one atomic instant each (GCRA: the time at which the allowance would be
//! used up exactly). A caller's cell is found by a hash with a random seed; two callers on the same cell share
//! its allowance, which with 2^16 cells is rare, and the seed keeps anybody from choosing their neighbour. No
//! clean-up, no lock, no growth under attack.

use std::{
    hash::{BuildHasher as _, Hash, RandomState},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

const CELLS: usize = 1 << 16;

/// A limit of so many requests a second for each caller.
pub struct Throttle {
    cells: Box<[AtomicU64]>,
    seed: RandomState,
    epoch: Instant,
    /// Nanoseconds that one request costs.
    interval: u64,
    /// Nanoseconds by which a caller may run ahead.
    burst: u64,
}

/// The caller has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(pub Duration);

impl Throttle {
    /// `per_second` requests a second, `burst` seconds' worth of them at once. `None` when there is no limit.
    #[must_use]
    pub fn new(per_second: f64, burst_seconds: f64) -> Option<Self> {
        if per_second <= 0.0 {
            return None;
        }
        let cells = (0..CELLS).map(|_| AtomicU64::new(0)).collect();
        let nanos = |seconds: f64| Duration::from_secs_f64(seconds).as_nanos().try_into().unwrap_or(u64::MAX);
        Some(Self {
            cells,
            seed: RandomState::new(),
            epoch: Instant::now(),
            interval: nanos(1.0 / per_second),
            burst: nanos(burst_seconds),
        })
    }

    /// Takes one request from the caller's allowance.
    ///
    /// # Errors
    /// [`Wait`] when the allowance is used up; nothing is taken then.
    pub fn take(&self, caller: impl Hash, now: Instant) -> Result<(), Wait> {
        let cell = self.cell(caller);
        let now = self.nanos(now);
        let mut used_up = cell.load(Ordering::Relaxed);
        loop {
            let next = self.next(used_up, now)?;
            match cell.compare_exchange_weak(used_up, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(changed) => used_up = changed,
            }
        }
    }

    /// Whether the caller has allowance left, without taking from it.
    ///
    /// # Errors
    /// [`Wait`] when it has not.
    pub fn check(&self, caller: impl Hash, now: Instant) -> Result<(), Wait> {
        self.next(self.cell(caller).load(Ordering::Relaxed), self.nanos(now)).map(|_| ())
    }

    fn cell(&self, caller: impl Hash) -> &AtomicU64 {
        // The remainder is always below the length; the table is never empty.
        let index = self.seed.hash_one(caller) as usize % CELLS;
        &self.cells[index]
    }

    fn nanos(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.epoch).as_nanos().try_into().unwrap_or(u64::MAX)
    }

    fn next(&self, used_up: u64, now: u64) -> Result<u64, Wait> {
        let next = used_up.max(now).saturating_add(self.interval);
        let ahead = next - now;
        if ahead > self.burst.max(self.interval) {
            return Err(Wait(Duration::from_nanos(ahead - self.burst.max(self.interval))));
        }
        Ok(next)
    }
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Throttle").field("interval", &self.interval).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let throttle = Throttle::new(10.0, 2.0).unwrap();
        let start = Instant::now();
        assert_eq!((0..100).filter(|_| throttle.take("till", start).is_ok()).count(), 20);
        let Wait(wait) = throttle.take("till", start).unwrap_err();
        assert!(wait <= Duration::from_millis(101), "{wait:?}");
        assert!(throttle.take("till", start + wait).is_ok());
        assert!(throttle.take("till", start + wait).is_err());
        let later = start + Duration::from_secs(60);
        assert_eq!(
            (0..100).filter(|_| throttle.take("till", later).is_ok()).count(),
            20,
            "no more than a burst"
        );
    }

    #[test]
    fn callers_do_not_share_and_checking_takes_nothing() {
        let throttle = Throttle::new(1.0, 1.0).unwrap();
        let now = Instant::now();
        for _ in 0..5 {
            assert!(throttle.check("a", now).is_ok());
        }
        assert!(throttle.take("a", now).is_ok());
        assert!(throttle.check("a", now).is_err());
        // A neighbour could share the cell of one caller, never of ten.
        assert!((0..10).any(|caller| throttle.take(caller, now).is_ok()));
    }

    #[test]
    fn no_rate_is_no_limit() {
        assert!(Throttle::new(0.0, 1.0).is_none());
    }
}
