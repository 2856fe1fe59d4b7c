//! The lot that points go into.

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::expiry::ExpiryPolicy;
use perennial_domain::settings::MerchantSettings;

/// The last day, in the merchant's zone, on which points can be spent that can be spent from `instant` on; `None`: they do
/// not expire, or, where idle customers lose all at once, not by a day of their own.
pub(crate) fn lot_day(settings: &MerchantSettings, instant: DateTime<Utc>) -> Option<NaiveDate> {
    let policy = &settings.expiry;
    if policy.is_sliding() || *policy == ExpiryPolicy::NEVER {
        return None;
    }
    policy.expires_on(local_date(instant, settings.time_zone))
}
