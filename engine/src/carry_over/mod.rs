//! What rounding leaves, carried over to the customer's next purchase, by promotion.
//!
//! ```text
//! promotions that a purchase meets (Asked) ─▶ read (Kept) ─▶ facts.remainders ─▶ evaluate ─▶ book ─▶ write
//! ```
//! What a customer carries is only ever changed, and read to decide by, under the lock of the customer's balance, as what
//! customers have had of [limits](crate::limits). Whoever asks holds it already, so that these rows are read without a
//! lock and nobody waits for them. Of several purchases of a customer in one batch each finds what the one before it left.
//! Merchants who do not carry over meet none of this: nothing is asked, and nothing is written.
//!
//! What came from before is in the facts of a purchase, what it added in its lines, and what returns took off in their
//! state: reconciliation proves the rows by it.

mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use perennial_domain::evaluate::{Carried, Remainders};
use perennial_domain::ids::{CustomerId, MerchantId, PromotionId};
use perennial_domain::points::Remainder;
use uuid::Uuid;

use crate::error::Error;

pub(crate) use store::{READ, WRITE, read, take_off, write};

/// Proof that what is carried is what purchases and returns have moved.
pub(crate) const RECONCILE_I6: &str = include_str!("reconcile_i6.sql");

/// What one promotion carries over for one customer.
type Key = (MerchantId, CustomerId, PromotionId);

/// The remainders that some purchases meet, in the order of their keys.
#[derive(Debug, Default)]
pub(crate) struct Asked(BTreeSet<Key>);

impl Asked {
    /// Adds what a purchase meets.
    pub fn add(&mut self, merchant: MerchantId, customer: CustomerId, promotions: &[PromotionId]) {
        self.0.extend(promotions.iter().map(|promotion| (merchant, customer, *promotion)));
    }

    /// Whether there is nothing to look up.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The columns of the statement that reads.
    pub fn questions(&self) -> Questions {
        Questions::of(&self.0)
    }

    /// Takes the answers: the place of a question, counted from one, and what is carried.
    pub fn answered(self, answers: impl IntoIterator<Item = (i64, i64)>) -> Kept {
        let keys: Vec<_> = self.0.into_iter().collect();
        // Who carries nothing has no row.
        let mut remainders: BTreeMap<_, _> = keys.iter().map(|key| (*key, Remainder::ZERO)).collect();
        for (place, billionths) in answers {
            let key = usize::try_from(place - 1).ok().and_then(|place| keys.get(place));
            remainders.extend(key.map(|key| (*key, Remainder::from_billionths(billionths))));
        }
        Kept { remainders, changed: BTreeSet::new() }
    }
}

/// What is carried: as it was read, and after every purchase that is booked.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    remainders: BTreeMap<Key, Remainder>,
    changed: BTreeSet<Key>,
}

impl Kept {
    /// What has to be known of these promotions to evaluate a purchase.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when one of them was not asked for.
    pub fn facts(
        &self,
        merchant: MerchantId,
        customer: CustomerId,
        promotions: &[PromotionId],
    ) -> Result<Remainders, Error> {
        let carried = promotions.iter().map(|promotion| {
            let remainder = self.remainders.get(&(merchant, customer, *promotion));
            Ok((*promotion, *remainder.ok_or_else(|| unknown(*promotion))?))
        });
        carried.collect()
    }

    /// Goes on to what a purchase leaves. On an error the transaction has to be given up.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when something was carried that had not been asked for.
    pub fn book(
        &mut self,
        merchant: MerchantId,
        customer: CustomerId,
        carried: &[Carried],
    ) -> Result<(), Error> {
        for carried in carried.iter().filter(|carried| !carried.is_unchanged()) {
            let key = (merchant, customer, carried.promotion_id);
            let kept = self.remainders.get_mut(&key).ok_or_else(|| unknown(carried.promotion_id))?;
            *kept = carried.after;
            self.changed.insert(key);
        }
        Ok(())
    }

    /// Whether nothing was booked.
    pub fn is_unchanged(&self) -> bool {
        self.changed.is_empty()
    }

    /// The columns of the statement that writes: the keys of what has changed, and what it is now.
    pub fn columns(&self) -> (Questions, Vec<i64>) {
        // What was booked is among what was read.
        let now = |key: &Key| self.remainders.get(key).map_or(0, |remainder| remainder.billionths());
        (Questions::of(&self.changed), self.changed.iter().map(now).collect())
    }
}

/// Keys as columns of array binds, which the intake and the claims send by different drivers.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    pub merchant: Vec<Uuid>,
    pub customer: Vec<Uuid>,
    pub promotion: Vec<Uuid>,
}

impl Questions {
    fn of(keys: &BTreeSet<Key>) -> Self {
        let mut columns = Self::default();
        for (merchant, customer, promotion) in keys {
            columns.merchant.push(merchant.uuid());
            columns.customer.push(customer.uuid());
            columns.promotion.push(promotion.uuid());
        }
        columns
    }
}

fn unknown(promotion: PromotionId) -> Error {
    Error::Inconsistent(format!("what promotion {promotion} carries was not read"))
}
