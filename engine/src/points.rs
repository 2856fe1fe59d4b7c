//! Points of a customer: the balance, the entries behind it, the lots in it, and what led there.

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::{access::Action, ids::CustomerId};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Cx, Engine,
    cashback::CashbackWallet,
    customers::CustomerPath,
    error::{Error, What},
    expiry::sliding,
    page::{Page, PageRequest},
    tiers::TierName,
};

mod loader;
mod many;
mod maturing;
mod movements;

pub(crate) use loader::PointsLoader;
use loader::{Loaded, Question};
pub use maturing::Maturing;
pub use movements::{Movements, UnknownMovements};

/// A lot expires on this day when it never does.
// A constant: that there is such a day is found out when this is compiled.
pub const NEVER: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a valid date");

/// Where a customer stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PointsSummary {
    /// Whose points these are.
    pub customer_id: CustomerId,
    /// Points that can be spent.
    pub points: i64,
    /// Points that wait before they can be spent.
    pub pending: i64,
    /// Points held by an open redemption.
    pub reserved: i64,
    /// Points that future earnings repay first.
    pub debt: i64,
    /// Points ever earned.
    pub lifetime: i64,
    /// The tier; nothing below the lowest, and where there are none.
    pub tier: Option<TierName>,
    /// Cashback, one wallet a currency; none before the first.
    pub cashback: Vec<CashbackWallet>,
    /// What leaves next, soonest first, at most twelve.
    pub expiring: Vec<Expiring>,
    /// When what waits can be spent, by days, soonest first, at most twelve; the rest of `pending` waits longer.
    pub maturing: Vec<Maturing>,
    /// The instant that this was true at.
    pub as_of: DateTime<Utc>,
}

/// Points that leave together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Expiring {
    /// The last day, in the merchant's zone, on which they can be spent.
    pub expires_on: NaiveDate,
    /// How many are left.
    pub points: i64,
}

/// One movement on an account of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryView {
    /// The account that moved: the customer's own id, or that of an account that was merged into the customer.
    pub customer_id: Uuid,
    /// The event counter of that account.
    pub sequence: i64,
    /// The posting that it belongs to.
    pub posting_id: Uuid,
    /// What was posted: `purchase`, `claim`, `opening` (a balance from before the program), `return`, `maturity`, `expiry`,
    /// `adjustment`, `redemption` (for a reward, or as a part of a payment), `release`, `cancellation`, `award` (by a policy) or
    /// `merge` (what another account of the customer had).
    pub kind: String,
    /// The account that moved: `available`, `pending` or `reserved`.
    pub account: String,
    /// How far: positive in, negative out.
    pub amount: i64,
    /// The purchase behind it.
    pub purchase_id: Option<Uuid>,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
}

/// Points that expire together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LotView {
    /// The last day on which they can be spent; `None`: they never expire.
    pub expires_on: Option<NaiveDate>,
    /// How many are left.
    pub remaining: i64,
}

/// Something that happened to a customer's points, for the portal and the customer's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Activity {
    /// The posting: the purchase itself, its claim, or what happened later. Newest have the largest.
    pub posting_id: Uuid,
    /// The purchase behind it; a redemption, for one, has none.
    pub purchase_id: Option<Uuid>,
    /// `purchase`, `claim`, `maturity`, `return`, …: the kind of its entries.
    pub kind: String,
    /// Where the purchase was made.
    pub retailer_name: Option<String>,
    /// The zone of that store, else of the merchant, an IANA name.
    pub time_zone: String,
    /// The till's number of the purchase.
    pub transaction_id: Option<String>,
    /// The sum paid, minor units.
    pub amount: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// The redemption behind it, if there is one.
    pub redemption_id: Option<Uuid>,
    /// What was redeemed, as it was called then.
    pub reward_name: Option<String>,
    /// Why somebody gave or took points by hand, for the staff: customers are not told.
    pub reason: Option<String>,
    /// Points earned, given or, below zero, taken. What matures was earned before and counts with what can be spent now.
    pub points: i64,
    /// When the purchase was made; when it was posted, where there is no purchase.
    pub occurred_at: DateTime<Utc>,
    /// When the points were posted.
    pub posted_at: DateTime<Utc>,
    /// Of a purchase of which something came back: whether that is all of it.
    pub returned: Option<bool>,
    /// Points of a purchase or claim that still wait; 0 for everything else.
    pub waiting: i64,
    /// When the last of them can be spent.
    pub waits_until: Option<DateTime<Utc>>,
}

