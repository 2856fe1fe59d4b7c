//! When points that were held mature, when points expire, and who is told before.
//!
//! All dates are those of the merchant's zone. A date of expiry is the last day on which points can be spent:
//! they are gone at the end of that local day, which daylight saving makes 23 or 25 hours long.
//!
//! ```text
//!   earned, held for N days ─matures_at─▶ can be spent ─ExpiryPolicy::expires_on─▶ lot ─over_at─▶ expired
//!                                                              warning_due: 30, 7 and 1 days before
//! ```
//!
//! The dates of a lot count from the day on which its points could first be spent: of the purchase, else of the
//! claim or of the maturity. So a long hold never eats up the time there is to spend them.

mod change;
mod lots;
mod month_day;
mod pending;
mod policy;
mod warning;

pub use change::{PolicyChange, Shift, Until};
pub use lots::{DayLot, GivenBack, consume, expired, give_back};
pub use month_day::{MonthDay, MonthDayError};
pub use pending::matures_at;
pub use policy::{ExpiryPolicy, LAST_EXPIRY_YEAR, MAX_DATES, MAX_MONTHS, over_at, over_by};
pub use warning::{Warning, warning_due};
