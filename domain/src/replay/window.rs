//! The time that is looked at.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::FieldError;
use crate::instants::beyond_telling;

/// The days of a window, unless somebody says otherwise.
pub const WINDOW_DAYS: u16 = 30;
/// The most days of a window: a year, and some to see the same season twice.
pub const WINDOW_DAYS_MAX: u16 = 400;

/// A time that is over, from inclusive to exclusive: purchases that were made in it are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayWindow {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl ReplayWindow {
    /// The window between two instants: up to now and [`WINDOW_DAYS`] long unless they say otherwise. What is
    /// still to come has no purchases: an end that lies ahead is now.
    ///
    /// # Errors
    ///
    /// When it would be empty or longer than [`WINDOW_DAYS_MAX`]; pointers are `/from` and `/to`.
    pub fn new(
        from: Option<DateTime<Utc>>,
        to: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Self, Vec<FieldError>> {
        let told = [("/from", from), ("/to", to)];
        let errors: Vec<_> = told
            .into_iter()
            .filter_map(|(pointer, instant)| {
                Some(FieldError::new(pointer, "out_of_range", beyond_telling(instant?)?))
            })
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let to = to.unwrap_or(now).min(now);
        let from = from.unwrap_or_else(|| back(to, WINDOW_DAYS));
        if from >= to {
            let detail = if from >= now { "Must be in the past" } else { "Must be before the end" };
            return Err(vec![FieldError::new("/from", "not_before_end", detail)]);
        }
        if back(to, WINDOW_DAYS_MAX) > from {
            let detail = format!("A replay looks at {WINDOW_DAYS_MAX} days at most");
            return Err(vec![FieldError::new("/from", "too_long", detail)]);
        }
        Ok(Self { from, to })
    }

    /// When it begins.
    #[must_use]
    pub const fn from(self) -> DateTime<Utc> {
        self.from
    }

    /// When it is over.
    #[must_use]
    pub const fn to(self) -> DateTime<Utc> {
        self.to
    }

    /// The last instant that is in it, as exact as what is stored.
    #[must_use]
    pub fn last(self) -> DateTime<Utc> {
        self.to.checked_sub_signed(TimeDelta::microseconds(1)).unwrap_or(self.from)
    }

    /// How long it is; above zero.
    #[must_use]
    pub fn length(self) -> TimeDelta {
        self.to - self.from
    }
}

fn back(instant: DateTime<Utc>, days: u16) -> DateTime<Utc> {
    instant.checked_sub_signed(TimeDelta::days(i64::from(days))).unwrap_or(DateTime::<Utc>::MIN_UTC)
}
