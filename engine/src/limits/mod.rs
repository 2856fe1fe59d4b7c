//! Limits and budgets of promotions: what they have given before, and what a purchase adds to that.
//!
//! ```text
//! what a purchase meets (Asked) ─▶ read and lock (Given) ─▶ facts.limits ─▶ evaluate ─▶ book ─▶ write
//! ```
//! Two kinds of counts, exact in two ways:
//!
//! - What one **customer** has had of a promotion is only ever changed under the lock of the customer's balance. Whoever
//!   asks holds that lock already, so that these rows are read without another one and nobody waits for them.
//! - What is left of a **budget** concerns everybody. Its row is locked once per batch, in key order, as the last lock
//!   before the evaluation; from there to the commit nobody else can promise the same points, so that it is never
//!   exceeded and, with `stop`, never refused while there is enough left. The price is that batches of one merchant
//!   which meet the same budget commit one after the other, hundreds of purchases at a time; a batch that meets none
//!   waits for nobody. Where every purchase of a merchant meets the same budget, two lanes did three quarters of the rate
//!   without one (measured), about what the counting rows cost by themselves. Shares of a budget held by lanes would run
//!   side by side, but near the end, which is where a budget matters, each would have to lock all the others' shares to
//!   know whether a purchase still fits.
//!
//! What was counted is kept by purchase: a return gives back exactly that, and reconciliation proves the counts by it.

mod columns;
pub(crate) mod merge;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::codes::Zone;
use perennial_domain::evaluate::{Consumed, LimitUse, Limited, LimitsUsed};
use perennial_domain::ids::{CustomerId, MerchantId, PromotionId, PurchaseId};
use perennial_domain::points::Points;
use perennial_domain::promotion::LimitPeriod;

use crate::error::Error;

pub(crate) use columns::{Bookings, Questions};
pub(crate) use store::{LOCK, WRITE, give_back, given_of_budget, lock, write};

/// Stands for "no first day" in `begins_on`: what counts for ever.
pub(crate) const EVER: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// One period of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Period {
    kind: LimitPeriod,
    begins_on: NaiveDate,
}

/// What one customer has had of one promotion in one period.
type Use = (MerchantId, CustomerId, PromotionId, Period);
/// What a promotion has given to all.
type Budget = (MerchantId, PromotionId);

/// Who earns by a promotion, and when: what decides in which period it counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Occasion {
    pub merchant: MerchantId,
    pub customer: CustomerId,
    /// `occurred_at` of a purchase, or when it is claimed.
    pub instant: DateTime<Utc>,
    /// The merchant's zone.
    pub zone: Zone,
}

impl Occasion {
    fn period(&self, kind: LimitPeriod) -> Period {
        Period { kind, begins_on: kind.begins_on(self.instant, self.zone).unwrap_or(EVER) }
    }
}

/// The counts that some purchases meet, in the order of their keys, which is the order of locks.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    uses: BTreeSet<Use>,
    budgets: BTreeSet<Budget>,
}

impl Asked {
    /// Adds what a purchase meets.
    pub fn add(&mut self, occasion: &Occasion, limited: &[Limited]) {
        for limited in limited {
            if let Some(limit) = limited.customer {
                let period = occasion.period(limit.per);
                self.uses.insert((occasion.merchant, occasion.customer, limited.promotion_id, period));
            }
            if limited.budget.is_some() {
                self.budgets.insert((occasion.merchant, limited.promotion_id));
            }
        }
    }

    /// Whether there is nothing to look up.
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.budgets.is_empty()
    }
}

/// What was given so far: as it was read, and with every purchase that is booked after that.
#[derive(Debug, Default)]
pub(crate) struct Given {
    uses: BTreeMap<Use, i64>,
    budgets: BTreeMap<Budget, i64>,
    bookings: Vec<Booking>,
}

/// What one purchase counts towards.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Booking {
    occasion: (MerchantId, CustomerId),
    purchase: PurchaseId,
    promotion: PromotionId,
    period: Option<Period>,
    budget: bool,
    points: i64,
}

impl Given {
    /// What has to be known of these limits and budgets to evaluate a purchase.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when one of them was not asked for, or a budget has no row.
    pub fn facts(&self, occasion: &Occasion, limited: &[Limited]) -> Result<LimitsUsed, Error> {
        let Occasion { merchant, customer, .. } = *occasion;
        limited
            .iter()
            .map(|limited| {
                let promotion = limited.promotion_id;
                let used = match limited.customer {
                    Some(limit) => {
                        let key = (merchant, customer, promotion, occasion.period(limit.per));
                        self.uses.get(&key).copied().ok_or_else(|| unknown("limit", promotion))?
                    }
                    None => 0,
                };
                let budget_left = match limited.budget {
                    Some(budget) => {
                        let given = self
                            .budgets
                            .get(&(merchant, promotion))
                            .ok_or_else(|| unknown("budget", promotion))?;
                        left(budget, *given)
                    }
                    None => None,
                };
                Ok((promotion, LimitUse { used: Points::new(used), budget_left }))
            })
            .collect()
    }

    /// Counts what a purchase consumed. On an error the transaction has to be given up.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when something was consumed that had not been asked for.
    pub fn book(
        &mut self,
        occasion: &Occasion,
        purchase: PurchaseId,
        consumed: &[Consumed],
    ) -> Result<(), Error> {
        let Occasion { merchant, customer, .. } = *occasion;
        for consumed in consumed {
            let (promotion, points) = (consumed.promotion_id, consumed.points.get());
            let period = consumed.per.map(|kind| occasion.period(kind));
            if let Some(period) = period {
                let used = self.uses.get_mut(&(merchant, customer, promotion, period));
                count(used.ok_or_else(|| unknown("limit", promotion))?, points)?;
            }
            if consumed.budget {
                let used = self.budgets.get_mut(&(merchant, promotion));
                count(used.ok_or_else(|| unknown("budget", promotion))?, points)?;
            }
            let occasion = (merchant, customer);
            let budget = consumed.budget;
            self.bookings.push(Booking { occasion, purchase, promotion, period, budget, points });
        }
        Ok(())
    }

    /// Whether nothing was booked.
    pub fn is_unchanged(&self) -> bool {
        self.bookings.is_empty()
    }
}

/// What is left of a budget; `None` when all of it is.
pub(crate) fn left(budget: perennial_domain::promotion::Budget, given: i64) -> Option<Points> {
    // A later version may have a smaller budget than was given already.
    (given > 0).then(|| Points::new(budget.points.get().saturating_sub(given).max(0)))
}

/// Limits are at most the largest number of points; what they count stays below it.
fn count(used: &mut i64, points: i64) -> Result<(), Error> {
    *used = used.checked_add(points).ok_or_else(|| {
        Error::Inconsistent("a promotion has given more points than can be counted".to_owned())
    })?;
    Ok(())
}

fn unknown(what: &str, promotion: PromotionId) -> Error {
    Error::Inconsistent(format!("the {what} of promotion {promotion} was not read"))
}
