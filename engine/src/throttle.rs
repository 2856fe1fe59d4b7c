//! Limits on how often something may be tried.
//!
//! A generic cell rate algorithm: per key one instant, "the bucket is empty at", which every attempt moves on. The
//! memory is bounded; what falls out of it is the key that was not seen for the longest time. The limits hold per
//! server, which is enough against guessing: what must hold exactly (five attempts at a code) is counted in the
//! database.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;
use tokio::sync::Mutex;

use crate::error::Error;

/// Keys remembered at most; each takes about 150 bytes.
const KEYS_MAX: u64 = 100_000;

/// The throttles of the engine.
pub(crate) struct Throttles {
    /// Staff passwords, per e-mail and address of the caller: nobody is shut out by others who guess.
    pub(crate) staff_email: Throttle,
    /// The same of all addresses together.
    pub(crate) staff_everywhere: Throttle,
    /// Invitations to a team, per merchant and account: nobody's mailbox is filled with them.
    pub(crate) invitation: Throttle,
    /// Log-in attempts of any kind, per address of the caller.
    pub(crate) login_address: Throttle,
    /// One-time codes sent, per merchant and e-mail.
    pub(crate) code_email: Throttle,
    /// The same over days, as long as none of them is used.
    pub(crate) code_email_days: Throttle,
    /// One-time codes tried, per merchant and e-mail.
    pub(crate) code_attempt: Throttle,
    /// Voucher codes that nobody has, per merchant and API key or member of the staff.
    pub(crate) voucher_guess: Throttle,
    /// The same of all keys of a merchant together.
    pub(crate) voucher_guess_merchant: Throttle,
    /// Referral links that are followed, per address of the caller.
    pub(crate) referral_visit: Throttle,
    /// Letters sent for a test, per merchant.
    pub(crate) test_message: Throttle,
    /// The same, per recipient: nobody's mailbox is filled with them.
    pub(crate) test_recipient: Throttle,
}

impl Throttles {
    pub(crate) fn new() -> Self {
        Self {
            // Ten at once for somebody who tries all passwords that come to mind, then one each half minute.
            staff_email: Throttle::new(10, Duration::from_secs(30)),
            // Who has many addresses tries one password in six seconds, and the common ones cannot be chosen.
            staff_everywhere: Throttle::new(60, Duration::from_secs(6)),
            // Somebody whose mail is slow is sent another.
            invitation: Throttle::new(5, Duration::from_secs(600)),
            // An office behind one address logs in in the morning.
            login_address: Throttle::new(60, Duration::from_secs(2)),
            // Somebody whose mail is slow asks again.
            code_email: Throttle::new(5, Duration::from_secs(600)),
            // With five attempts each: 1.5 % of a chance in a year for one who asks without pause.
            code_email_days: Throttle::new(20, Duration::from_secs(3 * 60 * 60)),
            code_attempt: Throttle::new(15, Duration::from_secs(20)),
            // A cashier mistypes, a program guesses. Codes of a merchant's own pool may be short: of six digits, with a
            // thousand good ones among them, one key finds three a day.
            voucher_guess: Throttle::new(30, Duration::from_secs(30)),
            voucher_guess_merchant: Throttle::new(300, Duration::from_secs(3)),
            // A class or an office opens one link at the same time; who tries codes gets 17 a minute.
            referral_visit: Throttle::new(60, Duration::from_millis(3_500)),
            // Somebody who polishes a text looks at it often; a program that sends letters in the name of others does not.
            test_message: Throttle::new(10, Duration::from_secs(60)),
            test_recipient: Throttle::new(5, Duration::from_secs(60)),
        }
    }
}

/// Allows `burst` attempts at once and one more every `interval`, per key.
pub(crate) struct Throttle {
    burst: TimeDelta,
    interval: TimeDelta,
    empty_at: Cache<String, Arc<Mutex<DateTime<Utc>>>>,
}

