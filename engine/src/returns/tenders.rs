//! What paid for a purchase besides money, on its way back.
//!
//! Points and cashback go back to the lots that they came from, from the end of the list in which they were taken: what
//! was taken last goes back first. How much is back follows from what was returned of each line in all, so that many small
//! returns end where one large one does.

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId, OfferId, PurchaseId};
use perennial_domain::money::Amount;
use perennial_domain::points::Points;
use perennial_domain::returns::{GivenTenders, LinePaid, ReturnState};
use perennial_domain::settings::MerchantSettings;
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;
use crate::expiry::expire_over;
use crate::ledger::{Ledger, PostingKind, Side};
use crate::modules::cashback::{PutBack, put_back};
use crate::purchase_record::{LineRecord, PurchaseRecord, TenderRecord};

/// What a return gave back of what had paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ReturnedTenders {
    /// Points that had paid and came back.
    pub points: Points,
    /// Points that came back, those of vouchers included, whose day was over: they expired at once.
    pub points_expired: Points,
    /// Cashback that had paid and came back into the wallet, in minor units.
    pub cashback: Amount,
}

/// The purchase whose tenders go back, in a return.
#[derive(Clone, Copy)]
pub(super) struct Back<'a> {
    pub merchant: MerchantId,
    pub purchase: &'a PurchaseRecord,
    pub customer: CustomerId,
    pub settings: &'a MerchantSettings,
    pub now: DateTime<Utc>,
    /// What went back before this return.
    pub before: &'a ReturnState,
    /// What goes back now.
    pub now_back: GivenTenders,
    /// New ids, each for one posting.
    pub ids: BackIds,
}

/// New ids, each for one posting.
#[derive(Debug, Clone, Copy)]
pub(super) struct BackIds {
    pub points: Uuid,
    pub expiry: Uuid,
    pub cashback: Uuid,
}

/// What a purchase was paid with, as a return sees it.
pub(super) fn given(tenders: Option<&TenderRecord>) -> GivenTenders {
    let points = tenders.and_then(|tenders| tenders.points.as_ref());
    let cashback = tenders.and_then(|tenders| tenders.cashback.as_ref());
    GivenTenders {
        points: points.map_or(Points::ZERO, |points| points.spent),
        cashback: cashback.map_or(Amount::ZERO, |cashback| cashback.amount),
    }
}

/// What paid for a line, as a return sees it.
pub(super) fn line_paid(line: &LineRecord) -> LinePaid {
    LinePaid { money: line.paid(), points: line.tendered.points, cashback: line.tendered.cashback }
}

impl Back<'_> {
    /// Gives it back, in postings of its own. What goes back to a lot whose day is over expires at once.
    pub async fn give(
        &self,
        txn: &DatabaseTransaction,
        ledger: &mut Ledger,
    ) -> Result<ReturnedTenders, Error> {
        let Some(tenders) = &self.purchase.tenders else { return Ok(ReturnedTenders::default()) };
        let mut back = ReturnedTenders::default();
        if let Some(points) = &tenders.points {
            let lots = last(&points.lots, self.before.tender_points.get(), self.now_back.points.get());
            if !lots.is_empty() {
                let purchase = Some(self.purchase.id.uuid());
                let mut posting =
                    ledger.posting(PostingKind::Cancellation, self.ids.points, self.customer, purchase)?;
                posting.give_back(Side::Redeemed, &lots)?;
                posting.done();
                expire_over(ledger, self.customer, self.settings, self.now, self.ids.expiry)?;
                back.points = self.now_back.points;
            }
        }
        if let Some(cashback) = &tenders.cashback {
            let lots: Vec<((PurchaseId, OfferId), i64)> = cashback
                .lots
                .iter()
                .map(|(purchase, offer, amount)| ((*purchase, *offer), *amount))
                .collect();
            let lots = last(&lots, self.before.tender_cashback.get(), self.now_back.cashback.get());
            if !lots.is_empty() {
                let what = PutBack {
                    merchant: self.merchant,
                    purchase: self.purchase.id,
                    customer: self.customer,
                    currency: self.purchase.currency,
                    posting: self.ids.cashback,
                };
                back.cashback = put_back(txn, ledger, what, &lots).await?;
            }
        }
        Ok(back)
    }
}

/// The part of what was taken that goes back now, when so much is back before: from the end of the list.
fn last<L: Copy>(taken: &[(L, i64)], before: i64, now: i64) -> Vec<(L, i64)> {
    let (mut skip, mut missing) = (before, now);
    let mut back = Vec::new();
    for (lot, amount) in taken.iter().rev() {
        let skipped = skip.min(*amount);
        skip -= skipped;
        let part = missing.min(amount - skipped);
        if part > 0 {
            missing -= part;
            back.push((*lot, part));
        }
    }
    back
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_last_goes_back_first_and_all_of_it_in_the_end() {
        let taken = [('a', 10), ('b', 20), ('c', 5)];
        assert_eq!(last(&taken, 0, 7), [('c', 5), ('b', 2)]);
        assert_eq!(last(&taken, 7, 20), [('b', 18), ('a', 2)]);
        assert_eq!(last(&taken, 27, 8), [('a', 8)]);
        assert_eq!(last(&taken, 35, 0), []);
        assert_eq!(last(&taken, 0, 35), [('c', 5), ('b', 20), ('a', 10)]);
    }
}
