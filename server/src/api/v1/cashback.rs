//! `/cashback-offers`: money back on what is paid; and what customers and purchases got of it.

use perennial_domain::ids::{OfferId, PurchaseId};
use perennial_domain::{access::Action, cashback::OfferInput};
use perennial_engine::Edit;
use perennial_engine::cashback::{CashbackGiven, CashbackOffer, CashbackWallet, OfferFilter, OfferState};
use perennial_engine::customers::CustomerPath;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, Mode, found},
    json::{Json, JsonBytes},
    params::{Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change, archive))
        .routes(routes!(of_customer))
        .routes(routes!(of_purchase))
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Part of the name.
    search: Option<String>,
    /// In this state.
    state: Option<OfferState>,
    /// With those that are archived, where no state is asked for.
    #[serde(default)]
    archived: bool,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List cashback offers
///
/// Newest first.
#[utoipa::path(
    get, path = "/cashback-offers", operation_id = "list_cashback_offers", tag = "Cashback", params(ListParams),
    responses((status = 200, description = "A page of offers.", body = ListOf<CashbackOffer>)),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let filter = OfferFilter { search: params.search, state: params.state, with_archived: params.archived };
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    found(call.engine().cashback_offer_list(&call.cx, &filter, &page).await)
}

/// Create a cashback offer
///
/// `percentage` is a decimal between 0 and 1. Without `products` it is about everything. Purchases that happen from now on
/// get it, or those since `starts_at` where that is earlier. Offers do not hide each other: all that match give.
#[utoipa::path(
    post, path = "/cashback-offers", operation_id = "create_cashback_offer", tag = "Cashback", request_body = OfferInput,
    responses((status = 201, description = "The new offer.", body = CashbackOffer)),
)]
async fn create(call: Call, once: Once, input: Json<OfferInput>) -> Answer {
    let Json { value, bytes } = input;
    call.create(once.with(Action::PromotionsWrite, &bytes), move |engine, txn, cx| {
        Box::pin(engine.cashback_offer_create_in(txn, cx, value))
    })
    .await
}

/// Read a cashback offer
#[utoipa::path(
    get, path = "/cashback-offers/{id}", operation_id = "read_cashback_offer", tag = "Cashback",
    params(("id" = OfferId, Path, description = "Id of the offer.")),
    responses((status = 200, description = "The offer.", body = CashbackOffer)),
)]
async fn read(call: Call, Id(id): Id<OfferId>) -> Answer {
    found(call.engine().cashback_offer_get(&call.cx, id).await)
}

/// Change a cashback offer
///
/// What is not given stays; `null` takes it away. Purchases that happened before keep what they were promised.
#[utoipa::path(
    patch, path = "/cashback-offers/{id}", operation_id = "change_cashback_offer", tag = "Cashback",
    request_body = OfferInput, params(("id" = OfferId, Path, description = "Id of the offer.")),
    responses(
        (status = 200, description = "The offer as it is now.", body = CashbackOffer),
        (status = 409, description = "It is archived (`archived`)."),
    ),
)]
async fn change(call: Call, Id(id): Id<OfferId>, JsonBytes(bytes): JsonBytes) -> Answer {
    let edit = Edit::from_json(&bytes)?;
    call.change(Mode::default(), move |engine, txn, cx| {
        Box::pin(engine.cashback_offer_update_in(txn, cx, id, edit))
    })
    .await
}

/// Archive a cashback offer
///
/// For good. Purchases that come in from now on get nothing of it; what was given stays.
#[utoipa::path(
    delete, path = "/cashback-offers/{id}", operation_id = "archive_cashback_offer", tag = "Cashback",
    params(("id" = OfferId, Path, description = "Id of the offer.")),
    responses((status = 200, description = "The archived offer.", body = CashbackOffer)),
)]
async fn archive(call: Call, Id(id): Id<OfferId>) -> Answer {
    found(call.engine().cashback_offer_archive(&call.cx, id).await)
}

/// The wallets of a customer.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerCashback {
    /// One a currency; none before the first cashback.
    cashback: Vec<CashbackWallet>,
}

/// Read a customer's cashback
///
/// What can be spent, what waits, and what expires next.
#[utoipa::path(
    get, path = "/customers/{customer}/cashback", operation_id = "read_customer_cashback", tag = "Cashback",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((status = 200, description = "The wallets.", body = CustomerCashback)),
)]
async fn of_customer(call: Call, Id(customer): Id<CustomerPath>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().customer_cashback(&call.cx, id).await.map(|cashback| CustomerCashback { cashback }))
}

/// What a purchase gave.
#[derive(Debug, Serialize, ToSchema)]
struct PurchaseCashback {
    /// How much, and why; `null` where the merchant had no offer, and for the moment before it is known.
    cashback: Option<CashbackGiven>,
}

/// Read the cashback of a purchase
///
/// How much each line gave by which offer, and why others gave nothing. It is known a moment after the purchase.
#[utoipa::path(
    get, path = "/purchases/{id}/cashback", operation_id = "read_purchase_cashback", tag = "Cashback",
    params(("id" = PurchaseId, Path, description = "Id of the purchase.")),
    responses((status = 200, description = "What it gave.", body = PurchaseCashback)),
)]
async fn of_purchase(call: Call, Id(id): Id<PurchaseId>) -> Answer {
    found(call.engine().purchase_cashback(&call.cx, id).await.map(|cashback| PurchaseCashback { cashback }))
}
