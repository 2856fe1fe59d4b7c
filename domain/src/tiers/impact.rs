//! What an edit of the ladder does to a customer.

use super::assess::{due, standing};
use super::membership::{Assessment, Membership, MoveReason, Situation};
use super::{Ladder, Tier};
use crate::ids::TierId;

/// Where an edit of the ladder moves a customer, from `old` to the ladder of the situation. A preview and the edit
/// itself ask this same function, so that what was shown is what happens.
///
/// `running` is the progress in [`Spans::running`](super::Spans::running), `merit` that in
/// [`Spans::merit`](super::Spans::merit), where there is one.
///
/// - A new name, multiplier, discount or benefit moves nobody: tiers are known by their ids.
/// - A deleted tier moves its customers to the next lower one that is left, pinned or not, at once.
/// - A lower threshold, or a new tier, moves up who has reached it.
/// - A higher threshold moves down who had reached the old one, and by neither the running window nor the one in
///   which the tier was earned reaches the new one: down to where that progress leads. Who is in the tier for
///   another reason, such as staff's kindness, or because the period is not over, is not touched by it.
#[must_use]
pub fn impact(
    old: &Ladder,
    situation: &Situation<'_>,
    membership: &Membership,
    running: i64,
    merit: Option<i64>,
) -> Assessment {
    let ladder = situation.ladder;
    let decided = |after, why| Assessment::edited(old, situation, membership, after, why);
    let current = situation.settled(*membership);
    let due = due(situation, &current, running);
    if let Some(deleted) = membership.tier.filter(|id| ladder.get(*id).is_none()) {
        let below = next_left(old, ladder, deleted);
        let due = due.map(|tier| tier.id);
        let to = if ladder.rank(due) > ladder.rank(below) { due } else { below };
        return decided(situation.leaving(&current, to), MoveReason::TierDeleted {});
    }
    if let Some(until) = current.pinned_until {
        return decided(current, MoveReason::Pinned { until });
    }
    if let Some(tier) = due.filter(|tier| ladder.rank(Some(tier.id)) > ladder.rank(current.tier)) {
        return decided(situation.leaving(&current, Some(tier.id)), changed(tier, running));
    }
    let best = merit.unwrap_or(running).max(running);
    let tier = current.tier.and_then(|id| Some((old.get(id)?, ladder.get(id)?)));
    match tier {
        Some((before, now)) if (before.terms.threshold..now.terms.threshold).contains(&best) => {
            decided(situation.arriving(standing(ladder, best)), changed(now, best))
        }
        _ => decided(current, MoveReason::Unchanged {}),
    }
}

fn changed(tier: &Tier, progress: i64) -> MoveReason {
    MoveReason::ThresholdChanged { threshold: tier.terms.threshold, progress }
}

/// The highest tier below another one that an edit has left.
fn next_left(old: &Ladder, new: &Ladder, deleted: TierId) -> Option<TierId> {
    let lower = old.tiers().iter().rev().map(|tier| tier.id).skip_while(|id| *id != deleted).skip(1);
    lower.into_iter().find(|id| new.get(*id).is_some())
}
