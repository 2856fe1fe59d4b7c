//! A redemption undone: the points go back into the lots that they came from, and what was taken is there for others.

use chrono::{DateTime, Utc};
use perennial_domain::rewards::{RedemptionState, RewardKind};
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::statement;
use super::step::Locked;
use crate::cx::By;
use crate::engine::Engine;
use crate::error::Error;
use crate::expiry::expire_over;
use crate::ledger::{Ledger, PostingKind, Side};

impl Engine {
    /// Lets go of what is held. Nobody has seen a code, so that it is free again. The caller has locked the reward, the
    /// redemption, which is reserved, and the balance.
    pub(super) async fn redemption_release(
        &self,
        txn: &DatabaseTransaction,
        ledger: &mut Ledger,
        redemption: &mut Locked,
        settings: &MerchantSettings,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let posting =
            self.points_back(ledger, redemption, PostingKind::Release, Side::Reserved, settings, now)?;
        redemption.go(txn, RedemptionState::Released, Some(posting), by, now).await?;
        if matches!(redemption.terms.kind, RewardKind::VoucherPool) {
            let sql = "UPDATE reward_codes SET state = 'free', redemption_id = NULL
                       WHERE merchant_id = $1 AND redemption_id = $2";
            txn.execute_raw(statement(sql, key(redemption))).await?;
        }
        one_more(txn, redemption).await
    }

    /// Cancels what was captured and not used. The caller has locked the reward, its vouchers, the redemption and the
    /// balance, and has seen that no voucher was used.
    pub(super) async fn redemption_undo(
        &self,
        txn: &DatabaseTransaction,
        ledger: &mut Ledger,
        redemption: &mut Locked,
        settings: &MerchantSettings,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let kind = PostingKind::Cancellation;
        let posting = self.points_back(ledger, redemption, kind, Side::Redeemed, settings, now)?;
        redemption.go(txn, RedemptionState::Cancelled, Some(posting), by, now).await?;
        let sql = "UPDATE vouchers SET state = 'cancelled', changed_at = $3
                   WHERE merchant_id = $1 AND redemption_id = $2";
        let values = [redemption.merchant.uuid().into(), redemption.id.uuid().into(), now.into()];
        txn.execute_raw(statement(sql, values)).await?;
        if matches!(redemption.terms.kind, RewardKind::VoucherPool) {
            // Somebody has seen it, and may use it where nobody asks here: no other customer gets it.
            let sql =
                "UPDATE reward_codes SET state = 'withdrawn' WHERE merchant_id = $1 AND redemption_id = $2";
            txn.execute_raw(statement(sql, key(redemption))).await?;
            return Ok(());
        }
        one_more(txn, redemption).await
    }

    /// Puts the points of a redemption back into their lots. Those whose day is over meanwhile expire at once, in a
    /// posting of their own, so that the customer sees both. Tells the posting that brought them back.
    pub(super) fn points_back(
        &self,
        ledger: &mut Ledger,
        redemption: &Locked,
        kind: PostingKind,
        from: Side,
        settings: &MerchantSettings,
        now: DateTime<Utc>,
    ) -> Result<Uuid, Error> {
        let id = self.new_reward_id();
        let mut posting = ledger.posting(kind, id, redemption.customer, None)?;
        posting.give_back(from, &redemption.taken)?;
        posting.done();
        expire_over(ledger, redemption.customer, settings, now, self.new_reward_id())?;
        Ok(id)
    }
}

/// One more in stock, where one was taken from it and it still has one.
async fn one_more(txn: &DatabaseTransaction, redemption: &Locked) -> Result<(), Error> {
    if redemption.from_stock {
        let sql =
            "UPDATE rewards SET stock = stock + 1 WHERE merchant_id = $1 AND id = $2 AND stock IS NOT NULL";
        let key = [redemption.merchant.uuid().into(), redemption.reward.uuid().into()];
        txn.execute_raw(statement(sql, key)).await?;
    }
    Ok(())
}

fn key(redemption: &Locked) -> [sea_orm::Value; 2] {
    [redemption.merchant.uuid().into(), redemption.id.uuid().into()]
}