impl Engine {
    /// Where a customer stands, always read from Postgres.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn customer_points(&self, cx: &Cx, customer: &CustomerPath) -> Result<PointsSummary, Error> {
        match customer {
            CustomerPath::Id(id) => cx.require_for(Action::CustomersRead, *id)?,
            CustomerPath::ExternalId(_) => cx.require(Action::CustomersRead)?,
        }
        let question = Question { merchant: cx.merchant(), customer: customer.clone() };
        let loaded = self.points_loader().load(question).await?;
        let Loaded { mut summary, is_sliding, has_wallet, purchases } =
            loaded.ok_or(Error::NotFound(What::Customer))?;
        self.quote_memory().remember_points(cx.merchant(), customer, &summary, purchases);
        if summary.pending > 0 {
            maturing::show(self, cx.merchant(), &mut [&mut summary]).await?;
        }
        if is_sliding {
            sliding::show(self, cx.merchant(), &mut [&mut summary]).await?;
        }
        if has_wallet {
            summary.cashback = self.customer_cashback(cx, summary.customer_id).await?;
        }
        Ok(summary)
    }

    /// The movements on a customer's accounts, newest first, those of one sort or all; then those of each account that was
    /// merged into this one, from before it was.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn customer_entries(
        &self,
        cx: &Cx,
        customer: CustomerId,
        of: Option<Movements>,
        page: &PageRequest,
    ) -> Result<Page<EntryView>, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        self.customer_must_exist(cx, customer).await?;
        let after: Option<(i64, String, Uuid)> = page.after()?;
        let (sequence, account, first) = after.unwrap_or((i64::MAX, String::new(), customer.uuid()));
        let former: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM customers WHERE merchant_id = $1 AND merged_into = $2 ORDER BY merged_at DESC, id",
        )
        .bind(cx.merchant().uuid())
        .bind(customer.uuid())
        .fetch_all(self.pool())
        .await?;
        let (kinds, only_pending) = Movements::narrowing(of);
        let mut rows: Vec<EntryView> = Vec::new();
        let accounts = std::iter::once(customer.uuid()).chain(former);
        for owner in accounts.skip_while(|owner| *owner != first) {
            let missing = page.probe() - i64::try_from(rows.len()).unwrap_or(i64::MAX);
            if missing <= 0 {
                break;
            }
            let behind = if owner == first { (sequence, account.as_str()) } else { (i64::MAX, "") };
            let more: Vec<EntryView> = sqlx::query_as(include_str!("sql/customer_entries.sql"))
                .bind(cx.merchant().uuid())
                .bind(owner)
                .bind(behind.0)
                .bind(behind.1)
                .bind(missing)
                .bind(kinds.clone())
                .bind(only_pending)
                .fetch_all(self.pool())
                .await?;
            rows.extend(more);
        }
        Ok(page.page(rows, |row: &EntryView| (row.sequence, row.account.clone(), row.customer_id)))
    }

    /// The lots that a customer's available points consist of, soonest to expire first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn customer_lots(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<LotView>, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        self.customer_must_exist(cx, customer).await?;
        let rows: Vec<(NaiveDate, i64)> = sqlx::query_as(include_str!("sql/customer_lots.sql"))
            .bind(cx.merchant().uuid())
            .bind(customer.uuid())
            .bind(page.after::<NaiveDate>()?)
            .bind(page.probe())
            .fetch_all(self.pool())
            .await?;
        Ok(page.page(rows, |(expires_on, _)| *expires_on).map(|(expires_on, remaining)| LotView {
            expires_on: (expires_on != NEVER).then_some(expires_on),
            remaining,
        }))
    }

    /// What happened to a customer's points, newest first: all of it, purchases and claims without points, too, or what is of
    /// one sort. Of [`Movements::Pending`] are the purchases and claims that still wait.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn customer_activity(
        &self,
        cx: &Cx,
        customer: CustomerId,
        of: Option<Movements>,
        page: &PageRequest,
    ) -> Result<Page<Activity>, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        self.customer_must_exist(cx, customer).await?;
        let (kinds, only_pending) = Movements::narrowing(of);
        let rows = sqlx::query_as(include_str!("sql/customer_activity.sql"))
            .bind(cx.merchant().uuid())
            .bind(customer.uuid())
            .bind(page.after::<Uuid>()?.unwrap_or(Uuid::max()))
            .bind(page.probe())
            .bind(cx.customer().is_none())
            .bind(kinds)
            .bind(only_pending)
            .fetch_all(self.pool())
            .await?;
        Ok(page.page(rows, |row: &Activity| row.posting_id))
    }

    pub(crate) async fn customer_must_exist(&self, cx: &Cx, customer: CustomerId) -> Result<(), Error> {
        let exists: Option<i32> =
            sqlx::query_scalar("SELECT 1 FROM customers WHERE merchant_id = $1 AND id = $2")
                .bind(cx.merchant().uuid())
                .bind(customer.uuid())
                .fetch_optional(self.pool())
                .await?;
        exists.map(|_| ()).ok_or(Error::NotFound(What::Customer))
    }
}
