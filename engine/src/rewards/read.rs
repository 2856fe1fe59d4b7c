//! Redemptions as they are shown: one, or lists of them.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::{CustomerId, RedemptionId, RewardId};
use perennial_domain::rewards::{RedemptionState, RewardTerms, VoucherState};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::ledger::Holder;
use crate::merge::goes_on;
use crate::page::{Page, PageRequest};
use crate::stored::stored;

/// What every list narrows by, beside the index that it goes by.
macro_rules! filters {
    () => {
        "
          AND ($3::uuid IS NULL OR r.reward_id = $3)
          AND ($4::text IS NULL OR r.state = $4)
          AND (NOT $5 OR r.kind = 'external' AND r.state IN ('captured', 'preparing', 'shipped'))
          AND ($6::uuid IS NULL OR r.id < $6)
        ORDER BY r.id DESC
        LIMIT $7"
    };
}
/// A reward that a customer had, or is to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Redemption {
    /// The redemption; also the posting that took the points.
    pub id: RedemptionId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// What was redeemed, as it was called then.
    pub reward: RewardName,
    /// Where it is in its life.
    pub state: RedemptionState,
    /// What it cost.
    pub points: i64,
    /// What the customer has got for it; nothing while it is held, and of what people prepare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voucher: Option<IssuedVoucher>,
    /// The first instant at which a hold is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_until: Option<DateTime<Utc>>,
    /// When it was redeemed.
    pub created_at: DateTime<Utc>,
    /// When something last happened to it.
    pub changed_at: DateTime<Utc>,
    /// What happened to it, oldest first.
    pub steps: Vec<RedemptionStep>,
}

/// A reward by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RewardName {
    /// The reward.
    pub id: RewardId,
    /// What it was called.
    pub name: String,
    /// `money_off`, `percent`, `free_product`, `voucher_pool` or `external`.
    pub kind: String,
}

/// The voucher of a redemption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuedVoucher {
    /// Its code; only for the customer, and for those who may redeem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Where it is in its life.
    pub state: VoucherState,
    /// The first instant at which it cannot be used any more.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
}

/// Something that happened to a redemption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RedemptionStep {
    /// What it came to.
    pub state: RedemptionState,
    /// When.
    pub at: DateTime<Utc>,
    /// Who brought it there: the name of a member of the staff or of an API key, `customer` or `system`. Customers are not
    /// told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// The points of a customer after something was redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RedemptionBalance {
    /// Points that can be spent; below zero while a debt is open.
    pub points: i64,
    /// Points that wait before they can be spent.
    pub pending: i64,
    /// Points that are held.
    pub reserved: i64,
}

impl RedemptionBalance {
    pub(super) fn of(holder: &Holder) -> Self {
        Self { points: holder.available, pending: holder.pending, reserved: holder.reserved }
    }
}

/// Which redemptions a list has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RedemptionFilter {
    /// Only of this customer.
    pub customer: Option<CustomerId>,
    /// Only of this reward.
    pub reward: Option<RewardId>,
    /// Only in this state.
    pub state: Option<RedemptionState>,
    /// Only what somebody has to prepare, send or hand over.
    pub to_fulfil: bool,
}

