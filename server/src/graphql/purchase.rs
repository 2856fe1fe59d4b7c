//! A purchase in the graph.

use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::{ids::CustomerId, points};
use perennial_engine::{
    purchase_record::{self, LineRecord, PurchaseRecord, PurchaseStatus, TenderRecord},
    purchases::{self, ClaimView, PurchaseView},
};

use super::{
    caller::caller,
    customer::Customer,
    errors::failed,
    explanation::{AppliedPromotion, Explanation},
    limits::{dear, few},
    loaders::{Bought, ById, WhyOf},
    scalars::{Amount, Count, Points},
};

/// Whether a purchase was credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "PurchaseStatus")]
pub enum Status {
    /// To a customer.
    Credited,
    /// Not yet: it waits to be claimed.
    Unclaimed,
}

impl From<PurchaseStatus> for Status {
    fn from(status: PurchaseStatus) -> Self {
        match status {
            PurchaseStatus::Credited => Self::Credited,
            PurchaseStatus::Unclaimed => Self::Unclaimed,
        }
    }
}

/// A customer's balance at one moment.
#[derive(Debug, Clone, SimpleObject)]
pub struct Balance {
    /// Points that can be spent; below zero while a debt is open.
    pub points: Points,
    /// Points that wait before they can be spent.
    pub pending: Points,
}

impl From<purchase_record::Balance> for Balance {
    fn from(balance: purchase_record::Balance) -> Self {
        Self { points: Points(balance.points), pending: Points(balance.pending) }
    }
}

/// What came back of a purchase, in all.
#[derive(Debug, Clone, SimpleObject)]
pub struct PurchaseReturned {
    /// How much.
    pub amount: Amount,
    /// The points that its returns took back.
    pub points: Points,
    /// Whether nothing is left of it.
    pub complete: bool,
}

impl From<purchases::PurchaseReturned> for PurchaseReturned {
    fn from(returned: purchases::PurchaseReturned) -> Self {
        Self { amount: Amount(returned.amount), points: Points(returned.points), complete: returned.complete }
    }
}

/// Where something was bought.
#[derive(Debug, Clone, SimpleObject)]
pub struct Retailer {
    /// The retailer.
    pub id: ID,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its zone, an IANA name.
    pub time_zone: String,
}

/// A purchase: as it was answered when it was posted, or, where it was looked up, as it is now.
#[derive(Description)]
pub struct Purchase(Kind);

enum Kind {
    /// As it was answered.
    Posted(Arc<PurchaseRecord>),
    /// As it is now.
    Found(Arc<PurchaseView>),
}

impl Purchase {
    /// The purchase as it is answered to the till that posted it.
    pub fn posted(record: Arc<PurchaseRecord>) -> Self {
        Self(Kind::Posted(record))
    }

    /// The purchase as it is now.
    pub fn found(view: Arc<PurchaseView>) -> Self {
        Self(Kind::Found(view))
    }

    fn record(&self) -> &PurchaseRecord {
        match &self.0 {
            Kind::Posted(record) => record,
            Kind::Found(view) => &view.record,
        }
    }

    fn claim(&self) -> Option<&ClaimView> {
        match &self.0 {
            Kind::Posted(_) => None,
            Kind::Found(view) => view.claim.as_ref(),
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        self.claim().map(|claim| claim.customer_id).or(self.record().customer_id)
    }
}

#[Object(use_type_description)]
impl Purchase {
    /// The purchase.
    async fn id(&self) -> ID {
        self.record().id.to_string().into()
    }

    /// The till's name for it.
    async fn transaction_id(&self) -> &str {
        self.record().transaction_id.as_str()
    }

    /// Whether it was credited or waits to be claimed.
    async fn status(&self) -> Status {
        if self.claim().is_some() { Status::Credited } else { self.record().status.into() }
    }

    /// What was to be paid, before vouchers and tenders.
    async fn amount(&self) -> Amount {
        self.record().amount.into()
    }

    /// ISO 4217.
    async fn currency(&self) -> &str {
        self.record().currency.code()
    }

    /// When it was bought.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.record().occurred_at
    }

    /// When it was received.
    async fn received_at(&self) -> DateTime<Utc> {
        self.record().received_at
    }

    /// The retailer's business day that it belongs to.
    async fn business_date(&self) -> NaiveDate {
        self.record().business_date
    }

    /// Points credited for it, pending ones included.
    async fn points_earned(&self) -> Points {
        self.claim().map_or(self.record().points_earned.into(), |claim| Points(claim.points))
    }

    /// Points of these that waited, when it was credited, before they could be spent.
    async fn points_pending(&self) -> Points {
        self.claim().map_or(self.record().points_pending.into(), |claim| Points(claim.points_pending))
    }

    /// Points that a claim is expected to credit; only while unclaimed.
    async fn points_claimable(&self) -> Option<Points> {
        if self.claim().is_some() { None } else { self.record().points_claimable.map(Into::into) }
    }

    /// The code that claims it; only while unclaimed.
    async fn claim_code(&self) -> Option<String> {
        if self.claim().is_some() { None } else { self.record().claim_code.as_ref().map(ToString::to_string) }
    }

    /// The customer's balance after it, in order of arrival; nothing when nobody was credited then.
    async fn balance(&self) -> Option<Balance> {
        self.record().balance.map(Into::into)
    }

