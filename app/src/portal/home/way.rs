//! Which rewards stand on the way, and what the tracker says about it.

use super::api::{StepView, TrackerView};
use crate::portal::rewards::words::part;
use crate::ui::grouped;
use perennial_domain::rewards::CostInput;
use perennial_engine::rewards::RewardOffer;

/// Steps that a phone shows on one line.
const SHOWN: usize = 5;
/// Of them, those that stand behind the next one, where there are any.
const BEHIND: usize = 1;

/// A reward on the way.
#[derive(Clone, Copy)]
struct Goal<'a> {
    name: &'a str,
    cost: i64,
    is_reached: bool,
}

/// The way of a customer with so many points: rewards that the customer can have or that nothing but points are missing
/// for, the cheapest first. Nothing when there are none.
pub(super) fn tracker(offers: &[RewardOffer], points: i64) -> Option<TrackerView> {
    let mut goals: Vec<Goal<'_>> = offers.iter().filter_map(goal).collect();
    goals.sort_by_key(|goal| goal.cost);
    let next = goals.iter().position(|goal| !goal.is_reached);
    let best = goals.iter().rfind(|goal| goal.is_reached);
    let (title, detail) = match (next.and_then(|next| goals.get(next)), best) {
        (Some(next), best) => (
            format!("{} more for {}", grouped(next.cost.saturating_sub(points)), next.name),
            best.map(|best| format!("You have enough for {} now.", best.name)),
        ),
        (None, Some(best)) => {
            (format!("Enough for {}", best.name), Some("It is yours whenever you like.".to_owned()))
        }
        (None, None) => return None,
    };
    // What lies behind the next one is the reason to go on; what was reached long ago makes room.
    let end = next.map_or(goals.len(), |next| (next + 1 + BEHIND).max(SHOWN).min(goals.len()));
    let shown = goals.get(end.saturating_sub(SHOWN)..end).unwrap_or_default();
    let mut before =
        end.checked_sub(SHOWN + 1).and_then(|index| goals.get(index)).map_or(0, |goal| goal.cost);
    let mut is_next_found = false;
    let steps = shown
        .iter()
        .map(|goal| {
            let is_next = !goal.is_reached && !is_next_found;
            is_next_found |= is_next;
            // How far the line has come between the step before and this one.
            let part = part(points.saturating_sub(before), goal.cost.saturating_sub(before));
            before = goal.cost;
            StepView {
                cost: grouped(goal.cost),
                name: goal.name.to_owned(),
                is_reached: goal.is_reached,
                is_next,
                part,
            }
        })
        .collect();
    Some(TrackerView { title, detail, steps })
}

fn goal(offer: &RewardOffer) -> Option<Goal<'_>> {
    let is_reached = offer.eligibility.is_eligible();
    let is_goal = is_reached || offer.eligibility.only_points().is_some();
    let cost = match offer.reward.terms.points_cost.as_ref()? {
        CostInput::Fixed(points) => *points,
        CostInput::Variable(cost) => cost.min.unwrap_or(cost.step),
    };
    is_goal.then_some(Goal { name: &offer.reward.terms.name, cost, is_reached })
}
