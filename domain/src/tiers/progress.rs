//! What a customer is told about the way to the next tier, and about keeping the own one.

use chrono::{Days, NaiveDate};

use super::assess::Progress;
use super::membership::{Membership, Situation};
use super::window::day_after;
use crate::ids::TierId;

/// How far a customer is. Numbers are in what the merchant's tiers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TierProgress {
    /// The tier; none below the lowest.
    pub tier: Option<TierId>,
    /// What counts today towards a higher tier.
    pub progress: i64,
    /// The next higher tier; none at the top.
    pub next: Option<NextTier>,
    /// What is to be done to keep the tier; none when nobody can fall from it.
    pub keep: Option<KeepTier>,
}

/// The way to the next tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextTier {
    /// Which.
    pub id: TierId,
    /// Its threshold.
    pub threshold: i64,
    /// How much is missing. None at all where staff hold a customer down that has reached it.
    pub missing: i64,
}

/// The way to keep a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepTier {
    /// The last day of the tier as things stand: of the next period already when its threshold is reached in the
    /// running one, or of a pin that lasts longer.
    pub until: NaiveDate,
    /// Its threshold.
    pub threshold: i64,
    /// What counts towards keeping it.
    pub progress: i64,
    /// How much is missing.
    pub missing: i64,
    /// The last day for it, the days of grace included.
    pub deadline: NaiveDate,
    /// The last day of the tier when nothing is missing.
    pub then_until: NaiveDate,
}

/// How far a customer is to the next tier, and to keeping the own one.
#[must_use]
pub fn tier_progress(situation: &Situation<'_>, membership: &Membership, progress: Progress) -> TierProgress {
    let running = progress.running.max(0);
    let next = situation.ladder.above(membership.tier).map(|tier| NextTier {
        id: tier.id,
        threshold: tier.terms.threshold,
        missing: tier.terms.threshold.saturating_sub(running).max(0),
    });
    let keep = keep(situation, &situation.settled(*membership), progress);
    TierProgress { tier: membership.tier, progress: running, next, keep }
}

fn keep(situation: &Situation<'_>, membership: &Membership, progress: Progress) -> Option<KeepTier> {
    let threshold = situation.ladder.get(membership.tier?)?.terms.threshold;
    let kept_until = membership.kept_until.filter(|_| !situation.ladder.is_bottom(membership.tier))?;
    let progress = progress.keeping.unwrap_or(progress.running).max(0);
    let missing = threshold.saturating_sub(progress).max(0);
    let then_until = situation.period_end(day_after(kept_until))?;
    let grace = Days::new(situation.policy.grace_days.into());
    let until = if missing == 0 { then_until } else { kept_until };
    Some(KeepTier {
        until: membership.pinned_until.map_or(until, |pinned| pinned.max(until)),
        threshold,
        progress,
        missing,
        deadline: kept_until.checked_add_days(grace).unwrap_or(kept_until),
        then_until,
    })
}
