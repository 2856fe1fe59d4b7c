//! The only place where the engine asks what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Tells the time; a test may hold it still and move it by hand.
///
/// Every instant is cut to whole microseconds, which is what Postgres keeps: an instant that was stored and read
/// again equals the one that was given.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    /// Microseconds since 1970, shared by all clones.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until [`advance`](Self::advance) moves it, for tests.
    #[must_use]
    pub fn fixed(now: DateTime<Utc>) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(now.timestamp_micros()))))
    }

    /// The current instant, in whole microseconds.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => whole_micros(Utc::now()),
            Source::Fixed(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }

    /// Moves a fixed clock, and with it all of its clones; the clock of the machine stays as it is.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Fixed(micros) = &self.0 {
            micros.fetch_add(by.num_microseconds().unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

/// Cuts an instant to what Postgres can store.
#[must_use]
pub fn whole_micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    // Out of range only beyond the year 2262, where the digits below a microsecond do not matter.
    instant.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_by_hand_and_with_its_clones() {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH);
        let clone = clock.clone();
        clone.advance(TimeDelta::minutes(10));
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH + TimeDelta::minutes(10));
    }

    #[test]
    fn the_system_clock_tells_whole_microseconds() {
        assert_eq!(Clock::system().now().timestamp_subsec_nanos() % 1_000, 0);
    }
}
