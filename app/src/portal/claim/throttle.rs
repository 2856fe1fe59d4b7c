//! How often somebody may try codes.
//!
//! A code has 80 random bits: nobody guesses one. The limit keeps the database from being asked all day.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use perennial_domain::ids::CustomerId;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Tries at once.
const BURST: NonZeroU32 = match NonZeroU32::new(10) {
    Some(burst) => burst,
    None => NonZeroU32::MIN,
};
/// Then one more in this time.
const REFILL: Duration = Duration::from_secs(30);
/// Customers remembered before those are forgotten who could try freely again anyway.
const REMEMBERED: usize = 10_000;

/// Counts the tries of each customer, on this server.
#[derive(Clone, Debug)]
pub struct ClaimThrottle(Arc<DefaultKeyedRateLimiter<CustomerId>>);

impl ClaimThrottle {
    /// Whether this customer may try once more.
    pub fn allows(&self, customer: CustomerId) -> bool {
        if self.0.len() > REMEMBERED {
            self.0.retain_recent();
        }
        self.0.check_key(&customer).is_ok()
    }
}

impl Default for ClaimThrottle {
    fn default() -> Self {
        let quota =
            Quota::with_period(REFILL).unwrap_or(Quota::per_minute(NonZeroU32::MIN)).allow_burst(BURST);
        Self(Arc::new(RateLimiter::keyed(quota)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_customer_has_ten_tries() {
        let throttle = ClaimThrottle::default();
        let [maya, omar] = [1, 2].map(|seed| CustomerId::new(0, [seed; 10]));
        assert_eq!((0..20).filter(|_| throttle.allows(maya)).count(), 10);
        assert!(throttle.allows(omar));
    }
}
