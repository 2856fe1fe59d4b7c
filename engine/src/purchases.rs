//! Purchases as they are looked at: lists, one of them, and why it earned what it earned.

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::{
    access::Action,
    evaluate::Explanation,
    ids::{ClaimId, CustomerId, PurchaseId, RetailerId},
    instants::beyond_telling,
    points::Points,
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

mod many;
#[cfg(test)]
mod tests;
mod totals;

pub use totals::PurchaseTotals;

use crate::{
    Cx, Engine,
    error::{Error, What},
    page::{Page, PageRequest},
    purchase_record::{PurchaseAnswer, PurchaseRecord, PurchaseStatus},
};

/// What a list of purchases is narrowed to; every condition that is given has to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseFilter {
    /// Bought here.
    pub retailer: Option<RetailerId>,
    /// Bought or claimed by this customer.
    pub customer: Option<CustomerId>,
    /// The status of now: a claimed purchase counts as credited.
    pub status: Option<PurchaseStatus>,
    /// Bought at or after.
    pub from: Option<DateTime<Utc>>,
    /// Bought before.
    pub until: Option<DateTime<Utc>>,
    /// The transaction id begins with this.
    pub transaction: Option<String>,
    /// The transaction id is this one.
    pub number: Option<String>,
    /// So much of it came back.
    pub returned: Option<ReturnedPart>,
}

/// How much of a purchase came back, where anything did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReturnedPart {
    /// A part: something is left of it.
    Partly,
    /// All of it.
    Wholly,
}

/// What came back of a purchase, in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchaseReturned {
    /// How much, in minor units.
    pub amount: i64,
    /// The points that its returns took back.
    pub points: i64,
    /// Whether nothing is left of it.
    pub complete: bool,
}

/// A row of a list of purchases, as of now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchaseRow {
    /// The purchase.
    pub id: Uuid,
    /// The till's number of it.
    pub transaction_id: String,
    /// Where it was bought.
    pub retailer_id: Uuid,
    /// The store's code.
    pub retailer_code: String,
    /// The store's name.
    pub retailer_name: String,
    /// The store's zone, an IANA name.
    pub retailer_zone: String,
    /// Whose it is, if somebody's.
    pub customer_id: Option<Uuid>,
    /// That customer's name, if known.
    pub customer_name: Option<String>,
    /// How else that customer is known where there is no name: e-mail, telephone, external id or card. Only for whoever may
    /// read customers, hence not for the API.
    #[serde(skip)]
    pub customer_identity: Option<String>,
    /// That customer was erased.
    #[serde(skip)]
    pub customer_erased: bool,
    /// `credited` or `unclaimed`, as of now.
    pub status: String,
    /// The sum paid, minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// Points credited so far.
    pub points: i64,
    /// Points that a claim would credit.
    pub claimable: Option<i64>,
    /// How many lines it has.
    pub lines: i32,
    /// When it was bought.
    pub occurred_at: DateTime<Utc>,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// What came back of it; absent while nothing did.
    #[sqlx(json(nullable))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<PurchaseReturned>,
}

/// A purchase as of now: the first answer, and what has happened since.
#[derive(Debug, Clone, PartialEq)]
pub struct PurchaseView {
    /// What was answered when it was posted. Never changes.
    pub record: PurchaseRecord,
    /// The claim that credited it, if it was claimed.
    pub claim: Option<ClaimView>,
    /// Where it was bought: code, name and zone.
    pub retailer: RetailerLabel,
    /// What came back of it, if anything did.
    pub returned: Option<PurchaseReturned>,
}

/// How a claim went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimView {
    /// The claim, also its posting.
    pub id: ClaimId,
    /// Who claimed.
    pub customer_id: CustomerId,
    /// When.
    pub claimed_at: DateTime<Utc>,
    /// Points credited.
    pub points: i64,
    /// Points of these that waited, when it was made, before they could be spent.
    pub points_pending: i64,
}

/// A store as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetailerLabel {
    /// The code.
    pub code: String,
    /// The name.
    pub name: String,
    /// The zone, an IANA name.
    pub time_zone: String,
}

impl PurchaseView {
    /// The customer of now: the one it was credited to, or who claimed it.
    #[must_use]
    pub fn customer_id(&self) -> Option<CustomerId> {
        self.claim.as_ref().map(|claim| claim.customer_id).or(self.record.customer_id)
    }

