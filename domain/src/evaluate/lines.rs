//! From a line's exact worth to whole points: rounded once and shared out, or, where remainders are carried over,
//! rounded by each promotion for itself.

use super::carrying::{Carried, carry};
use super::weights::Weights;
use crate::points::{Points, Remainder, Rounding};

/// The most that a line or a purchase can be worth.
pub(super) const MAX: u128 = Points::MAX.get().unsigned_abs() as u128;

/// What one candidate gives in one place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    /// The index of the candidate.
    pub(super) candidate: usize,
    pub(super) points: u64,
    /// What its cap, limit and budget took away here.
    pub(super) cut: u64,
    /// What it added here to what it carries; nothing where nobody carries over.
    pub(super) carried: Option<Remainder>,
}

impl Share {
    pub(super) const fn new(candidate: usize, points: u64) -> Self {
        Self { candidate, points, cut: 0, carried: None }
    }
}

/// Gives a line's worth, rounded once, to the candidates by their part of it: each its whole points, and what that leaves
/// by largest remainder. `None` when it is more than can be counted.
pub(super) fn share_out(
    weights: &Weights,
    paid: u128,
    rounding: Rounding,
    remainders: &mut Vec<(u128, usize)>,
    shares: &mut Vec<Share>,
) -> Option<()> {
    let exact = weights.total.checked_mul(paid)?;
    let points = rounding.divide(exact, weights.denominator)?;
    if points > MAX {
        return None;
    }
    remainders.clear();
    let mut left = points;
    for (candidate, weight) in &weights.shares {
        // A share is a part of the worth, which was found not to overflow.
        let share = weight * paid;
        let whole = share / weights.denominator;
        left -= whole.min(left);
        remainders.push((share % weights.denominator, shares.len()));
        shares.push(Share::new(*candidate, u64::try_from(whole).ok()?));
    }
    give_to_largest(left, remainders, shares);
    Some(())
}

/// Gives one point more to each of the shares with the largest remainders, the first of equal ones first.
///
/// There are never more points left than there are remainders above zero: what is left over is at most
/// their sum, rounded up.
fn give_to_largest(points: u128, remainders: &mut [(u128, usize)], shares: &mut [Share]) {
    if points == 0 {
        return;
    }
    remainders.sort_unstable_by_key(|(remainder, share)| (std::cmp::Reverse(*remainder), *share));
    for (_, share) in remainders.iter().take(usize::try_from(points).unwrap_or(usize::MAX)) {
        if let Some(share) = shares.get_mut(*share) {
            share.points += 1;
        }
    }
}

/// Gives each candidate its own part of a line's worth in whole points, with what it carries from before, and has it carry
/// on what that leaves; `carried` is by candidate. One that has no part in the line leaves alone what it carries. `None`
/// when it is more than can be counted.
pub(super) fn carry_over(
    weights: &Weights,
    paid: u128,
    rounding: Rounding,
    carried: &mut [Carried],
    shares: &mut Vec<Share>,
) -> Option<()> {
    let mut line = 0_u128;
    for (candidate, weight) in &weights.shares {
        let carried = carried.get_mut(*candidate)?;
        let worth = (weight.checked_mul(paid)?, weights.denominator);
        let (points, after) = match *weight {
            0 => (0, carried.after),
            _ => carry(rounding, worth, carried.after)?,
        };
        let added = after.checked_sub(carried.after)?;
        carried.after = after;
        line = line.checked_add(points)?;
        shares.push(Share { carried: Some(added), ..Share::new(*candidate, u64::try_from(points).ok()?) });
    }
    (line <= MAX).then_some(())
}
