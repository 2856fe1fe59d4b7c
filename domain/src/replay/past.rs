//! A stored purchase, as a replay needs it.

use chrono::{DateTime, Utc};

use crate::evaluate::{Applied, Evaluation, PurchaseFacts};
use crate::ids::{CustomerId, PromotionId, PurchaseId};
use crate::points::Points;
use crate::returns::{LineState, ReturnState, ReturnableLine, ReturnablePurchase, Share};

/// A stored purchase: what decided its points, what it gave and what is left of it.
#[derive(Debug, Clone)]
pub struct Past {
    /// Which.
    pub id: PurchaseId,
    /// Whose it is; nobody's while it is unclaimed.
    pub customer: Option<CustomerId>,
    /// When it counts towards a limit per customer: when it happened, or when it was claimed.
    pub counts_at: DateTime<Utc>,
    /// Everything that decided its points, of a claim everything that decided them then.
    pub facts: PurchaseFacts,
    /// Its lines, and what they gave. Nothing was given yet by what is unclaimed, whatever stands here.
    pub goods: ReturnablePurchase,
    /// What was returned of it, if anything was.
    pub returned: Option<ReturnState>,
}

/// What a purchase has really given and was not taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stored {
    /// All of it.
    pub points: i64,
    /// What one promotion gave of that.
    pub own: i64,
}

impl Past {
    /// What is left of what was to be paid for it, in minor units.
    pub(super) fn amount(&self) -> i64 {
        let all = self.goods.lines.iter().map(|line| line.amount.get()).fold(0, i64::saturating_add);
        let back = self.returned.as_ref().map_or(0, |returned| returned.amount().get());
        all.saturating_sub(back)
    }

    /// What it has really given and was not taken back.
    pub(super) fn stored(&self, own: PromotionId) -> Stored {
        let mut stored = Stored::default();
        for (index, line) in self.goods.lines.iter().enumerate() {
            let taken = self.returned.as_ref().and_then(|returned| returned.lines.get(index));
            stored.count(&line.applied, taken.map_or(&[][..], |line| &line.applied), own);
        }
        let taken = self.returned.as_ref().map_or(&[][..], |returned| &returned.flat);
        stored.count(&self.goods.flat, taken, own);
        stored
    }

    /// The purchase as if it had given this, and nothing had been taken back for what was returned of it.
    pub(super) fn had_it_given(
        &self,
        evaluation: &Evaluation,
        returned: &ReturnState,
    ) -> (ReturnablePurchase, ReturnState) {
        let shares = |applied: &[Applied]| applied.iter().map(Share::from).collect::<Vec<_>>();
        let lines = self.goods.lines.iter().zip(&evaluation.lines);
        let lines =
            lines.map(|(line, award)| ReturnableLine { applied: shares(&award.applied), ..line.clone() });
        let goods = ReturnablePurchase {
            lines: lines.collect(),
            flat: shares(&evaluation.applied),
            ..self.goods.clone()
        };
        let lines = returned.lines.iter().map(|line| LineState {
            applied: Vec::new(),
            remainders: Vec::new(),
            ..line.clone()
        });
        let returned = ReturnState { lines: lines.collect(), flat: Vec::new(), ..returned.clone() };
        (goods, returned)
    }
}

impl Stored {
    fn count(&mut self, given: &[Share], taken: &[Points], own: PromotionId) {
        for (place, share) in given.iter().enumerate() {
            let taken = taken.get(place).map_or(0, |points| points.get());
            let left = share.points.get().saturating_sub(taken);
            self.points = self.points.saturating_add(left);
            if share.promotion_id == own {
                self.own = self.own.saturating_add(left);
            }
        }
    }
}