impl Engine {
    /// One redemption. A customer reads only what is the customer's own.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn redemption_get(&self, cx: &Cx, id: RedemptionId) -> Result<Redemption, Error> {
        if cx.customer().is_none() {
            cx.require(Action::RewardsRead)?;
        }
        one(self.db(), cx, id, self.now(cx.merchant())).await
    }

    /// Redemptions, the newest first; of a customer only the customer's own.
    ///
    /// # Errors
    /// [`Error::NotFound`] when a customer asks for somebody else's; [`Error::Invalid`] when the page cannot be read.
    pub async fn redemption_list(
        &self,
        cx: &Cx,
        filter: &RedemptionFilter,
        page: &PageRequest,
    ) -> Result<Page<Redemption>, Error> {
        let named = filter.customer.or_else(|| cx.customer());
        match named {
            Some(customer) => cx.require_for(Action::RewardsRead, customer)?,
            None => cx.require(Action::RewardsRead)?,
        }
        let customer = match named {
            Some(customer) => Some(goes_on(self.db(), cx.merchant(), customer).await?),
            None => None,
        };
        let after = page.after::<Uuid>()?;
        let values = [
            cx.merchant().uuid().into(),
            customer.map(CustomerId::uuid).into(),
            filter.reward.map(RewardId::uuid).into(),
            filter.state.map(|state| state.as_str().to_owned()).into(),
            filter.to_fulfil.into(),
            after.into(),
            page.probe().into(),
        ];
        // One text for each way to find them, so that each has a plan by its own index.
        let sql = if customer.is_some() {
            concat!(
                include_str!("sql/redemption.sql"),
                "WHERE r.merchant_id = $1 AND r.customer_id = $2",
                filters!()
            )
        } else if filter.to_fulfil {
            concat!(
                include_str!("sql/redemption.sql"),
                "WHERE r.merchant_id = $1 AND r.kind = 'external' AND r.state IN ('captured', 'preparing', 'shipped')
                   AND ($2::uuid IS NULL OR r.customer_id = $2)",
                filters!()
            )
        } else if filter.reward.is_some() {
            concat!(
                include_str!("sql/redemption.sql"),
                "WHERE r.merchant_id = $1 AND r.reward_id = $3 AND ($2::uuid IS NULL OR r.customer_id = $2)",
                filters!()
            )
        } else {
            concat!(
                include_str!("sql/redemption.sql"),
                "WHERE r.merchant_id = $1 AND ($2::uuid IS NULL OR r.customer_id = $2)",
                filters!()
            )
        };
        let rows = self.db().query_all_raw(statement(sql, values)).await?;
        let now = self.now(cx.merchant());
        let redemptions = rows.iter().map(|row| redemption(row, cx, now)).collect::<Result<_, _>>()?;
        Ok(page.page(redemptions, |redemption: &Redemption| redemption.id.uuid()))
    }
}

/// One redemption, within whatever transaction.
pub(super) async fn one(
    db: &impl ConnectionTrait,
    cx: &Cx,
    id: RedemptionId,
    now: DateTime<Utc>,
) -> Result<Redemption, Error> {
    let sql = concat!(include_str!("sql/redemption.sql"), "WHERE r.merchant_id = $1 AND r.id = $2");
    let row = db.query_one_raw(statement(sql, [cx.merchant().uuid().into(), id.uuid().into()])).await?;
    let redemption = redemption(&row.ok_or(Error::NotFound(What::Redemption))?, cx, now)?;
    if cx.customer().is_some_and(|own| own != redemption.customer_id) {
        return Err(Error::NotFound(What::Redemption));
    }
    Ok(redemption)
}

fn redemption(row: &QueryResult, cx: &Cx, now: DateTime<Utc>) -> Result<Redemption, Error> {
    let terms: serde_json::Value = row.try_get("", "terms")?;
    let terms: RewardTerms = stored(serde_json::from_value(terms), "redemptions.terms")?;
    let state: String = row.try_get("", "state")?;
    let state: RedemptionState = stored(state.parse(), "redemptions.state")?;
    let held_until = row.try_get("", "held_until")?;
    let steps: serde_json::Value = row.try_get("", "steps")?;
    let mut steps: Vec<RedemptionStep> = stored(serde_json::from_value(steps), "redemption_steps")?;
    if cx.customer().is_some() {
        steps.iter_mut().for_each(|step| step.by = None);
    }
    Ok(Redemption {
        id: RedemptionId::from_uuid(row.try_get("", "id")?),
        customer_id: CustomerId::from_uuid(row.try_get("", "customer_id")?),
        reward: RewardName {
            id: RewardId::from_uuid(row.try_get("", "reward_id")?),
            name: terms.name.into(),
            kind: row.try_get("", "kind")?,
        },
        state: state.at(now, held_until),
        points: row.try_get("", "points")?,
        voucher: voucher(row, cx, now)?,
        held_until,
        created_at: row.try_get("", "created_at")?,
        changed_at: row.try_get("", "changed_at")?,
        steps,
    })
}

fn voucher(row: &QueryResult, cx: &Cx, now: DateTime<Utc>) -> Result<Option<IssuedVoucher>, Error> {
    let Some(code) = row.try_get::<Option<String>>("", "voucher_code")? else { return Ok(None) };
    let state: String = row.try_get("", "voucher_state")?;
    let state: VoucherState = stored(state.parse(), "vouchers.state")?;
    let expires_at = row.try_get("", "voucher_expires_at")?;
    // Whoever has the code can use it: it is not for those who only look.
    let is_for_them = cx.customer().is_some() || cx.may(Action::RedemptionsWrite);
    Ok(Some(IssuedVoucher {
        code: is_for_them.then_some(code),
        state: state.at(now, expires_at),
        expires_at,
        used_at: row.try_get("", "voucher_used_at")?,
    }))
}