    /// The status of now.
    #[must_use]
    pub fn status(&self) -> PurchaseStatus {
        if self.claim.is_some() { PurchaseStatus::Credited } else { self.record.status }
    }

    /// The first answer, with what a claim has made of it since.
    #[must_use]
    pub fn answer(&self) -> PurchaseAnswer<'_> {
        let first = PurchaseAnswer::from(&self.record);
        match &self.claim {
            Some(claim) => PurchaseAnswer {
                customer_id: self.customer_id(),
                status: self.status(),
                points_earned: Points::new(claim.points),
                points_pending: Points::new(claim.points_pending),
                points_claimable: None,
                claim_code: None,
                ..first
            },
            None => first,
        }
    }
}

impl Engine {
    /// Purchases, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read purchases; a key bound to a retailer sees that one only.
    /// [`Error::Invalid`] at `/from` and `/until` `out_of_range`.
    pub async fn purchase_list(
        &self,
        cx: &Cx,
        filter: &PurchaseFilter,
        page: &PageRequest,
    ) -> Result<Page<PurchaseRow>, Error> {
        cx.require(Action::PurchasesRead)?;
        for (pointer, instant) in [("/from", filter.from), ("/until", filter.until)] {
            if let Some(detail) = instant.and_then(beyond_telling) {
                return Err(Error::field(pointer, "out_of_range", detail));
            }
        }
        // No transaction id contains any, and the database would not even take a NUL.
        let texts = [&filter.transaction, &filter.number];
        if texts.into_iter().flatten().any(|text| text.contains(char::is_control)) {
            return Ok(Page { data: Vec::new(), next: None });
        }
        let range = match (&filter.number, &filter.transaction) {
            // What begins with it goes on with a character that is none of control, and so lies behind this one.
            (Some(number), _) => Some((number, format!("{number}\u{1}"))),
            // Behind everything that begins with it: the last of all characters stands for none.
            (None, Some(beginning)) => Some((beginning, format!("{beginning}{}", char::MAX))),
            (None, None) => None,
        };
        let found = match range {
            Some((first, behind)) => self.purchases_between(cx, filter.retailer, first, &behind).await?,
            None => None,
        };
        let mut query = QueryBuilder::default();
        let filter = Narrowed { filter, found, ahead: self.clock().ahead_of(cx.merchant()) };
        list(&mut query, cx, filter, page)?;
        let rows = query.build_query_as().fetch_all(self.pool()).await?;
        Ok(page.page(rows, |row: &PurchaseRow| row.id))
    }

    /// The purchases whose transaction id is `first` or lies between it and `behind`, which is not included; `None` when they
    /// are more than [`LOOKED_UP`].
    async fn purchases_between(
        &self,
        cx: &Cx,
        retailer: Option<RetailerId>,
        first: &str,
        behind: &str,
    ) -> Result<Option<Vec<Uuid>>, Error> {
        let found: Vec<Uuid> = sqlx::query_scalar(include_str!("sql/purchase_search.sql"))
            .bind(cx.merchant().uuid())
            .bind(cx.retailer().or(retailer).map(|retailer| retailer.uuid()))
            .bind(first)
            .bind(behind)
            .bind(LOOKED_UP + 1)
            .fetch_all(self.pool())
            .await?;
        Ok(i64::try_from(found.len()).is_ok_and(|hits| hits <= LOOKED_UP).then_some(found))
    }

    /// One purchase as of now.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a purchase of nobody, of another merchant, or, for a customer, of somebody else.
    pub async fn purchase_get(&self, cx: &Cx, id: PurchaseId) -> Result<PurchaseView, Error> {
        self.purchases_get(cx, &[id]).await?.pop().ok_or(Error::NotFound(What::Purchase))
    }

    /// Why a purchase earned what it earned, from the facts that were stored with it and the rules of its time.
    ///
    /// A claimed purchase is explained as it was claimed.
    ///
    /// # Errors
    /// Like [`purchase_get`](Self::purchase_get).
    pub async fn purchase_explanation(
        &self,
        cx: &Cx,
        id: PurchaseId,
    ) -> Result<(PurchaseView, Explanation), Error> {
        self.purchases_explained(cx, &[id]).await?.pop().ok_or(Error::NotFound(What::Purchase))
    }
}

/// How many purchases a search by transaction id looks up by themselves. With more hits the list, which begins with the newest, soon
/// comes upon enough of them by itself.
const LOOKED_UP: i64 = 2_000;
/// Ids tell when a purchase was received; nothing is received much before it occurred, however clocks differ.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::days(1);

