//! What was given when, by the hour.

use chrono::{DateTime, TimeDelta, Utc};

use super::ReplayWindow;

/// What a promotion gives in each hour of a window: at most some ten thousand numbers.
#[derive(Debug)]
pub(super) struct Hours {
    window: ReplayWindow,
    given: Vec<i64>,
}

impl Hours {
    /// Nothing in any hour.
    pub fn of(window: ReplayWindow) -> Self {
        // The window is bounded, so that this is some ten thousand at most.
        let hours = usize::try_from(window.length().num_hours()).unwrap_or(0).saturating_add(1);
        Self { window, given: vec![0; hours] }
    }

    /// Counts points; those of before or after the window are in its first or last hour.
    pub fn count(&mut self, at: DateTime<Utc>, points: i64) {
        let hour = usize::try_from((at - self.window.from()).num_hours()).unwrap_or(0);
        let hour = hour.min(self.given.len().saturating_sub(1));
        if let Some(given) = self.given.get_mut(hour) {
            *given = given.saturating_add(points);
        }
    }

    /// The hour, by its beginning, in which the sum passes a number of points.
    pub fn passes(&self, points: i64) -> Option<DateTime<Utc>> {
        let mut sum = 0_i64;
        let hour = self.given.iter().position(|given| {
            sum = sum.saturating_add(*given);
            sum > points
        })?;
        self.window.from().checked_add_signed(TimeDelta::hours(i64::try_from(hour).ok()?))
    }

    /// All of it.
    pub fn all(&self) -> i64 {
        self.given.iter().copied().fold(0, i64::saturating_add)
    }
}
