//! What policies gave: of one policy, of one customer.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::{AwardId, CustomerId, PolicyId, PurchaseId, VoucherId};
use perennial_domain::policies::{EffectInput, PolicyEffect, effect_text};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pay::effect;
use super::statement;
use super::view::Names;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::page::{Page, PageRequest};
use crate::stored::stored;

/// The awards of a policy.
const OF_POLICY: &str =
    concat!(include_str!("sql/awards_of_policy.sql"), include_str!("sql/awards_named.sql"));
/// The awards of a customer.
const OF_CUSTOMER: &str =
    concat!(include_str!("sql/awards_of_customer.sql"), include_str!("sql/awards_named.sql"));

/// Something that a policy gave to somebody, is to give, or did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Award {
    /// The award.
    pub id: AwardId,
    /// Of which policy.
    pub policy_id: PolicyId,
    /// What the policy is called.
    pub policy_name: String,
    /// Who is given it.
    pub customer_id: CustomerId,
    /// What the customer is called, where a name is known.
    pub customer_name: Option<String>,
    /// The friend whose doing it was.
    pub friend_id: Option<CustomerId>,
    /// What happened, such as `purchase:<id>` or `threshold:<event>`: of one cause never more than one award stands.
    pub cause: String,
    /// What is given, all of it, for people.
    pub gives: String,
    /// `points`, `cashback`, `credits`, `reward`, `discount` or `email`.
    pub kind: String,
    /// How much: points, minor units or credits; 1 of all else.
    pub amount: i64,
    /// Where it is in its life.
    pub state: AwardState,
    /// Why it was not given, or not taken back: `returned`, `referral`, `cap`, `cool_down`, `out_of_stock`, `archived`,
    /// `no_reward`, `no_address`, `used`, `sent`.
    pub reason: Option<String>,
    /// Whether a person has to review the referral first.
    pub waits_for_review: bool,
    /// The purchase that caused it.
    pub purchase_id: Option<PurchaseId>,
    /// The voucher that was given.
    pub voucher_id: Option<VoucherId>,
    /// When it was earned.
    pub awarded_at: DateTime<Utc>,
    /// When it is, or was, to be given.
    pub due_at: DateTime<Utc>,
    /// When it was given.
    pub paid_at: Option<DateTime<Utc>>,
}

/// Where an award is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AwardState {
    /// It waits until it is due.
    Held,
    /// It was given.
    Paid,
    /// Its cause was gone before it was given.
    Cancelled,
    /// It was taken back.
    Reversed,
    /// It could not be given.
    Refused,
}

impl AwardState {
    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Reversed => "reversed",
            Self::Refused => "refused",
        }
    }
}

/// The text names no state of an award.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of held, paid, cancelled, reversed, refused")]
pub struct UnknownAwardState;

impl FromStr for AwardState {
    type Err = UnknownAwardState;

    fn from_str(text: &str) -> Result<Self, UnknownAwardState> {
        [Self::Held, Self::Paid, Self::Cancelled, Self::Reversed, Self::Refused]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(UnknownAwardState)
    }
}

impl Engine {
    /// What a policy gave, the newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when the page cannot be read.
    pub async fn policy_awards(
        &self,
        cx: &Cx,
        id: PolicyId,
        page: &PageRequest,
    ) -> Result<Page<Award>, Error> {
        cx.require(Action::CustomersRead)?;
        self.policy_in(self.db(), cx.merchant(), id).await?;
        self.awards(cx, OF_POLICY, id.uuid(), page).await
    }

    /// What a customer was given by policies, the newest first. A customer reads only what is the customer's own.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when the page cannot be read.
    pub async fn customer_awards(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<Award>, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        self.customer_must_exist(cx, customer).await?;
        self.awards(cx, OF_CUSTOMER, customer.uuid(), page).await
    }

    async fn awards(
        &self,
        cx: &Cx,
        sql: &'static str,
        of: Uuid,
        page: &PageRequest,
    ) -> Result<Page<Award>, Error> {
        let merchant = cx.merchant();
        let values = [merchant.uuid().into(), of.into(), page.after::<Uuid>()?.into(), page.probe().into()];
        let rows = self.db().query_all_raw(statement(sql, values)).await?;
        let settings = self.merchant_settings_in(self.db(), merchant).await?;
        let names = Names::read(self.db(), merchant).await?;
        let describe = |effect: &PolicyEffect| effect_text(effect, settings.currency, &names);
        let awards = rows.iter().map(|row| award(row, &describe)).collect::<Result<_, _>>()?;
        Ok(page.page(awards, |award: &Award| award.id.uuid()))
    }
}

fn award(row: &QueryResult, describe: &impl Fn(&PolicyEffect) -> String) -> Result<Award, Error> {
    let gives: serde_json::Value = row.try_get("", "gives")?;
    let gives: EffectInput = stored(serde_json::from_value(gives), "policy_awards.gives")?;
    let (amount, state): (i64, String) = (row.try_get("", "amount")?, row.try_get("", "state")?);
    let id = |column: &str| row.try_get::<Option<Uuid>>("", column);
    Ok(Award {
        id: AwardId::from_uuid(row.try_get("", "id")?),
        policy_id: PolicyId::from_uuid(row.try_get("", "policy_id")?),
        policy_name: row.try_get::<Option<String>>("", "policy_name")?.unwrap_or_default(),
        customer_id: CustomerId::from_uuid(row.try_get("", "beneficiary_id")?),
        customer_name: row.try_get("", "customer_name")?,
        friend_id: id("friend_id")?.map(CustomerId::from_uuid),
        cause: row.try_get("", "cause")?,
        gives: describe(&effect(gives)?.with_amount(amount)),
        kind: row.try_get("", "kind")?,
        amount,
        state: stored(state.parse(), "policy_awards.state")?,
        reason: row.try_get("", "reason")?,
        waits_for_review: row.try_get("", "waits")?,
        purchase_id: id("purchase_id")?.map(PurchaseId::from_uuid),
        voucher_id: id("voucher_id")?.map(VoucherId::from_uuid),
        awarded_at: row.try_get("", "awarded_at")?,
        due_at: row.try_get("", "due_at")?,
        paid_at: row.try_get("", "paid_at")?,
    })
}
