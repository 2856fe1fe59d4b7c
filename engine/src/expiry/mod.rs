//! Points that nobody spends in time: which lot points go into, when lots are booked out, and who is told before.
//!
//! ```text
//! credit ─lot_day─▶ lot of a day ─────────────── day over ─▶ posting `expiry`
//!                        └─ 30, 7 and 1 days before ─▶ warning, once each, and its letter
//! ```
//! A lot keeps the day that it was given: a change of the policy is for new points only. Under `inactivity` it is the
//! other way round, because one date holds for all points of a customer and moves with everything that the customer
//! does: these points lie in the lot without a day, and the day is worked out from the last activity whenever it is
//! asked for ([`sliding`]). It counts from the day on which the merchant chose that policy, so that nobody loses points
//! by a change of it without having been warned. Whoever comes back later than that finds them gone, whether the job has
//! come round or not: before an activity is posted, what is over is set aside into the lot of its last day.
//!
//! Days are the merchant's local ones. What is due is decided by lots under lock and by the keys of the warnings, not by
//! what the [`job`] remembers: it may run twice, late, and on several servers at once.

mod change;
mod job;
mod letter;
mod lot_day;
pub(crate) mod sliding;
#[cfg(test)]
mod tests;
mod warnings;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::expiry::over_by;
use perennial_domain::ids::CustomerId;
use perennial_domain::settings::MerchantSettings;
use uuid::Uuid;

pub use change::{ExistingPoints, ExpiryChange, ExpiryMove, Held, SettingsPreview};
pub use job::ExpiryRound;
pub(crate) use job::run;
pub(crate) use lot_day::{given_day, lot_day};

use crate::error::Error;
use crate::ledger::{Ledger, Lots, PostingKind, Side};

/// Books out what lies in lots whose day is over, and tells how many points that were.
///
/// Whoever takes points of a customer locks by [`sliding::lock`] and calls this first, so that nobody spends what is gone
/// before the job came round;
/// whoever gives points back calls it afterwards, because what goes back to an expired lot expires at once.
pub(crate) fn expire_over(
    ledger: &mut Ledger,
    customer: CustomerId,
    settings: &MerchantSettings,
    now: DateTime<Utc>,
    posting: Uuid,
) -> Result<i64, Error> {
    let last = over_by(now, settings.time_zone);
    let lots = ledger.balance(customer)?.lots();
    book_out(
        ledger,
        customer,
        posting,
        lots.into_iter().filter(|(day, _)| day.is_some_and(|day| day <= last)),
    )
}

/// Books these lots out, in one posting.
fn book_out(
    ledger: &mut Ledger,
    customer: CustomerId,
    posting: Uuid,
    lots: impl Iterator<Item = (Option<NaiveDate>, i64)>,
) -> Result<i64, Error> {
    let lots: Lots = lots.collect();
    if lots.is_empty() {
        return Ok(0);
    }
    let mut posting = ledger.posting(PostingKind::Expiry, posting, customer, None)?;
    posting.debit_lots(Side::Expired, &lots)?;
    posting.done();
    Ok(lots.iter().map(|(_, points)| points).sum())
}
