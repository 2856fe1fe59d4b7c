//! What a customer has had for points, as the portal shows it: one list of vouchers and of what people prepare.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::{CustomerId, PurchaseId, RedemptionId};
use perennial_domain::rewards::{RedemptionState, VoucherState};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest};
use crate::rewards::Worth;
use crate::stored::stored;

/// Something that a customer has had for points, or a voucher that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerReward {
    /// The redemption, or the voucher where nothing was paid for it.
    pub id: Uuid,
    /// The redemption; nothing when the voucher was given.
    pub redemption_id: Option<RedemptionId>,
    /// What it was called when it was redeemed.
    pub name: String,
    /// What it is, in a few sentences.
    pub description: Option<String>,
    /// What it takes off; of what people prepare only its kind.
    pub worth: Worth,
    /// What it cost; nothing when it was given.
    pub points: Option<i64>,
    /// Where the redemption is in its life.
    pub redemption: Option<RedemptionState>,
    /// The first instant at which a hold is over.
    pub held_until: Option<DateTime<Utc>>,
    /// Where the voucher is in its life; nothing while it is held, and of what people prepare.
    pub voucher: Option<VoucherState>,
    /// The voucher's code.
    pub code: Option<String>,
    /// The first instant at which the voucher cannot be used any more.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
    /// The purchase that it was used in.
    pub purchase_id: Option<PurchaseId>,
    /// When it was redeemed or given.
    pub created_at: DateTime<Utc>,
    /// It can be used, or is on its way: it stands before those that are over.
    pub is_open: bool,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    redemption_id: Option<Uuid>,
    name: String,
    description: Option<String>,
    worth: Json<Value>,
    points: Option<i64>,
    redemption_state: Option<String>,
    held_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    code: Option<String>,
    voucher_state: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
    purchase_id: Option<Uuid>,
    is_open: bool,
}

impl Engine {
    /// What a customer has had for points and the vouchers that were given: what can be used first, then the rest, the
    /// newest first. A customer reads only what is the customer's own.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant; [`Error::Invalid`] when the page cannot be read.
    pub async fn customer_rewards(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<CustomerReward>, Error> {
        cx.require_for(Action::RedemptionsWrite, customer)?;
        self.customer_must_exist(cx, customer).await?;
        let after = page.after::<(bool, Uuid)>()?;
        let rewards = self.rewards_had(cx, customer, after, None, page.probe()).await?;
        Ok(page.page(rewards, |reward| (reward.is_open, reward.id)))
    }

    /// One of them, by its redemption, or by the voucher where nothing was paid for it.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for what is somebody else's.
    pub async fn customer_reward(
        &self,
        cx: &Cx,
        customer: CustomerId,
        id: Uuid,
    ) -> Result<CustomerReward, Error> {
        cx.require_for(Action::RedemptionsWrite, customer)?;
        let found = self.rewards_had(cx, customer, None, Some(id), 1).await?;
        found.into_iter().next().ok_or(Error::NotFound(What::Redemption))
    }

    async fn rewards_had(
        &self,
        cx: &Cx,
        customer: CustomerId,
        after: Option<(bool, Uuid)>,
        only: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<CustomerReward>, Error> {
        let now = self.now(cx.merchant());
        let rows: Vec<Row> = sqlx::query_as(include_str!("sql/customer_rewards.sql"))
            .bind(cx.merchant().uuid())
            .bind(customer.uuid())
            .bind(now)
            .bind(after.map(|(is_open, _)| is_open))
            .bind(after.map(|(_, id)| id))
            .bind(only)
            .bind(limit)
            .fetch_all(self.pool())
            .await?;
        rows.into_iter().map(|row| reward(row, now)).collect()
    }
}

fn reward(row: Row, now: DateTime<Utc>) -> Result<CustomerReward, Error> {
    let redemption = row.redemption_state.as_deref().map(str::parse::<RedemptionState>).transpose();
    let voucher = row.voucher_state.as_deref().map(str::parse::<VoucherState>).transpose();
    Ok(CustomerReward {
        id: row.id,
        redemption_id: row.redemption_id.map(RedemptionId::from_uuid),
        name: row.name,
        description: row.description,
        worth: stored(serde_json::from_value(row.worth.0), "vouchers.worth")?,
        points: row.points,
        redemption: stored(redemption, "redemptions.state")?.map(|state| state.at(now, row.held_until)),
        held_until: row.held_until,
        voucher: stored(voucher, "vouchers.state")?.map(|state| state.at(now, row.expires_at)),
        code: row.code,
        expires_at: row.expires_at,
        used_at: row.used_at,
        purchase_id: row.purchase_id.map(PurchaseId::from_uuid),
        created_at: row.created_at,
        is_open: row.is_open,
    })
}