impl Throttle {
    pub(crate) fn new(burst: u32, interval: Duration) -> Self {
        let interval = TimeDelta::from_std(interval).unwrap_or(TimeDelta::MAX);
        Self {
            burst: interval * i32::try_from(burst).unwrap_or(i32::MAX),
            interval,
            empty_at: Cache::builder().max_capacity(KEYS_MAX).support_invalidation_closures().build(),
        }
    }

    /// Counts an attempt of `key`.
    ///
    /// # Errors
    /// [`Error::Throttled`] when there were too many; a refused attempt is not counted, so that waiting helps.
    pub(crate) async fn attempt(&self, key: &str, now: DateTime<Utc>) -> Result<(), Error> {
        let bucket = self.empty_at.get_with(key.to_owned(), || Arc::new(Mutex::new(now)));
        let mut empty_at = bucket.lock().await;
        let after = (*empty_at).max(now) + self.interval;
        self.wait(after, now)?;
        *empty_at = after;
        Ok(())
    }

    /// Whether one more attempt of `key` would be allowed. Counts nothing: for what only counts when it fails.
    ///
    /// # Errors
    /// [`Error::Throttled`] when not.
    pub(crate) async fn check(&self, key: &str, now: DateTime<Utc>) -> Result<(), Error> {
        let Some(bucket) = self.empty_at.get(key) else { return Ok(()) };
        let empty_at = *bucket.lock().await;
        self.wait(empty_at.max(now) + self.interval, now)
    }

    /// Refuses when the bucket would overflow.
    fn wait(&self, after: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Error> {
        let wait = after - self.burst - now;
        if wait > TimeDelta::zero() {
            // At least a second, because that is the finest a `Retry-After` can say.
            let retry_after = wait.to_std().unwrap_or_default().max(Duration::from_secs(1));
            return Err(Error::Throttled { retry_after });
        }
        Ok(())
    }

    /// Forgets the attempts of `key`, after one of them proved to be the right person.
    pub(crate) fn forgive(&self, key: &str) {
        self.empty_at.invalidate(key);
    }

    /// Forgets the attempts of all keys that begin so.
    pub(crate) fn forgive_all(&self, beginning: String) {
        let is_meant = move |key: &String, _: &Arc<Mutex<DateTime<Utc>>>| key.starts_with(&beginning);
        if self.empty_at.invalidate_entries_if(is_meant).is_err() {
            // Cannot happen with closures supported; everybody instead of one is right, too.
            self.empty_at.invalidate_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_burst_is_allowed_and_then_one_each_interval() {
        let throttle = Throttle::new(3, Duration::from_secs(60));
        let start = DateTime::UNIX_EPOCH;
        for _ in 0..3 {
            throttle.attempt("anna", start).await.unwrap();
        }
        let Err(Error::Throttled { retry_after }) = throttle.attempt("anna", start).await else {
            panic!("the fourth attempt at once is refused");
        };
        assert_eq!(retry_after, Duration::from_secs(60));
        assert!(throttle.check("anna", start).await.is_err());
        throttle.check("bert", start).await.expect("another key has its own bucket");
        throttle.attempt("bert", start).await.expect("another key has its own bucket");
        throttle.attempt("anna", start + TimeDelta::seconds(60)).await.expect("one more after an interval");
        assert!(throttle.attempt("anna", start + TimeDelta::seconds(60)).await.is_err());
        throttle.forgive("anna");
        throttle.attempt("anna", start + TimeDelta::seconds(60)).await.expect("forgiven");
        throttle.attempt("bert", start).await.unwrap();
        throttle.attempt("bert", start).await.unwrap();
        throttle.forgive_all("ann".to_owned());
        assert!(throttle.attempt("bert", start).await.is_err(), "nobody else is forgiven");
        throttle.forgive_all("ber".to_owned());
        throttle.attempt("bert", start).await.expect("forgiven with all that begin so");
    }
}
