//! Whether a budget would have been enough, and what would be.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::hours::Hours;
use super::{Draft, ReplayWindow};
use crate::calendar::{end_instant, start_instant};
use crate::codes::Zone;
use crate::money::MAX_SAFE_INTEGER;
use crate::points::Points;
use crate::promotion::WhenExhausted;

/// What would have become of a promotion's budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayBudget {
    /// The budget.
    pub points: Points,
    /// What a purchase gets that does not fit.
    pub when_exhausted: WhenExhausted,
    /// What the promotion would have given in the window without it.
    pub needed: i64,
    /// The hour of the window, by its beginning, in which it would have run out; absent when it would not have.
    /// With `stop`, smaller purchases may still have fitted afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran_out_at: Option<DateTime<Utc>>,
    /// Until when it lasts at the pace of the window, from now or from the promotion's beginning; absent when
    /// that is beyond telling, or nothing would have been given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_until: Option<DateTime<Utc>>,
    /// When the promotion ends by its terms, on the merchant's clocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether it would be spent before the promotion ends; of one without an end, before a time as long as the
    /// window is over.
    pub is_short: bool,
}

/// The time from a promotion's beginning, or from now, to its end, or as long as the window.
struct Run {
    begins: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
    length: TimeDelta,
}

impl Run {
    fn of(draft: &Draft, window: ReplayWindow, now: DateTime<Utc>, zone: Zone) -> Self {
        let terms = draft.terms();
        let starts_at = terms.starts_at.map(|starts_at| start_instant(starts_at, zone));
        let begins = starts_at.filter(|starts_at| *starts_at > now).unwrap_or(now);
        let ends_at = terms.ends_at.map(|ends_at| end_instant(ends_at, zone));
        // One that is over is looked at as if it began again.
        let length = ends_at.map(|ends_at| ends_at - begins).filter(|length| *length > TimeDelta::zero());
        Self { begins, ends_at, length: length.unwrap_or_else(|| window.length()) }
    }
}

/// What becomes of the draft's budget, if it has one, and the budget that is enough for all that it would give at the
/// pace of the window until its end, with a tenth to spare; nothing where it would give nothing. What the promotion has given
/// of its budget already is no longer there, and has to be in the one that is enough.
pub(super) fn forecast(
    draft: &Draft,
    window: ReplayWindow,
    hours: &Hours,
    now: DateTime<Utc>,
    zone: Zone,
) -> (Option<ReplayBudget>, Option<Points>) {
    let run = Run::of(draft, window, now, zone);
    let given = u128::from(hours.all().max(0).unsigned_abs());
    let (length, looked_at) = (seconds(run.length), seconds(window.length()));
    let needed = (given * length).div_ceil(looked_at);
    let spent = u128::from(draft.given().get().max(0).unsigned_abs());
    let proposed = (given > 0).then(|| round_up(spent + needed + needed.div_ceil(10)));
    let budget = draft.terms().budget.map(|budget| {
        let points = budget.points.get();
        let left = u128::from(points.max(0).unsigned_abs()).saturating_sub(spent);
        let lasts = (left * looked_at).checked_div(given).and_then(|seconds| i64::try_from(seconds).ok());
        let lasts = lasts.and_then(TimeDelta::try_seconds);
        ReplayBudget {
            points: budget.points,
            when_exhausted: budget.when_exhausted,
            needed: hours.all(),
            ran_out_at: hours.passes(points),
            lasts_until: lasts.and_then(|lasts| run.begins.checked_add_signed(lasts)),
            ends_at: run.ends_at,
            is_short: needed > left,
        }
    });
    (budget, proposed)
}

/// Above zero, so that it can divide.
fn seconds(length: TimeDelta) -> u128 {
    u128::from(length.num_seconds().max(1).unsigned_abs())
}

/// The next number with two digits before its zeros: 2,541 becomes 2,600.
fn round_up(points: u128) -> Points {
    let mut unit = 1_u128;
    while points.div_ceil(unit) >= 100 {
        unit *= 10;
    }
    let rounded = points.div_ceil(unit) * unit;
    Points::new(i64::try_from(rounded).unwrap_or(MAX_SAFE_INTEGER).min(MAX_SAFE_INTEGER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_has_two_digits_and_is_never_less() {
        for (needed, proposed) in
            [(0, 0), (7, 7), (99, 99), (100, 100), (101, 110), (2_541, 2_600), (999, 1_000)]
        {
            assert_eq!(round_up(needed), Points::new(proposed), "{needed}");
        }
        assert_eq!(round_up(u128::from(u64::MAX)), Points::MAX);
    }
}
