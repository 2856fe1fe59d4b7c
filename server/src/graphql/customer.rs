//! A customer in the graph: where she stands, and what led there.

use async_graphql::{ComplexObject, Context, Description, ID, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::ids::{CustomerId, PurchaseId};
use perennial_engine::{
    cashback::CashbackWallet,
    customers,
    points::{EntryView, Expiring, Maturing, PointsSummary},
    purchases::PurchaseFilter,
    rewards,
};

use super::{
    caller::caller,
    errors::failed,
    limits::{few, list_cost},
    loaders::{Bought, PointsOf},
    paging,
    purchase::Purchase,
    scalars::{Amount, Count, Points},
    voucher::Voucher,
};

/// A customer of the merchant. Takes the right to read customers.
#[derive(Description)]
pub struct Customer(pub customers::Customer);

#[Object(use_type_description)]
impl Customer {
    /// The customer.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What the customer is called.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The id that another system of the merchant gave.
    async fn external_id(&self) -> Option<&str> {
        self.0.external_id.as_deref()
    }

    /// The e-mail address.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The telephone number, in E.164.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// The number of the loyalty card.
    async fn card(&self) -> Option<&str> {
        self.0.card.as_deref()
    }

    /// The birthday: month and day such as `05-17`, with the year of those who have told it, such as `1990-05-17`.
    async fn birthday(&self) -> Option<String> {
        self.0.birthday.map(|birthday| birthday.to_string())
    }

    /// When the customer joined.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Where the customer stands: points, tier, cashback.
    async fn balance(&self, ctx: &Context<'_>) -> async_graphql::Result<CustomerBalance> {
        self.standing(ctx).await
    }

    /// Points that can be spent.
    async fn points(&self, ctx: &Context<'_>) -> async_graphql::Result<Points> {
        Ok(self.standing(ctx).await?.points)
    }

    /// The tier; nothing below the lowest, and where there are none.
    async fn tier(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Tier>> {
        Ok(self.standing(ctx).await?.tier)
    }

    /// Cashback, one wallet a currency; none before the first.
    async fn cashback(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Wallet>> {
        Ok(self.standing(ctx).await?.cashback)
    }

    /// The movements on the customer's accounts, newest first.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many, 1 to 200; 50 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor behind which to begin.")] after: Option<String>,
    ) -> async_graphql::Result<Connection<String, Entry>> {
        let caller = caller(ctx)?;
        let had_before = after.is_some();
        let page = paging::request(first, after)?;
        let engine = caller.engine().map_err(failed)?;
        let entries = engine.customer_entries(&caller.cx, self.0.id, None, &page).await.map_err(failed)?;
        let key = |entry: &EntryView| (entry.sequence, entry.account.clone(), entry.customer_id);
        Ok(paging::connection(entries, had_before, key, Entry::from))
    }

    /// The customer's vouchers with their codes, newest first; those that were used or are over, too. Takes the right to redeem
    /// rewards.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn vouchers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many, 1 to 200; 50 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor behind which to begin.")] after: Option<String>,
    ) -> async_graphql::Result<Connection<String, Voucher>> {
        let caller = caller(ctx)?;
        let had_before = after.is_some();
        let page = paging::request(first, after)?;
        let engine = caller.engine().map_err(failed)?;
        let vouchers = engine.customer_vouchers(&caller.cx, self.0.id, &page).await.map_err(failed)?;
        let key = |voucher: &rewards::Voucher| voucher.id.uuid();
        Ok(paging::connection(vouchers, had_before, key, Voucher::from))
    }

    /// What the customer bought or claimed, newest first. Takes the right to read purchases.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn purchases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many, 1 to 200; 50 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor behind which to begin.")] after: Option<String>,
    ) -> async_graphql::Result<Connection<String, Purchase>> {
        let filter = PurchaseFilter { customer: Some(self.0.id), ..PurchaseFilter::default() };
        super::queries::purchases(ctx, filter, first, after).await
    }
}

impl Customer {
    async fn standing(&self, ctx: &Context<'_>) -> async_graphql::Result<CustomerBalance> {
        let found = caller(ctx)?.reads().load_one(PointsOf(self.0.id)).await?;
        // Gone between two statements: as if it had not been found at all.
        let not_found = || failed(perennial_engine::Error::NotFound(perennial_engine::What::Customer));
        found.map(CustomerBalance::from).ok_or_else(not_found)
    }
}

/// Where a customer stands.
#[derive(SimpleObject)]
pub struct CustomerBalance {
    /// Points that can be spent.
    pub points: Points,
    /// Points that wait before they can be spent.
    pub pending: Points,
    /// Points held by an open redemption.
    pub reserved: Points,
    /// Points that future earnings repay first.
    pub debt: Points,
    /// Points ever earned.
    pub lifetime: Points,
    /// The tier; nothing below the lowest, and where there are none.
    pub tier: Option<Tier>,
    /// Cashback, one wallet a currency; none before the first.
    pub cashback: Vec<Wallet>,
    /// Points that leave next, soonest first, at most twelve.
    pub expiring: Vec<ExpiringPoints>,
    /// When what waits can be spent, by days, soonest first, at most twelve; the rest of `pending` waits longer.
    pub maturing: Vec<MaturingPoints>,
    /// The instant that this was true at.
    pub as_of: DateTime<Utc>,
}

