//! `/purchases`: posting, listing, reading and explaining them.

mod batch;
mod returns;
mod submit;

pub(crate) use submit::submit;

use chrono::{DateTime, NaiveDate, Utc};
use http::StatusCode;
use perennial_domain::{evaluate::Explanation, ids::PurchaseId};
use perennial_engine::{
    customers::CustomerPath,
    purchase_record::{PurchaseAnswer, PurchaseStatus, TendersAnswer},
    purchases::{
        ClaimView, PurchaseFilter, PurchaseReturned, PurchaseRow, PurchaseView, RetailerLabel, ReturnedPart,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    call::{Answer, Call, found},
    json::answer,
    params::{Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(submit::create, list))
        .routes(routes!(submit::create_batch))
        .routes(routes!(read))
        .routes(routes!(explain))
        .routes(routes!(returns::list, returns::create))
        .routes(routes!(returns::create_by_transaction))
        .routes(routes!(returns::read))
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Bought at this retailer: id or code.
    retailer: Option<String>,
    /// Bought or claimed by this customer: id or `ext:` and the external id.
    customer: Option<String>,
    /// The status of now: a claimed purchase counts as credited.
    status: Option<PurchaseStatus>,
    /// Of which something came back: `partly`, or `wholly` when nothing is left of it.
    returned: Option<ReturnedPart>,
    /// Bought at or after this instant.
    from: Option<DateTime<Utc>>,
    /// Bought before this instant.
    until: Option<DateTime<Utc>>,
    /// The transaction id begins with this.
    transaction_id: Option<String>,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List purchases
///
/// Newest first.
#[utoipa::path(
    get, path = "/purchases", operation_id = "list_purchases", tag = "Purchases", params(ListParams),
    responses(
        (status = 200, description = "A page of purchases.", body = ListOf<PurchaseRow>),
        (status = 404, description = "There is no such customer (`not_found`, `customer_not_found`)."),
    ),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let engine = call.engine();
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    let retailer = match &params.retailer {
        Some(named) => {
            let snapshot = engine.snapshot(&call.cx).await?;
            let found = snapshot.retailers.named(named).map(|retailer| retailer.id);
            Some(found.ok_or(perennial_engine::Error::UnknownRetailer)?)
        }
        None => None,
    };
    let customer = match &params.customer {
        Some(named) => {
            let path: CustomerPath = named.parse().map_err(|_| perennial_engine::Error::CustomerNotFound)?;
            Some(engine.customer_resolve(&call.cx, &path).await?)
        }
        None => None,
    };
    let filter = PurchaseFilter {
        retailer,
        customer,
        status: params.status,
        from: params.from,
        until: params.until,
        transaction: params.transaction_id,
        number: None,
        returned: params.returned,
    };
    found(engine.purchase_list(&call.cx, &filter, &page).await)
}

/// A purchase as of now: the first answer with what has happened since.
#[derive(Serialize, ToSchema)]
#[schema(as = PurchaseDetail)]
struct PurchaseNow<'r> {
    #[serde(flatten)]
    purchase: PurchaseAnswer<'r>,
    /// Where it was bought.
    retailer: &'r RetailerLabel,
    /// The retailer's business day that it belongs to.
    business_date: NaiveDate,
    /// When it was received.
    received_at: DateTime<Utc>,
    /// `api` or `import`.
    source: &'static str,
    /// How it was claimed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'r ClaimView>,
    /// What came back of it; absent while nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    returned: Option<PurchaseReturned>,
}

impl<'r> From<&'r PurchaseView> for PurchaseNow<'r> {
    fn from(view: &'r PurchaseView) -> Self {
        let record = &view.record;
        Self {
            purchase: view.answer(),
            retailer: &view.retailer,
            business_date: record.business_date,
            received_at: record.received_at,
            source: record.source.as_str(),
            claim: view.claim.as_ref(),
            returned: view.returned,
        }
    }
}

/// Read a purchase
///
/// As it is now: a purchase that was claimed shows whose it is and what the claim gave, one that came back how much of it.
#[utoipa::path(
    get, path = "/purchases/{id}", operation_id = "read_purchase", tag = "Purchases",
    params(("id" = PurchaseId, Path, description = "Id of the purchase.")),
    responses((status = 200, description = "The purchase.", body = PurchaseNow)),
)]
async fn read(call: Call, Id(id): Id<PurchaseId>) -> Answer {
    let view = call.engine().purchase_get(&call.cx, id).await?;
    Ok(answer(StatusCode::OK, &PurchaseNow::from(&view)))
}

/// Why a purchase earned what it earned.
#[derive(Serialize, ToSchema)]
#[schema(as = PurchaseExplanation)]
struct ExplanationAnswer<'a> {
    /// The purchase.
    purchase_id: PurchaseId,
    /// What it was paid with besides money, and what that left to pay; absent when it was money alone. What is left is
    /// what earns.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenders: Option<TendersAnswer<'a>>,
    #[serde(flatten)]
    explanation: Explanation,
}

/// Explain a purchase
///
/// Line by line which promotions applied and what each gave, and which did not and what was missing; computed from
/// the facts that were stored with the purchase and the rules of its time.
#[utoipa::path(
    get, path = "/purchases/{id}/explanation", operation_id = "explain_purchase", tag = "Purchases",
    params(("id" = PurchaseId, Path, description = "Id of the purchase.")),
    responses((status = 200, description = "The explanation.", body = ExplanationAnswer)),
)]
async fn explain(call: Call, Id(id): Id<PurchaseId>) -> Answer {
    let (view, explanation) = call.engine().purchase_explanation(&call.cx, id).await?;
    let record = &view.record;
    let tenders = record.tenders.as_deref().map(TendersAnswer::from);
    Ok(answer(StatusCode::OK, &ExplanationAnswer { purchase_id: record.id, tenders, explanation }))
}
