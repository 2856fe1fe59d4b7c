//! Points for a reward: at once, or held until it is captured.

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::access::Action;
use perennial_domain::customer::CustomerRef;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, RedemptionId, RewardId};
use perennial_domain::points::Points;
use perennial_domain::rewards::{
    Eligibility, RedemptionState, RewardKind, RewardTerms, Standing, eligibility,
};
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::read::{Redemption, RedemptionBalance};
use super::{catalogue, offers, read, statement, tiers, vouchers};
use crate::claims::find_customer;
use crate::cx::{Actor, By, Cx};
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::events::Happening;
use crate::expiry::{expire_over, sliding};
use crate::ledger::{PostingKind, Shortfall, Side};
use crate::stored::stored;

/// The longest hold: a week.
pub const HOLD_SECONDS_MAX: u32 = 7 * 24 * 60 * 60;

/// What is to be redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRedemption {
    /// The reward.
    pub reward: RewardId,
    /// How many points, where the reward leaves that to the customer.
    pub points: Option<i64>,
    /// For how many seconds the points are only held, until somebody captures them. At once when absent.
    pub hold_seconds: Option<u32>,
}

/// What was redeemed, and what the customer has now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Redeemed {
    /// The redemption as it is now.
    #[serde(flatten)]
    pub redemption: Redemption,
    /// The customer's points as they are now.
    pub balance: RedemptionBalance,
}

impl Engine {
    /// Redeems a reward for a customer: takes the points, one of the stock and a code of the pool, and gives a voucher;
    /// or, with `hold_seconds`, holds the points and one of the stock until it is captured or let go.
    ///
    /// A customer redeems for nobody but the customer's self, and at once.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the reward; [`Error::CustomerNotFound`]; [`Error::Invalid`] at `/points` and
    /// `/hold_seconds`; [`Error::Conflict`] with the first thing that is missing: `not_started`, `over`, `tier`,
    /// `out_of_stock`, `limit_reached`, `insufficient_points`, or `archived`; or `customer_erased`.
    pub async fn redeem(
        &self,
        cx: &Cx,
        customer: &CustomerRef,
        input: NewRedemption,
    ) -> Result<Redeemed, Error> {
        let txn = self.begin().await?;
        let redeemed = self.redeem_in(&txn, cx, customer, input).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(redeemed)
    }

    /// [`redeem`](Self::redeem) within a transaction of the caller, who wakes the outbox after the commit.
    ///
    /// # Errors
    /// The same.
    pub async fn redeem_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: &CustomerRef,
        input: NewRedemption,
    ) -> Result<Redeemed, Error> {
        require(cx, customer, input)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        let held_until = held_until(input, now)?;
        let settings = self.merchant_settings_in(txn, merchant).await?;
        let reward = take_one(txn, cx, input.reward).await?;
        let customer = find_customer(txn, merchant, customer).await?.ok_or(Error::CustomerNotFound)?;
        let points = reward
            .terms
            .cost
            .chosen(input.points.map(Points::new))
            .map_err(|error| Error::field("/points", "not_a_choice", format!("Refused: {error}")))?;
        let mut ledger = sliding::lock(txn, merchant, &settings, &[customer], now).await?;
        ledger.refuse_erased(customer)?;
        expire_over(&mut ledger, customer, &settings, now, self.new_reward_id())?;
        // Under the lock of the balance: whoever redeemed for this customer before has committed, and is counted.
        let standing = Standing {
            available: Points::new(ledger.balance(customer)?.available),
            tier: tiers::of_customer(txn, merchant, customer).await?,
            redeemed: offers::redeemed(txn, merchant, customer, &[input.reward])
                .await?
                .get(&input.reward)
                .copied()
                .unwrap_or(0),
        };
        refuse(&eligibility(&reward.terms, points, &standing, reward.left, now, settings.time_zone))?;
        let id = RedemptionId::from_uuid(self.new_reward_id());
        let side = if held_until.is_some() { Side::Reserved } else { Side::Redeemed };
        let mut posting = ledger.posting(PostingKind::Redemption, id.uuid(), customer, None)?;
        let taken = posting.debit(side, points.get(), Shortfall::Refuse)?;
        posting.done();
        let balance = RedemptionBalance::of(ledger.balance(customer)?);
        let state = if held_until.is_some() { RedemptionState::Reserved } else { RedemptionState::Captured };
        let told = Happening {
            customer: Some(customer),
            kind: EventKind::RewardRedeemed,
            data: json!({
                "redemption_id": id,
                "reward_id": input.reward,
                "reward": reward.terms.name,
                "points": points,
                "state": state.as_str(),
            }),
            sequence: ledger.sequence_of(id.uuid()),
        };
        ledger.write_and_announce(txn, self, vec![told]).await?;
        let by = By::from(cx);
        let values = [
            merchant.uuid().into(),
            id.uuid().into(),
            customer.uuid().into(),
            input.reward.uuid().into(),
            reward.terms.kind.as_str().into(),
            stored(serde_json::to_value(&reward.terms), "redemptions.terms")?.into(),
            points.get().into(),
            stored(serde_json::to_value(&taken), "redemptions.taken")?.into(),
            state.as_str().into(),
            held_until.into(),
            reward.left.is_some().into(),
            now.into(),
            by.actor.into(),
            by.id.into(),
            by.name.into(),
        ];
        txn.execute_raw(statement(include_str!("sql/redeem.sql"), values)).await?;
        if matches!(reward.terms.kind, RewardKind::VoucherPool) {
            take_code(txn, cx, input.reward, id).await?;
        }
        if state == RedemptionState::Captured {
            let voucher = issue(id, customer, points, &reward.terms, &settings, now);
            self.issue_voucher(txn, cx, &voucher).await?;
        }
        Ok(Redeemed { redemption: read::one(txn, cx, id, now).await?, balance })
    }
}