/// What a list is narrowed to, with what was looked up for it.
struct Narrowed<'f> {
    filter: &'f PurchaseFilter,
    /// The purchases with the transaction id, when these are few.
    found: Option<Vec<Uuid>>,
    /// By how much the clock of the merchant is ahead: ids tell the time of the world, purchases that of the program.
    ahead: TimeDelta,
}

/// Adds the statement that reads a page of a list.
fn list(
    query: &mut QueryBuilder<Postgres>,
    cx: &Cx,
    filter: Narrowed<'_>,
    page: &PageRequest,
) -> Result<(), Error> {
    query.push(include_str!("sql/purchase_list.sql")).push_bind(cx.merchant().uuid());
    narrow(query, cx, filter);
    if let Some(after) = page.after::<Uuid>()? {
        query.push(" AND purchase.id < ").push_bind(after);
    }
    query.push(" ORDER BY purchase.id DESC LIMIT ").push_bind(page.probe());
    Ok(())
}

/// Adds the conditions of a filter. The status is the one of now, hence the claim beside the purchase.
///
/// The ledger has few indexes, because each costs the tills time. So a condition is said in a way that leads to few rows by what there
/// is: by customer, by retailer, by open claim, by key, by the time in an id.
fn narrow(query: &mut QueryBuilder<Postgres>, cx: &Cx, Narrowed { filter, found, ahead }: Narrowed<'_>) {
    let merchant = cx.merchant().uuid();
    for retailer in [cx.retailer(), filter.retailer].into_iter().flatten() {
        query.push(" AND purchase.retailer_id = ").push_bind(retailer.uuid());
    }
    if let Some(customer) = filter.customer {
        query.push(" AND purchase.id IN (SELECT id FROM purchases WHERE merchant_id = ").push_bind(merchant);
        query.push(" AND customer_id = ").push_bind(customer.uuid());
        query.push(" UNION ALL SELECT purchase_id FROM claims WHERE merchant_id = ").push_bind(merchant);
        query.push(" AND customer_id = ").push_bind(customer.uuid()).push(")");
    }
    match filter.status {
        Some(PurchaseStatus::Credited) => {
            query.push(" AND (purchase.status = 'credited' OR claim.claimed_at IS NOT NULL)");
        }
        Some(PurchaseStatus::Unclaimed) => {
            query
                .push(" AND purchase.id IN (SELECT purchase_id FROM claims WHERE merchant_id = ")
                .push_bind(merchant);
            query.push(" AND claimed_at IS NULL)");
        }
        None => {}
    }
    if let Some(part) = filter.returned {
        let of_it = "(SELECT FROM returns AS r
                      WHERE r.merchant_id = purchase.merchant_id AND r.purchase_id = purchase.id";
        match part {
            ReturnedPart::Partly => {
                query.push(" AND EXISTS ").push(of_it).push(")");
                query.push(" AND NOT EXISTS ").push(of_it).push(" AND r.complete)");
            }
            ReturnedPart::Wholly => {
                query.push(" AND EXISTS ").push(of_it).push(" AND r.complete)");
            }
        }
    }
    if let Some(from) = filter.from {
        query.push(" AND purchase.occurred_at >= ").push_bind(from);
        query.push(" AND purchase.id >= ").push_bind(first_id(from, ahead));
    }
    if let Some(until) = filter.until {
        query.push(" AND purchase.occurred_at < ").push_bind(until);
    }
    if let Some(transaction) = &filter.transaction {
        query.push(" AND starts_with(purchase.transaction_id, ").push_bind(transaction.clone()).push(")");
    }
    if let Some(number) = &filter.number {
        query.push(" AND purchase.transaction_id = ").push_bind(number.clone());
    }
    if let Some(found) = found {
        query.push(" AND purchase.id = ANY (").push_bind(found).push(")");
    }
}

/// No purchase that occurred at or after `from` has a smaller id. A clock that is ahead now was so by less before.
fn first_id(from: DateTime<Utc>, ahead: TimeDelta) -> Uuid {
    let earliest = ahead.checked_add(&CLOCKS_DIFFER).and_then(|margin| from.checked_sub_signed(margin));
    let earliest = earliest.unwrap_or(DateTime::UNIX_EPOCH);
    let millis = u64::try_from(earliest.timestamp_millis()).unwrap_or(0);
    PurchaseId::new(millis, [0; 10]).uuid()
}
