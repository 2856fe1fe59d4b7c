//! The dates within which progress counts, and on which a tier is looked at again.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};

use super::TierWindow;
use crate::calendar::start_of_date;
use crate::codes::Zone;

/// A span of local dates of the merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateSpan {
    /// The first date; since ever when absent.
    pub from: Option<NaiveDate>,
    /// The date after the last one.
    pub to: NaiveDate,
}

impl DateSpan {
    /// Whether a date lies within.
    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date) && date < self.to
    }

    /// The last date within.
    #[must_use]
    pub fn last(&self) -> NaiveDate {
        day_before(self.to)
    }

    /// The same as a span of instants, the end exclusive.
    #[must_use]
    pub fn instants(&self, zone: Zone) -> (Option<DateTime<Utc>>, DateTime<Utc>) {
        (self.from.map(|from| start_of_date(from, zone)), start_of_date(self.to, zone))
    }
}

impl TierWindow {
    /// The dates whose progress counts on a date. `enrolled_on` is the local date of the customer's enrolment.
    ///
    /// Of a year, that is the whole of it, so that a purchase that arrives with a later date of the same year counts
    /// already; of the rolling months and of everything, what happened to the end of the date.
    #[must_use]
    pub fn at(self, date: NaiveDate, enrolled_on: NaiveDate) -> DateSpan {
        match self {
            Self::RollingMonths { months } => {
                let to = day_after(date);
                DateSpan { from: to.checked_sub_months(Months::new(months.into())), to }
            }
            Self::CalendarYear {} => DateSpan {
                from: NaiveDate::from_ymd_opt(date.year(), 1, 1),
                to: NaiveDate::from_ymd_opt(date.year() + 1, 1, 1).unwrap_or(NaiveDate::MAX),
            },
            Self::MembershipYear {} => {
                let years = completed_years(enrolled_on, date);
                DateSpan {
                    from: anniversary(enrolled_on, years),
                    to: anniversary(enrolled_on, years + 1).unwrap_or(NaiveDate::MAX),
                }
            }
            Self::Ever {} => DateSpan { from: None, to: day_after(date) },
        }
    }

    /// The last day of the period that a date belongs to: how long a tier is kept that is reached, or kept, on this
    /// date. `None` when periods have no end.
    #[must_use]
    pub fn period_end(self, date: NaiveDate, enrolled_on: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::RollingMonths { months } => {
                date.checked_add_months(Months::new(months.into())).map(day_before)
            }
            Self::CalendarYear {} | Self::MembershipYear {} => Some(self.at(date, enrolled_on).last()),
            Self::Ever {} => None,
        }
    }

    /// The dates whose progress decides whether a tier is kept beyond `kept_until`: the window of that date, and the
    /// days of grace after it.
    #[must_use]
    pub fn keeping(self, kept_until: NaiveDate, grace_days: u16, enrolled_on: NaiveDate) -> DateSpan {
        let window = self.at(kept_until, enrolled_on);
        let to = window.to.checked_add_days(Days::new(grace_days.into())).unwrap_or(NaiveDate::MAX);
        DateSpan { from: window.from, to }
    }

    /// The dates by whose progress a tier that is kept until a date was reached or last kept: in a rolling window those
    /// before the day from which it is kept, else the year before the running one.
    #[must_use]
    pub fn merit(self, kept_until: NaiveDate, enrolled_on: NaiveDate) -> Option<DateSpan> {
        match self {
            Self::RollingMonths { months } => {
                let since = day_after(kept_until).checked_sub_months(Months::new(months.into()))?;
                Some(self.at(since, enrolled_on))
            }
            Self::CalendarYear {} | Self::MembershipYear {} => {
                let year = self.at(kept_until, enrolled_on);
                Some(self.at(day_before(year.from?), enrolled_on))
            }
            Self::Ever {} => None,
        }
    }
}

pub(super) fn day_after(date: NaiveDate) -> NaiveDate {
    date.succ_opt().unwrap_or(date)
}

fn day_before(date: NaiveDate) -> NaiveDate {
    date.pred_opt().unwrap_or(date)
}

/// The anniversary after so many years. Counted from the enrolment itself, so that who enrolled on 29 February has
/// anniversaries on 28 February, and on the 29th again in a leap year.
fn anniversary(enrolled_on: NaiveDate, years: i32) -> Option<NaiveDate> {
    let months = Months::new(years.unsigned_abs().checked_mul(12)?);
    if years < 0 { enrolled_on.checked_sub_months(months) } else { enrolled_on.checked_add_months(months) }
}

/// How many anniversaries have come by a date; below zero for a date before the enrolment.
fn completed_years(enrolled_on: NaiveDate, date: NaiveDate) -> i32 {
    let years = date.year() - enrolled_on.year();
    match anniversary(enrolled_on, years) {
        Some(this_year) if this_year > date => years - 1,
        _ => years,
    }
}