impl From<PointsSummary> for CustomerBalance {
    fn from(summary: PointsSummary) -> Self {
        Self {
            points: Points(summary.points),
            pending: Points(summary.pending),
            reserved: Points(summary.reserved),
            debt: Points(summary.debt),
            lifetime: Points(summary.lifetime),
            tier: summary.tier.map(|tier| Tier { id: tier.id.to_string().into(), name: tier.name }),
            cashback: summary.cashback.into_iter().map(Into::into).collect(),
            expiring: summary.expiring.into_iter().map(Into::into).collect(),
            maturing: summary.maturing.into_iter().map(Into::into).collect(),
            as_of: summary.as_of,
        }
    }
}

/// A step of the merchant's ladder.
#[derive(SimpleObject)]
pub struct Tier {
    /// Which.
    pub id: ID,
    /// What it is called.
    pub name: String,
}

/// Cashback in one currency.
#[derive(SimpleObject)]
pub struct Wallet {
    /// ISO 4217.
    pub currency: String,
    /// What can be spent.
    pub available: Amount,
    /// What waits before it can be spent.
    pub pending: Amount,
    /// What was spent before its purchase came back, and is owed.
    pub owed: Amount,
}

impl From<CashbackWallet> for Wallet {
    fn from(wallet: CashbackWallet) -> Self {
        Self {
            currency: wallet.currency,
            available: wallet.available.into(),
            pending: wallet.pending.into(),
            owed: wallet.owed.into(),
        }
    }
}

/// Points that leave together.
#[derive(SimpleObject)]
pub struct ExpiringPoints {
    /// The last day, in the merchant's zone, on which they can be spent.
    pub expires_on: NaiveDate,
    /// How many are left.
    pub points: Points,
}

impl From<Expiring> for ExpiringPoints {
    fn from(expiring: Expiring) -> Self {
        Self { expires_on: expiring.expires_on, points: Points(expiring.points) }
    }
}

/// Points that wait for the same day.
#[derive(SimpleObject)]
pub struct MaturingPoints {
    /// The instant from which all of them can be spent: the last one of a day in the merchant's zone.
    pub matures_at: DateTime<Utc>,
    /// How many wait for it.
    pub points: Points,
}

impl From<Maturing> for MaturingPoints {
    fn from(maturing: Maturing) -> Self {
        Self { matures_at: maturing.matures_at, points: Points(maturing.points) }
    }
}

/// One movement on an account of a customer.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Entry {
    /// The customer's event counter.
    pub sequence: Count,
    /// What was posted: `purchase`, `claim`, `opening` (a balance from before the program), `return`, `maturity`, `expiry`,
    /// `adjustment`, `redemption` (for a reward, or as a part of a payment), `release`, `cancellation`, `award` (by a policy) or
    /// `merge` (what another account of the customer had).
    pub kind: String,
    /// The account that moved: `available`, `pending` or `reserved`.
    pub account: String,
    /// How far: positive in, negative out.
    pub amount: Points,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
    #[graphql(skip)]
    purchase_id: Option<PurchaseId>,
}

#[ComplexObject]
impl Entry {
    /// The purchase behind it, if there is one. Takes the right to read purchases.
    #[graphql(complexity = "few(child_complexity)")]
    async fn purchase(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Purchase>> {
        let Some(id) = self.purchase_id else { return Ok(None) };
        Ok(caller(ctx)?.reads().load_one(Bought(id)).await?.map(Purchase::found))
    }
}

impl From<EntryView> for Entry {
    fn from(entry: EntryView) -> Self {
        Self {
            sequence: Count(entry.sequence),
            kind: entry.kind,
            account: entry.account,
            amount: Points(entry.amount),
            posted_at: entry.posted_at,
            purchase_id: entry.purchase_id.map(PurchaseId::from_uuid),
        }
    }
}

/// The id that a text of the graph names.
pub fn path(text: &str) -> Option<customers::CustomerPath> {
    text.parse().ok()
}

/// The id of a customer by its own id or `ext:` and the external id; nothing when there is none.
pub async fn resolve(ctx: &Context<'_>, text: &str) -> async_graphql::Result<Option<CustomerId>> {
    let caller = caller(ctx)?;
    let engine = caller.engine().map_err(failed)?;
    match path(text) {
        Some(path) => super::errors::optional(engine.customer_resolve(&caller.cx, &path).await),
        None => Ok(None),
    }
}
