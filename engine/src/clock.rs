//! The only place where the engine asks what time it is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use perennial_domain::ids::MerchantId;

/// Tells the time; a test may hold it still and move it by hand.
///
/// Every instant is cut to whole microseconds, which is what Postgres keeps: an instant that was stored and read
/// again equals the one that was given.
///
/// There are two kinds of time. [`of`](Self::of) is the time of a merchant's program: when points were earned, when they
/// expire, which promotion is in force. It is the time of the world, but for sandbox merchants, whose clock may have been
/// set ahead to see what a night in the future does. [`now`](Self::now) is always the time of the world: for what protects
/// people (sessions, codes, throttles), for mail, and for what is kept only for a while.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    source: Source,
    /// By how much the clocks of sandbox merchants are ahead; shared by all clones.
    ahead: Arc<RwLock<Ahead>>,
}

/// By how much the clock of each sandbox merchant is ahead.
pub(crate) type Ahead = BTreeMap<MerchantId, TimeDelta>;

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
        Self::default()
    }

    /// A clock that stands still until [`advance`](Self::advance) moves it, for tests.
    #[must_use]
    pub fn fixed(now: DateTime<Utc>) -> Self {
        let source = Source::Fixed(Arc::new(AtomicI64::new(now.timestamp_micros())));
        Self { source, ahead: Arc::default() }
    }

    /// The current instant of the world, in whole microseconds.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.source {
            Source::System => whole_micros(Utc::now()),
            Source::Fixed(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }

    /// The current instant in the program of a merchant, in whole microseconds.
    #[must_use]
    pub fn of(&self, merchant: MerchantId) -> DateTime<Utc> {
        self.now() + self.ahead_of(merchant)
    }

    /// By how much the clock of a merchant is ahead; nothing for all but sandboxes.
    #[must_use]
    pub fn ahead_of(&self, merchant: MerchantId) -> TimeDelta {
        self.ahead.read().unwrap_or_else(PoisonError::into_inner).get(&merchant).copied().unwrap_or_default()
    }

    /// The merchants whose clock is ahead, for jobs that look over all merchants at once.
    #[must_use]
    pub fn ahead(&self) -> Vec<MerchantId> {
        self.ahead.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Sets them ahead, and none back: what was read before somebody set a clock may be told after what was read then.
    pub(crate) fn set_ahead(&self, ahead: Ahead) {
        let mut all = self.ahead.write().unwrap_or_else(PoisonError::into_inner);
        for (merchant, by) in ahead {
            let known = all.entry(merchant).or_default();
            *known = by.max(*known);
        }
    }

    /// Moves a fixed clock, and with it all of its clones; the clock of the machine stays as it is.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Fixed(micros) = &self.source {
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
    fn a_merchant_may_be_ahead_and_nobody_else_with_it() {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH);
        let [ahead, other] = [1, 2].map(|id| MerchantId::from_uuid(uuid::Uuid::from_u128(id)));
        clock.clone().set_ahead([(ahead, TimeDelta::days(30))].into());
        clock.advance(TimeDelta::hours(1));
        assert_eq!(clock.of(ahead), DateTime::UNIX_EPOCH + TimeDelta::days(30) + TimeDelta::hours(1));
        assert_eq!(clock.of(other), clock.now());
        assert_eq!(clock.ahead(), [ahead]);

        clock.set_ahead([(ahead, TimeDelta::days(20)), (other, TimeDelta::days(1))].into());
        clock.set_ahead(Ahead::new());
        assert_eq!([ahead, other].map(|id| clock.ahead_of(id).num_days()), [30, 1], "it only goes forward");
    }

    #[test]
    fn the_system_clock_tells_whole_microseconds() {
        assert_eq!(Clock::system().now().timestamp_subsec_nanos() % 1_000, 0);
    }
}