    /// The lines in their order.
    #[graphql(complexity = "few(child_complexity)")]
    async fn lines(&self) -> Vec<Line<'_>> {
        self.record().lines.iter().map(Line).collect()
    }

    /// What was earned by the purchase as a whole: flat points.
    #[graphql(complexity = "few(child_complexity)")]
    async fn applied(&self) -> Vec<AppliedPromotion> {
        self.record().applied.iter().map(Into::into).collect()
    }

    /// What it was paid with besides money; nothing when it was money alone.
    async fn tenders(&self) -> Option<Tenders<'_>> {
        self.record().tenders.as_deref().map(Tenders)
    }

    /// What came back of it, where it was looked up; nothing while nothing did.
    async fn returned(&self) -> Option<PurchaseReturned> {
        match &self.0 {
            Kind::Posted(_) => None,
            Kind::Found(view) => view.returned.map(Into::into),
        }
    }

    /// What the till should know though the purchase was accepted.
    async fn warnings(&self) -> Vec<Warning> {
        self.record().warnings.iter().map(Into::into).collect()
    }

    /// Where it was bought. Takes the right to read purchases.
    async fn retailer(&self, ctx: &Context<'_>) -> async_graphql::Result<Retailer> {
        let record = self.record();
        let view = match &self.0 {
            Kind::Found(view) => view.clone(),
            Kind::Posted(_) => {
                caller(ctx)?.reads().load_one(Bought(record.id)).await?.ok_or_else(|| {
                    failed(perennial_engine::Error::NotFound(perennial_engine::What::Purchase))
                })?
            }
        };
        Ok(Retailer {
            id: record.retailer_id.to_string().into(),
            code: view.retailer.code.clone(),
            name: view.retailer.name.clone(),
            time_zone: view.retailer.time_zone.clone(),
        })
    }

    /// Whose it is; nothing while it is unclaimed.
    async fn customer_id(&self) -> Option<ID> {
        self.owner().map(|id| id.to_string().into())
    }

    /// Whose it is; nothing while it is unclaimed. Takes the right to read customers.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        let Some(id) = self.owner() else { return Ok(None) };
        Ok(caller(ctx)?.reads().load_one(ById(id)).await?.map(Customer))
    }

    /// Why it earned what it earned. Takes the right to read purchases.
    #[graphql(complexity = "dear(child_complexity)")]
    async fn explanation(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Explanation>> {
        Ok(caller(ctx)?.reads().load_one(WhyOf(self.record().id)).await?.map(Explanation))
    }
}

/// A line and what it earned.
#[derive(Description)]
pub struct Line<'r>(&'r LineRecord);

#[Object(name = "PurchaseLine", use_type_description)]
impl Line<'_> {
    /// The product as the till sent it.
    async fn product(&self) -> Option<&str> {
        self.0.product.as_deref()
    }

    /// The product of the catalogue that this meant.
    async fn product_id(&self) -> Option<ID> {
        self.0.product_id.map(|id| id.to_string().into())
    }

    /// How many units.
    async fn quantity(&self) -> Count {
        self.0.quantity.into()
    }

    /// The price of one unit, when it was sent.
    async fn unit_price(&self) -> Option<Amount> {
        self.0.unit_price.map(Into::into)
    }

    /// The amount before the discount.
    async fn amount(&self) -> Amount {
        self.0.amount.into()
    }

    /// What was taken off.
    async fn discount(&self) -> Amount {
        self.0.discount.into()
    }

    /// What was left to pay in money after vouchers and tenders.
    async fn paid(&self) -> Amount {
        self.0.paid().into()
    }

    /// Points that it earned or, unclaimed, would earn.
    async fn points(&self) -> Points {
        self.0.points.into()
    }

    /// The promotions that gave them.
    #[graphql(complexity = "few(child_complexity)")]
    async fn applied(&self) -> Vec<AppliedPromotion> {
        self.0.applied.iter().map(Into::into).collect()
    }
}

/// What a purchase was paid with besides money.
#[derive(Description)]
pub struct Tenders<'r>(&'r TenderRecord);

#[Object(name = "PurchaseTenders", use_type_description)]
impl Tenders<'_> {
    /// The vouchers that were used, in the order in which they were sent.
    async fn vouchers(&self) -> Vec<UsedVoucher> {
        let used = |voucher: &purchase_record::VoucherRecord| UsedVoucher {
            code: voucher.code.to_string(),
            name: voucher.name.clone(),
            amount: voucher.amount.into(),
        };
        self.0.vouchers.iter().map(used).collect()
    }

    /// Points that were spent.
    async fn points(&self) -> Points {
        self.0.points.as_ref().map_or(points::Points::ZERO, |points| points.spent).into()
    }

    /// What these points paid.
    async fn points_amount(&self) -> Amount {
        Amount(self.0.points.as_ref().map_or(0, |points| points.amount.get()))
    }

    /// What cashback paid.
    async fn cashback(&self) -> Amount {
        Amount(self.0.cashback.as_ref().map_or(0, |cashback| cashback.amount.get()))
    }

    /// What was left to pay in money: points and cashback are earned on it.
    async fn paid(&self) -> Amount {
        self.0.paid.into()
    }
}

/// A voucher that was used.
#[derive(Debug, Clone, SimpleObject)]
pub struct UsedVoucher {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it took off.
    pub amount: Amount,
}

/// Something in a purchase that was accepted and had no effect.
#[derive(Debug, Clone, SimpleObject)]
pub struct Warning {
    /// A stable word for programs.
    pub code: String,
    /// The same for people.
    pub detail: String,
}

impl From<&purchase_record::Warning> for Warning {
    fn from(warning: &purchase_record::Warning) -> Self {
        Self { code: warning.code.clone(), detail: warning.detail.clone() }
    }
}
