//! What a purchase gives, promotion by promotion, when what was returned of it is taken back.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Past;
use crate::evaluate::{Applied, Evaluation};
use crate::ids::PromotionId;
use crate::points::Remainder;
use crate::returns::catch_up;

/// What each promotion gives and a customer keeps.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// A list, because those that meet in a purchase are few.
    shares: Vec<Share>,
    /// What returns took off what is carried over.
    taken_off: BTreeMap<PromotionId, Remainder>,
}

#[derive(Debug)]
pub(super) struct Share {
    pub promotion: PromotionId,
    pub name: Arc<str>,
    pub points: i64,
}

impl Kept {
    /// What is kept of what a stored purchase gives by an evaluation.
    pub fn of(evaluation: &Evaluation, past: &Past) -> Self {
        let mut kept = Self::default();
        for applied in evaluation.lines.iter().flat_map(|line| &line.applied).chain(&evaluation.applied) {
            kept.give(applied);
        }
        if let Some(returned) = &past.returned {
            let (goods, returned) = past.had_it_given(evaluation, returned);
            let plan = catch_up(&goods, &returned);
            kept.taken_off = plan.carried;
            for (promotion, points) in plan.promotions {
                if let Some(share) = kept.shares.iter_mut().find(|share| share.promotion == promotion) {
                    share.points = share.points.saturating_sub(points.get());
                }
            }
        }
        kept
    }

    fn give(&mut self, applied: &Applied) {
        let points = applied.points.get();
        match self.shares.iter_mut().find(|share| share.promotion == applied.promotion_id) {
            Some(share) => share.points = share.points.saturating_add(points),
            None => {
                let (promotion, name) = (applied.promotion_id, Arc::clone(&applied.name));
                self.shares.push(Share { promotion, name, points });
            }
        }
    }

    /// All of it.
    pub fn points(&self) -> i64 {
        self.shares.iter().map(|share| share.points).fold(0, i64::saturating_add)
    }

    /// What one promotion gives of it.
    pub fn by(&self, promotion: PromotionId) -> i64 {
        self.shares.iter().find(|share| share.promotion == promotion).map_or(0, |share| share.points)
    }

    /// What a promotion carries on for the customer, if it counts for a line and the merchant carries over.
    pub fn carries_on(&self, evaluation: &Evaluation, promotion: PromotionId) -> Option<Remainder> {
        let carried = evaluation.carried.iter().find(|carried| carried.promotion_id == promotion)?;
        let taken_off = self.taken_off.get(&promotion).copied().unwrap_or_default();
        Some(Remainder::from_billionths(carried.after.billionths().saturating_sub(taken_off.billionths())))
    }

    /// All promotions that are in it.
    pub fn iter(&self) -> impl Iterator<Item = &Share> {
        self.shares.iter()
    }
}
