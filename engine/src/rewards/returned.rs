//! What becomes of the vouchers of a purchase that was returned.
//!
//! One that made a product free comes back once nothing is left of the line of that product, all others once nothing is left
//! of the purchase. A voucher that could still be used by its date can be used once more: its redemption is as unused as
//! before, and can be cancelled. Of one that could not, or of somebody who was erased since, whose vouchers have ended, the points
//! that were paid for it come back into the lots that they came from; one that was given is gone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId, RedemptionId, VoucherId};
use perennial_domain::returns::ReturnPlan;
use perennial_domain::rewards::RedemptionEvent;
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::statement;
use super::step::{self, Locked};
use crate::cx::{By, Cx};
use crate::engine::Engine;
use crate::error::Error;
use crate::events::Happening;
use crate::ledger::{Ledger, PostingKind, Side};
use crate::purchase_record::TenderRecord;

/// A voucher that a return gave back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RewardReturned {
    /// The voucher.
    pub voucher_id: VoucherId,
    /// What it is called.
    pub name: String,
    /// Whether it can be used once more.
    pub usable: bool,
    /// Points that came back instead.
    pub points: i64,
}

/// Used vouchers of a purchase that come back, locked with the redemptions behind them.
pub(crate) struct ReturnedVouchers {
    restored: Vec<Back>,
    reversed: Vec<Back>,
}

struct Back {
    id: VoucherId,
    name: String,
    customer: CustomerId,
    redemption: Option<Locked>,
}

/// The vouchers of a purchase that a return gives back, unless an earlier one did.
pub(crate) fn given_back(tenders: Option<&TenderRecord>, plan: &ReturnPlan) -> Vec<VoucherId> {
    let is_back = |line: Option<usize>| match line {
        Some(line) => plan.used_up.get(line).copied().unwrap_or(plan.complete),
        None => plan.complete,
    };
    let vouchers = tenders.map(|tenders| tenders.vouchers.as_slice()).unwrap_or_default();
    vouchers.iter().filter(|voucher| is_back(voucher.line)).map(|voucher| voucher.id).collect()
}

impl Engine {
    /// Locks those of these vouchers that are used in a purchase, in the order of their codes, then the redemptions in that of
    /// their ids. To be called before the balance is locked.
    pub(crate) async fn returned_vouchers(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        purchase: PurchaseId,
        vouchers: &[VoucherId],
        now: DateTime<Utc>,
    ) -> Result<ReturnedVouchers, Error> {
        let sql = "SELECT id, name, customer_id, redemption_id, expires_at FROM vouchers
                   WHERE merchant_id = $1 AND purchase_id = $2 AND id = ANY ($3) AND state = 'used'
                   ORDER BY code FOR NO KEY UPDATE";
        let ids: Vec<Uuid> = vouchers.iter().map(|id| id.uuid()).collect();
        let key = [merchant.uuid().into(), purchase.uuid().into(), ids.into()];
        let mut found = Vec::with_capacity(vouchers.len());
        for row in txn.query_all_raw(statement(sql, key)).await? {
            let id = VoucherId::from_uuid(row.try_get("", "id")?);
            let name: String = row.try_get("", "name")?;
            let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
            let expires_at: Option<DateTime<Utc>> = row.try_get("", "expires_at")?;
            let redemption: Option<Uuid> = row.try_get("", "redemption_id")?;
            let is_usable = expires_at.is_none_or(|expires_at| now < expires_at);
            found.push((id, name, customer, redemption.map(RedemptionId::from_uuid), is_usable));
        }
        let behind: BTreeSet<RedemptionId> =
            found.iter().filter_map(|(_, _, _, redemption, _)| *redemption).collect();
        let mut locked = BTreeMap::new();
        for redemption in behind {
            locked.insert(redemption, step::lock(txn, &Cx::system(merchant), redemption).await?);
        }
        let (mut restored, mut reversed) = (Vec::new(), Vec::new());
        for (id, name, customer, redemption, is_usable) in found {
            let redemption = redemption.and_then(|redemption| locked.remove(&redemption));
            let back = Back { id, name, customer, redemption };
            if is_usable { restored.push(back) } else { reversed.push(back) }
        }
        Ok(ReturnedVouchers { restored, reversed })
    }

    /// Gives the vouchers back, or the points that were paid for them, each posting of its own. The balance of every
    /// customer of [`ReturnedVouchers::customers`] is locked; what was posted is written by the caller, who then tells what
    /// became of the redemptions.
    pub(crate) async fn rewards_give_back_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        ledger: &mut Ledger,
        vouchers: ReturnedVouchers,
        settings: &MerchantSettings,
        now: DateTime<Utc>,
    ) -> Result<(Vec<RewardReturned>, Vec<Happening>), Error> {
        let (by, mut answer, mut told) = (By::from(cx), Vec::new(), Vec::new());
        let (mut restored, mut reversed) = (Vec::new(), vouchers.reversed);
        for back in vouchers.restored {
            // Said under the lock of the balance, which whoever erases somebody holds.
            let is_erased = ledger.balance(back.customer)?.is_erased;
            if is_erased { reversed.push(back) } else { restored.push(back) }
        }
        for Back { id: voucher_id, name, redemption, .. } in restored {
            let sql = "UPDATE vouchers SET state = 'issued', purchase_id = NULL, used_at = NULL, used_by = NULL, changed_at = $3
                       WHERE merchant_id = $1 AND id = $2";
            let values = [cx.merchant().uuid().into(), voucher_id.uuid().into(), now.into()];
            txn.execute_raw(statement(sql, values)).await?;
            if let Some(mut redemption) = redemption
                && let Ok(step) = redemption.state.after(RedemptionEvent::Restore)
                && let Some(to) = step.moved()
            {
                redemption.restore(txn, to, &by, now).await?;
                told.push(redemption.restored());
            }
            answer.push(RewardReturned { voucher_id, name, usable: true, points: 0 });
        }
        for Back { id: voucher_id, name, redemption, .. } in reversed {
            let sql =
                "UPDATE vouchers SET state = 'reversed', changed_at = $3 WHERE merchant_id = $1 AND id = $2";
            let values = [cx.merchant().uuid().into(), voucher_id.uuid().into(), now.into()];
            txn.execute_raw(statement(sql, values)).await?;
            let mut points = 0;
            if let Some(mut redemption) = redemption
                && let Ok(step) = redemption.state.after(RedemptionEvent::Reverse)
                && let Some(to) = step.moved()
            {
                let kind = PostingKind::Cancellation;
                let posting = self.points_back(ledger, &redemption, kind, Side::Redeemed, settings, now)?;
                redemption.go(txn, to, Some(posting), &by, now).await?;
                told.push(redemption.changed());
                points = redemption.points;
            }
            answer.push(RewardReturned { voucher_id, name, usable: false, points });
        }
        Ok((answer, told))
    }
}

impl ReturnedVouchers {
    /// Whose they are: whose points may come back and who is told, to be locked with the balance of the purchase's customer.
    pub fn customers(&self) -> impl Iterator<Item = CustomerId> + '_ {
        self.restored.iter().chain(&self.reversed).map(|back| back.customer)
    }
}