/// What is needed to issue the voucher of a redemption.
pub(super) fn issue<'a>(
    redemption: RedemptionId,
    customer: CustomerId,
    points: Points,
    terms: &'a RewardTerms,
    settings: &MerchantSettings,
    now: DateTime<Utc>,
) -> vouchers::Issue<'a> {
    vouchers::Issue { redemption, customer, points, terms, zone: settings.time_zone, now }
}

/// Staff and programs redeem for any customer, a customer for nobody else, and holds nothing.
fn require(cx: &Cx, customer: &CustomerRef, input: NewRedemption) -> Result<(), Error> {
    match (cx.actor(), customer) {
        (Actor::Customer { id }, CustomerRef::Id(own)) if id == own => match input.hold_seconds {
            None => Ok(()),
            Some(_) => Err(Error::Forbidden(Action::RedemptionsWrite)),
        },
        (Actor::Customer { .. }, _) => Err(Error::NotFound(What::Customer)),
        _ => cx.require(Action::RedemptionsWrite),
    }
}

fn held_until(input: NewRedemption, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
    match input.hold_seconds {
        None => Ok(None),
        Some(seconds @ 1..=HOLD_SECONDS_MAX) => Ok(Some(now + TimeDelta::seconds(i64::from(seconds)))),
        Some(_) => {
            let detail = format!("Must be between 1 and {HOLD_SECONDS_MAX}");
            Err(Error::field("/hold_seconds", "out_of_range", detail))
        }
    }
}

/// A reward of which one has been taken.
struct Taken {
    terms: RewardTerms,
    /// How many were left before; any number when absent.
    left: Option<u64>,
}

/// Takes one of the stock, which keeps the reward locked until the end of the transaction; nothing where it has no stock.
/// Where none are left none are taken, which [`eligibility`] will refuse.
async fn take_one(txn: &DatabaseTransaction, cx: &Cx, id: RewardId) -> Result<Taken, Error> {
    let key = || [cx.merchant().uuid().into(), id.uuid().into()];
    let sql = "UPDATE rewards SET stock = stock - 1
               WHERE merchant_id = $1 AND id = $2 AND stock > 0 AND archived_at IS NULL
               RETURNING terms, stock + 1 AS stock, archived_at";
    let taken = txn.query_one_raw(statement(sql, key())).await?;
    let one_taken = taken.is_some();
    let row = match taken {
        Some(row) => row,
        None => catalogue::find(txn, cx.merchant(), id).await?,
    };
    if row.try_get::<Option<DateTime<Utc>>>("", "archived_at")?.is_some() {
        return Err(Error::conflict("archived", "The reward is archived"));
    }
    let stock: Option<i64> = row.try_get("", "stock")?;
    // Where none was taken there was none, even if somebody has given one back since.
    let left = stock.map(|stock| if one_taken { stock.unsigned_abs() } else { 0 });
    Ok(Taken { terms: catalogue::terms(&row)?, left })
}

/// Takes the oldest free code of a pool. The reward is locked, so that it has one where its stock had.
async fn take_code(
    txn: &DatabaseTransaction,
    cx: &Cx,
    reward: RewardId,
    redemption: RedemptionId,
) -> Result<(), Error> {
    let values = [cx.merchant().uuid().into(), reward.uuid().into(), redemption.uuid().into()];
    let taken = txn.execute_raw(statement(include_str!("sql/code_take.sql"), values)).await?;
    if taken.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Error::Inconsistent(format!("the pool {reward} has fewer free codes than its stock")))
    }
}

/// Everything that is missing in one sentence, under the code of the first.
fn refuse(eligibility: &Eligibility) -> Result<(), Error> {
    let Eligibility::Missing { reasons } = eligibility else { return Ok(()) };
    let Some(first) = reasons.first() else { return Ok(()) };
    let texts: Vec<&str> = reasons.iter().map(|reason| reason.text.as_str()).collect();
    Err(Error::conflict(first.reason.code(), texts.join(". ")))
}
