//! What returned parts ask back of what was given: points, and what is carried over beside them.

use std::collections::BTreeMap;

use super::Share;
use super::spread::Progress;
use crate::ids::PromotionId;
use crate::points::{Points, Remainder};
use crate::proportion::{kept, kept_exact, split};

/// The points that are taken back, as they come together.
#[derive(Debug, Default)]
pub(super) struct Back {
    pub(super) points: u64,
    pub(super) promotions: BTreeMap<PromotionId, u64>,
    /// In billionths of a point.
    pub(super) carried: BTreeMap<PromotionId, i128>,
}

impl Back {
    /// Takes back what a returned part asks for of points that were given together.
    ///
    /// What is missing to that is shared by what each promotion still has of them, by largest remainder: no
    /// promotion ever gets back more than it gave, and all of it when all is returned. Sharing the whole sum
    /// anew at each return would not do, because a share can shrink while the sum grows.
    ///
    /// Gives what is taken back of each by now, and how much is taken back of all of them by this return.
    pub(super) fn take(&mut self, given: &[Share], taken: &[Points], part: Part) -> (Vec<Points>, u64) {
        let given_points = || given.iter().map(|share| positive(share.points));
        let taken_points = || {
            let taken = taken.iter().copied().map(positive).chain(std::iter::repeat(0));
            given_points().zip(taken).map(|(given, taken)| taken.min(given))
        };
        let due = part.of_something(given_points().fold(0, u64::saturating_add));
        let now = due.saturating_sub(taken_points().fold(0, u64::saturating_add));
        if now == 0 {
            return (taken.to_vec(), 0);
        }
        let left: Vec<u64> = given_points().zip(taken_points()).map(|(given, taken)| given - taken).collect();
        let shares = split(now, &left);
        for (share, points) in given.iter().zip(&shares).filter(|(_, points)| **points > 0) {
            let sum = self.promotions.entry(share.promotion_id).or_default();
            *sum = sum.saturating_add(*points);
        }
        self.points = self.points.saturating_add(now);
        (taken_points().zip(shares).map(|(taken, share)| count(taken + share)).collect(), now)
    }

    /// Takes off what promotions carry over what a returned part asks for: of the exact worth of each, which is what it gave
    /// and carried, the part is kept that is not returned, and of that what the points are not that it has given and not
    /// got back. So all that it had carried is gone when all is returned.
    ///
    /// Gives what is taken off for each by now; nothing where nothing is.
    pub(super) fn take_carried(
        &mut self,
        given: &[Share],
        points_taken: &[Points],
        taken: &[Remainder],
        part: Part,
    ) -> Vec<Remainder> {
        const POINT: i128 = Remainder::SCALE as i128;
        let mut remainders = Vec::with_capacity(given.len());
        for (place, share) in given.iter().enumerate() {
            let Some(carried) = share.carried else {
                remainders.push(Remainder::ZERO);
                continue;
            };
            let carried = i128::from(carried.billionths());
            let points = positive(share.points);
            let points_taken = points_taken.get(place).copied().map_or(0, positive).min(points);
            let kept = part.kept_of(i128::from(points) * POINT + carried);
            let now = Remainder::saturating(carried - (kept - i128::from(points - points_taken) * POINT));
            let before = taken.get(place).copied().unwrap_or_default();
            let taken = i128::from(now.billionths()) - i128::from(before.billionths());
            *self.carried.entry(share.promotion_id).or_default() += taken;
            remainders.push(now);
        }
        if remainders.iter().all(Remainder::is_zero) { Vec::new() } else { remainders }
    }
}

/// A part of a whole: so much is returned of so much.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) whole: u64,
    pub(super) returned: u64,
}

impl Part {
    /// Of a line: by what it cost, or by its units where it cost nothing.
    pub(super) fn of(line: Progress) -> Self {
        if line.amount > 0 {
            Self { whole: line.amount, returned: line.returned }
        } else {
            Self { whole: line.quantity, returned: line.units }
        }
    }

    /// Of all lines together: by what they cost, or by their units where all of them cost nothing.
    pub(super) fn of_all(lines: &[Progress]) -> Self {
        let sum = |number: fn(&Progress) -> u64| lines.iter().map(number).fold(0, u64::saturating_add);
        match sum(|line| line.amount) {
            0 => Self { whole: sum(|line| line.quantity), returned: sum(|line| line.units) },
            whole => Self { whole, returned: sum(|line| line.returned) },
        }
    }

    /// What is kept of an exact worth that came with the whole.
    fn kept_of(self, worth: i128) -> i128 {
        kept_exact(worth, self.whole, self.returned)
    }

    /// What is to be taken back in all of something that came with the whole.
    pub(super) fn of_something(self, something: u64) -> u64 {
        something - kept(something, self.whole, self.returned).min(something)
    }
}

pub(super) fn positive(points: Points) -> u64 {
    points.get().max(0).unsigned_abs()
}

/// Parts of what was counted can be counted.
pub(super) fn count(points: u64) -> Points {
    i64::try_from(points).map_or(Points::MAX, Points::new)
}
