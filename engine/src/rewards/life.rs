//! What happens to a redemption after it was made: captured, let go, cancelled, prepared, sent, handed over.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::RedemptionId;
use perennial_domain::points::Points;
use perennial_domain::rewards::{RedemptionEvent, RedemptionState, Refused, RewardKind, VoucherEvent};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};

use super::read::{Redemption, RedemptionBalance};
use super::redeem::{Redeemed, issue};
use super::step::{self, Locked};
use super::vouchers;
use super::{read, statement};
use crate::cx::{By, Cx};
use crate::engine::Engine;
use crate::error::Error;
use crate::events::announce;
use crate::expiry::sliding;
use crate::ledger::{Ledger, PostingKind, Side};
use crate::stored::stored;

/// How far people have come with what was redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Somebody prepares it.
    Preparing,
    /// It is on its way.
    Shipped,
    /// The customer has it.
    Fulfilled,
}

impl Stage {
    const fn event(self) -> RedemptionEvent {
        match self {
            Self::Preparing => RedemptionEvent::Prepare,
            Self::Shipped => RedemptionEvent::Ship,
            Self::Fulfilled => RedemptionEvent::Fulfil,
        }
    }
}

impl Engine {
    /// Spends the points that are held, and gives the voucher. Capturing it again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `hold_over` when its time is over or it was let go, `wrong_state`,
    /// `customer_erased`.
    pub async fn redemption_capture(&self, cx: &Cx, id: RedemptionId) -> Result<Redeemed, Error> {
        let txn = self.begin().await?;
        let redeemed = self.redemption_capture_in(&txn, cx, id).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(redeemed)
    }

