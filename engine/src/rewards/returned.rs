//! What becomes of the vouchers of a purchase that was returned as a whole.
//!
//! A voucher that could still be used by its date can be used once more. Of one that could not, the points that were paid for
//! it come back into the lots that they came from; one that was given is gone.

use chrono::{DateTime, Utc};
use perennial_domain::ids::{MerchantId, PurchaseId, RedemptionId, VoucherId};
use perennial_domain::rewards::{RedemptionEvent, RedemptionState};
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::statement;
use super::step::{self, By, Locked};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::ledger::{Ledger, PostingKind, Side};

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

/// The used vouchers of a purchase, locked with the redemptions behind those that will not be usable again.
pub(crate) struct ReturnedVouchers {
    restored: Vec<(VoucherId, String)>,
    reversed: Vec<(VoucherId, String, Option<Locked>)>,
}

impl Engine {
    /// Locks the vouchers that were used in a purchase, in the order of their codes, then the redemptions. To be called
    /// before the balance is locked, on the return that completes the purchase.
    pub(crate) async fn returned_vouchers(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        purchase: PurchaseId,
        now: DateTime<Utc>,
    ) -> Result<ReturnedVouchers, Error> {
        let sql = "SELECT id, name, redemption_id, expires_at FROM vouchers
                   WHERE merchant_id = $1 AND purchase_id = $2 AND state = 'used'
                   ORDER BY code FOR NO KEY UPDATE";
        let rows =
            txn.query_all_raw(statement(sql, [merchant.uuid().into(), purchase.uuid().into()])).await?;
        let (mut restored, mut over) = (Vec::new(), Vec::new());
        for row in rows {
            let id = VoucherId::from_uuid(row.try_get("", "id")?);
            let name: String = row.try_get("", "name")?;
            let expires_at: Option<DateTime<Utc>> = row.try_get("", "expires_at")?;
            if expires_at.is_none_or(|expires_at| now < expires_at) {
                restored.push((id, name));
            } else {
                let redemption: Option<Uuid> = row.try_get("", "redemption_id")?;
                over.push((redemption.map(RedemptionId::from_uuid), id, name));
            }
        }
        over.sort_unstable_by_key(|(redemption, id, _)| (*redemption, *id));
        let mut reversed = Vec::with_capacity(over.len());
        for (redemption, id, name) in over {
            let locked = match redemption {
                Some(redemption) => Some(step::lock(txn, &Cx::system(merchant), redemption).await?),
                None => None,
            };
            reversed.push((id, name, locked));
        }
        Ok(ReturnedVouchers { restored, reversed })
    }

    /// Gives the vouchers back, or the points that were paid for them, each posting of its own. The balance of every
    /// customer of [`ReturnedVouchers::customers`] is locked; what was posted is written by the caller.
    pub(crate) async fn rewards_give_back_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        ledger: &mut Ledger,
        vouchers: ReturnedVouchers,
        settings: &MerchantSettings,
        now: DateTime<Utc>,
    ) -> Result<Vec<RewardReturned>, Error> {
        let mut answer = Vec::new();
        for (voucher_id, name) in vouchers.restored {
            let sql = "UPDATE vouchers SET state = 'issued', purchase_id = NULL, used_at = NULL, used_by = NULL, changed_at = $3
                       WHERE merchant_id = $1 AND id = $2";
            let values = [cx.merchant().uuid().into(), voucher_id.uuid().into(), now.into()];
            txn.execute_raw(statement(sql, values)).await?;
            answer.push(RewardReturned { voucher_id, name, usable: true, points: 0 });
        }
        for (voucher_id, name, redemption) in vouchers.reversed {
            let sql =
                "UPDATE vouchers SET state = 'reversed', changed_at = $3 WHERE merchant_id = $1 AND id = $2";
            let values = [cx.merchant().uuid().into(), voucher_id.uuid().into(), now.into()];
            txn.execute_raw(statement(sql, values)).await?;
            let mut points = 0;
            if let Some(mut redemption) = redemption
                && let Ok(step) = redemption.state.after(RedemptionEvent::Reverse)
                && step.moved().is_some()
            {
                let kind = PostingKind::Cancellation;
                let posting = self.points_back(ledger, &redemption, kind, Side::Redeemed, settings, now)?;
                redemption.go(txn, RedemptionState::Reversed, Some(posting), &By::from(cx), now).await?;
                points = redemption.points;
            }
            answer.push(RewardReturned { voucher_id, name, usable: false, points });
        }
        Ok(answer)
    }
}

impl ReturnedVouchers {
    /// Whose points may come back, to be locked with the balance of the purchase's customer.
    pub fn customers(&self) -> impl Iterator<Item = perennial_domain::ids::CustomerId> + '_ {
        self.reversed.iter().filter_map(|(.., redemption)| redemption.as_ref().map(|of| of.customer))
    }
}
