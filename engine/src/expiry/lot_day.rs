//! The lot that points go into.

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::expiry::ExpiryPolicy;
use perennial_domain::settings::MerchantSettings;

/// The last day, in the merchant's zone, on which points can be spent that can be spent from `instant` on; `None`: they do
/// not expire, or, where idle customers lose all at once, not by a day of their own.
pub(crate) fn lot_day(settings: &MerchantSettings, instant: DateTime<Utc>) -> Option<NaiveDate> {
    if settings.expiry.is_sliding() { None } else { given_day(settings, instant) }
}

/// The same of points that somebody gives by hand. Theirs is a day of their own under every policy: a gift is no activity
/// of the customer, and must not be gone at once because there was none for long.
pub(crate) fn given_day(settings: &MerchantSettings, instant: DateTime<Utc>) -> Option<NaiveDate> {
    // Most merchants let nothing expire; theirs is not the price of a look at the calendar.
    if settings.expiry == ExpiryPolicy::NEVER {
        return None;
    }
    settings.expiry.expires_on(local_date(instant, settings.time_zone))
}