    /// [`redemption_capture`](Self::redemption_capture) within a transaction of the caller, who wakes the outbox after the
    /// commit.
    ///
    /// # Errors
    /// The same.
    pub async fn redemption_capture_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: RedemptionId,
    ) -> Result<Redeemed, Error> {
        cx.require(Action::RedemptionsWrite)?;
        let mut redemption = step::lock(txn, cx, id).await?;
        // Asked by time, not by what the job has done: points that a customer is told to have back are not spent. By the time
        // under the lock, which is also that of the step: those of a redemption are in the order of their times.
        let now = self.now(cx.merchant());
        let state = redemption.state.at(now, redemption.held_until);
        if state == RedemptionState::Released {
            return Err(Error::conflict(
                "hold_over",
                "The hold is over; the points are the customer's again",
            ));
        }
        let before = redemption.state;
        let step = state.after(RedemptionEvent::Capture).map_err(|refused| wrong_state(&refused))?;
        let settings = self.merchant_settings_in(txn, cx.merchant()).await?;
        let mut ledger = sliding::lock(txn, cx.merchant(), &settings, &[redemption.customer], now).await?;
        if let Some(to) = step.moved() {
            ledger.refuse_erased(redemption.customer)?;
            let posting_id = self.new_reward_id();
            let mut posting =
                ledger.posting(PostingKind::Redemption, posting_id, redemption.customer, None)?;
            posting.shift(Side::Reserved, Side::Redeemed, redemption.points)?;
            posting.done();
            redemption.go(txn, to, Some(posting_id), &By::from(cx), now).await?;
            let points = Points::new(redemption.points);
            let voucher = issue(id, redemption.customer, points, &redemption.terms, &settings, now);
            self.issue_voucher(txn, cx, &voucher).await?;
        }
        self.redemption_answer(txn, cx, &redemption, before, ledger, now).await
    }

    /// Lets go of what is held, or cancels what was captured and not used: the points go back into the lots that they came
    /// from, and expire at once where the day of a lot is over. Cancelling again changes nothing.
    ///
    /// A customer may cancel what is the customer's own while nobody prepares it; not a code of a pool, which the customer
    /// may have used elsewhere.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `voucher_used`, `voucher_expired` or `voucher_reserved` by the state of its
    /// voucher, `not_cancellable` for a customer, `wrong_state`.
    pub async fn redemption_cancel(&self, cx: &Cx, id: RedemptionId) -> Result<Redeemed, Error> {
        let txn = self.begin().await?;
        let redeemed = self.redemption_cancel_in(&txn, cx, id).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(redeemed)
    }

    /// [`redemption_cancel`](Self::redemption_cancel) within a transaction of the caller, who wakes the outbox after the
    /// commit.
    ///
    /// # Errors
    /// The same.
    pub async fn redemption_cancel_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: RedemptionId,
    ) -> Result<Redeemed, Error> {
        if cx.customer().is_none() {
            cx.require(Action::RedemptionsWrite)?;
        }
        let mut redemption = step::lock_with_stock(txn, cx, id).await?;
        let now = self.now(cx.merchant());
        may_cancel(cx, &redemption)?;
        let before = redemption.state;
        let step = match redemption.state.after(RedemptionEvent::Cancel) {
            Ok(step) => step,
            Err(refused) => {
                voucher_allows(txn, &redemption, now).await?;
                return Err(wrong_state(&refused));
            }
        };
        let settings = self.merchant_settings_in(txn, cx.merchant()).await?;
        let by = By::from(cx);
        match step.moved() {
            Some(RedemptionState::Released) => {
                let mut ledger = Ledger::lock(txn, cx.merchant(), &[redemption.customer], now).await?;
                self.redemption_release(txn, &mut ledger, &mut redemption, &settings, &by, now).await?;
                self.redemption_answer(txn, cx, &redemption, before, ledger, now).await
            }
            Some(_) => {
                voucher_allows(txn, &redemption, now).await?;
                let mut ledger = Ledger::lock(txn, cx.merchant(), &[redemption.customer], now).await?;
                self.redemption_undo(txn, &mut ledger, &mut redemption, &settings, &by, now).await?;
                self.redemption_answer(txn, cx, &redemption, before, ledger, now).await
            }
            None => {
                let ledger = Ledger::lock(txn, cx.merchant(), &[redemption.customer], now).await?;
                self.redemption_answer(txn, cx, &redemption, before, ledger, now).await
            }
        }
    }

    /// Says how far people have come with what was redeemed. Stages may be left out, none can be taken back.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `not_by_people` for a reward that is a voucher, `wrong_state`.
    pub async fn redemption_advance(
        &self,
        cx: &Cx,
        id: RedemptionId,
        to: Stage,
    ) -> Result<Redemption, Error> {
        let txn = self.begin().await?;
        let redemption = self.redemption_advance_in(&txn, cx, id, to).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(redemption)
    }

    /// [`redemption_advance`](Self::redemption_advance) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn redemption_advance_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: RedemptionId,
        to: Stage,
    ) -> Result<Redemption, Error> {
        cx.require(Action::RedemptionsWrite)?;
        let mut redemption = step::lock(txn, cx, id).await?;
        let now = self.now(cx.merchant());
        if !redemption.terms.kind.is_fulfilled_by_people() {
            return Err(Error::conflict("not_by_people", "A voucher is fulfilled when it is used"));
        }
        let step = redemption.state.after(to.event()).map_err(|refused| wrong_state(&refused))?;
        if let Some(state) = step.moved() {
            redemption.go(txn, state, None, &By::from(cx), now).await?;
            announce(txn, self, cx.merchant(), vec![redemption.changed()]).await?;
        }
        read::one(txn, cx, id, now).await
    }

    /// Writes what was posted, and tells what has become of it.
    async fn redemption_answer(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        redemption: &Locked,
        before: RedemptionState,
        ledger: Ledger,
        now: DateTime<Utc>,
    ) -> Result<Redeemed, Error> {
        let balance = RedemptionBalance::of(ledger.balance(redemption.customer)?);
        let told = if redemption.state == before { Vec::new() } else { vec![redemption.changed()] };
        ledger.write_and_announce(txn, self, told).await?;
        Ok(Redeemed { redemption: read::one(txn, cx, redemption.id, now).await?, balance })
    }
}

/// What a customer may not take back, because it may have been used or somebody is at work already.
fn may_cancel(cx: &Cx, redemption: &Locked) -> Result<(), Error> {
    let is_open = matches!(redemption.state, RedemptionState::Preparing)
        || matches!(redemption.terms.kind, RewardKind::VoucherPool)
            && redemption.state == RedemptionState::Captured;
    if cx.customer().is_some() && is_open {
        return Err(Error::conflict("not_cancellable", "Only the merchant can take this back"));
    }
    Ok(())
}

/// Refuses where the voucher of a redemption, if it has one, cannot be taken back any more.
async fn voucher_allows(
    txn: &DatabaseTransaction,
    redemption: &Locked,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let sql = "SELECT state, expires_at FROM vouchers WHERE merchant_id = $1 AND redemption_id = $2";
    let key = [redemption.merchant.uuid().into(), redemption.id.uuid().into()];
    for row in txn.query_all_raw(statement(sql, key)).await? {
        let state: String = row.try_get("", "state")?;
        let state: perennial_domain::rewards::VoucherState = stored(state.parse(), "vouchers.state")?;
        let state = state.at(now, row.try_get("", "expires_at")?);
        if state.after(VoucherEvent::Cancel).is_err() {
            return Err(vouchers::refused(state));
        }
    }
    Ok(())
}

pub(super) fn wrong_state(refused: &Refused) -> Error {
    let mut detail = refused.to_string();
    // The sentence of the domain begins with the article.
    detail.replace_range(..1, "A");
    Error::conflict("wrong_state", detail)
}
