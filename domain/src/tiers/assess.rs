//! What time and purchases do to a customer's tier.

use chrono::{Days, NaiveDate};

use super::membership::{Assessment, Membership, MoveReason, Situation};
use super::window::{DateSpan, day_after};
use super::{Demotion, Ladder, Tier};
use crate::ids::TierId;

/// The dates whose progress decides about a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spans {
    /// For rising: the window of the day.
    pub running: DateSpan,
    /// For keeping the tier: the window of the last day for which it is kept, and the days of grace. None when it is
    /// never looked at again.
    pub keeping: Option<DateSpan>,
    /// For an edit of the ladder: the window in which the tier was reached or last kept. None when there is none but
    /// the running one.
    pub merit: Option<DateSpan>,
}

/// The progress of a customer. What a return takes back counts on the day of its purchase, as if it had never been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// In [`Spans::running`].
    pub running: i64,
    /// In [`Spans::keeping`].
    pub keeping: Option<i64>,
}

/// Which progress must be known to decide about a customer.
#[must_use]
pub fn spans(situation: &Situation<'_>, membership: &Membership) -> Spans {
    let Situation { policy, enrolled_on, .. } = *situation;
    let kept_until = situation.settled(*membership).kept_until;
    Spans {
        running: policy.window.at(situation.today, enrolled_on),
        keeping: kept_until.map(|until| policy.window.keeping(until, policy.grace_days, enrolled_on)),
        merit: kept_until.and_then(|until| policy.window.merit(until, enrolled_on)),
    }
}

/// What becomes of a customer's tier by time and progress.
///
/// - Up at once, over as many tiers as the running progress has reached; a threshold counts from exactly there.
/// - Down only when the period is over for which the tier was kept, when its threshold was not reached in that
///   period nor in the days of grace after it. Who reaches the threshold in the running window stays, too.
/// - A pinned customer stays, and one whom staff moved down does not rise before the period is over.
///
/// It looks at one period at a time, so that a job that runs late moves customers as one in time: whoever has moved,
/// or kept a tier, is to be assessed again until the answer is the same place. Asked twice, it answers the second time
/// that there is nothing to do.
#[must_use]
pub fn assess(situation: &Situation<'_>, membership: &Membership, progress: Progress) -> Assessment {
    let Situation { ladder, today, .. } = *situation;
    let current = situation.settled(*membership);
    let decided = |after, why| Assessment::new(situation, membership, after, why);
    let stay = |why| decided(current, why);
    let held_down = current.is_held_down(today);
    let due = due(situation, &current, progress.running);
    if current.tier.is_some_and(|id| ladder.get(id).is_none()) {
        return decided(situation.leaving(&current, due.map(|tier| tier.id)), MoveReason::TierDeleted {});
    }
    if let Some(until) = current.pinned_until {
        return stay(MoveReason::Pinned { until });
    }
    if let Some(tier) = due.filter(|tier| ladder.rank(Some(tier.id)) > ladder.rank(current.tier)) {
        let why = MoveReason::Reached { threshold: tier.terms.threshold, progress: progress.running };
        return decided(situation.leaving(&current, Some(tier.id)), why);
    }
    if held_down && ladder.rank(standing(ladder, progress.running)) > ladder.rank(current.tier) {
        return stay(MoveReason::HeldDown { until: current.kept_until });
    }
    let Some(tier) = current.tier.and_then(|id| ladder.get(id)) else {
        // Where nobody can fall, only the mark of staff's decision has an end.
        let after = Membership { manual: current.manual.filter(|_| held_down), ..current };
        return decided(after, MoveReason::Unchanged {});
    };
    let Some(kept_until) = current.kept_until.filter(|until| *until < today) else {
        return stay(MoveReason::Unchanged {});
    };
    let (after, why) = judged(situation, &current, tier, kept_until, progress);
    decided(after, why)
}

/// What becomes of a customer's tier when the period is over for which it was kept.
fn judged(
    situation: &Situation<'_>,
    current: &Membership,
    tier: &Tier,
    kept_until: NaiveDate,
    progress: Progress,
) -> (Membership, MoveReason) {
    let Situation { ladder, policy, today, .. } = *situation;
    let next_period_end = situation.period_end(day_after(kept_until));
    let threshold = tier.terms.threshold;
    let progress = progress.keeping.unwrap_or(progress.running).max(progress.running);
    if progress >= threshold {
        let after = Membership { kept_until: next_period_end, manual: None, ..*current };
        return (after, MoveReason::Kept { threshold, progress });
    }
    let last_chance = kept_until.checked_add_days(Days::new(policy.grace_days.into())).unwrap_or(kept_until);
    if today <= last_chance {
        return (*current, MoveReason::InGrace { missing: threshold - progress.max(0), until: last_chance });
    }
    let to = match policy.demotion {
        Demotion::OneStep => ladder.below(current.tier).map(|tier| tier.id),
        Demotion::Straight => standing(ladder, progress),
    };
    // The day on which the customer falls, and the period that is next, do not depend on when the job runs.
    let after = Membership {
        tier: to,
        since: day_after(last_chance),
        kept_until: next_period_end,
        pinned_until: None,
        manual: None,
    };
    (after, MoveReason::Missed { threshold, progress, period_end: kept_until })
}

/// The tier that is due to a customer by running progress: whom staff moved down, only the one that everybody has.
pub(super) fn due<'a>(situation: &Situation<'a>, current: &Membership, running: i64) -> Option<&'a Tier> {
    if current.is_held_down(situation.today) {
        situation.ladder.base()
    } else {
        situation.ladder.standing(running)
    }
}

pub(super) fn standing(ladder: &Ladder, progress: i64) -> Option<TierId> {
    ladder.standing(progress).map(|tier| tier.id)
}
