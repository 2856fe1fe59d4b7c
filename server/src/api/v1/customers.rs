//! `/customers`: the people in a program.

use http::StatusCode;
use perennial_domain::access::Action;
use perennial_engine::{
    adjustments::{Adjusted, Adjustment, NewAdjustment},
    customers::{Customer, CustomerFilter, CustomerPatch, CustomerPath, NewCustomer},
    points::{EntryView, LotView},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, Mode, found},
    json::Json,
    params::{DryRun, EntryParams, Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change))
        .routes(routes!(entries))
        .routes(routes!(lots))
        .routes(routes!(adjustments, adjust))
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Part of the name, or the beginning of an e-mail, telephone number, card or external id.
    search: Option<String>,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// Search customers
///
/// Newest first.
#[utoipa::path(
    get, path = "/customers", operation_id = "list_customers", tag = "Customers", params(ListParams),
    responses((status = 200, description = "A page of customers.", body = ListOf<Customer>)),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let filter = CustomerFilter { search: params.search, ..CustomerFilter::default() };
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    found(call.engine().customer_list(&call.cx, &filter, &page).await)
}

/// Create a customer, or get the one who is there
///
/// Somebody who has one of the identities already is completed with what is new, and answered with status 200.
#[utoipa::path(
    post, path = "/customers", operation_id = "create_customer", tag = "Customers", request_body = NewCustomer,
    responses(
        (status = 201, description = "The new customer.", body = Customer),
        (status = 200, description = "The customer who was there.", body = Customer),
        (status = 409, description = "The identities belong to several customers (`customers_differ`), or to one with another identity of that kind (`customer_differs`)."),
    ),
)]
async fn create(call: Call, once: Once, input: Json<NewCustomer>) -> Answer {
    let Json { value, bytes } = input;
    call.write(once.with(Action::CustomersWrite, &bytes), move |engine, txn, cx| {
        Box::pin(async move {
            let created = engine.customer_create_in(txn, cx, value).await?;
            let status = if created.is_new { StatusCode::CREATED } else { StatusCode::OK };
            Ok((status, created.customer))
        })
    })
    .await
}

/// Read a customer
#[utoipa::path(
    get, path = "/customers/{customer}", operation_id = "read_customer", tag = "Customers",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((status = 200, description = "The customer.", body = Customer)),
)]
async fn read(call: Call, Id(customer): Id<CustomerPath>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().customer_get(&call.cx, id).await)
}

/// Change a customer
///
/// What is not given stays; `null` takes it away. One identity has to remain.
#[utoipa::path(
    patch, path = "/customers/{customer}", operation_id = "change_customer", tag = "Customers",
    request_body = CustomerPatch,
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses(
        (status = 200, description = "The customer as it is now.", body = Customer),
        (status = 409, description = "Another customer has the identity (`identity_taken`), or none would be left (`identity_required`)."),
    ),
)]
async fn change(call: Call, Id(customer): Id<CustomerPath>, patch: Json<CustomerPatch>) -> Answer {
    call.cx.require(perennial_domain::access::Action::CustomersWrite)?;
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().customer_update(&call.cx, id, patch.value).await)
}

/// List the movements on a customer's accounts
///
/// Newest first; behind them those of accounts that were merged into the customer, from before they were.
#[utoipa::path(
    get, path = "/customers/{customer}/entries", operation_id = "list_customer_entries", tag = "Customers",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), EntryParams),
    responses((status = 200, description = "A page of entries.", body = ListOf<EntryView>)),
)]
async fn entries(call: Call, Id(customer): Id<CustomerPath>, Params(params): Params<EntryParams>) -> Answer {
    let (kind, page) = params.request()?;
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().customer_entries(&call.cx, id, kind, &page).await)
}

/// List the lots that a customer's points consist of
///
/// Soonest to expire first.
#[utoipa::path(
    get, path = "/customers/{customer}/lots", operation_id = "list_customer_lots", tag = "Customers",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), Paging),
    responses((status = 200, description = "A page of lots.", body = ListOf<LotView>)),
)]
async fn lots(call: Call, Id(customer): Id<CustomerPath>, Params(page): Params<Paging>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().customer_lots(&call.cx, id, &page.request()?).await)
}

/// List what was adjusted by hand
///
/// Newest first.
#[utoipa::path(
    get, path = "/customers/{customer}/adjustments", operation_id = "list_customer_adjustments", tag = "Customers",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), Paging),
    responses((status = 200, description = "A page of adjustments.", body = ListOf<Adjustment>)),
)]
async fn adjustments(call: Call, Id(customer): Id<CustomerPath>, Params(page): Params<Paging>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().adjustment_list(&call.cx, id, &page.request()?).await)
}

/// Give points to a customer, or take them
///
/// For what no purchase explains: a complaint, a mistake, a gift. The reason and who did it stay with the entry. Points
/// that are given repay what the customer owes first; no more can be taken than can be spent.
#[utoipa::path(
    post, path = "/customers/{customer}/adjustments", operation_id = "create_customer_adjustment", tag = "Customers",
    request_body = NewAdjustment,
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), DryRun),
    responses(
        (status = 201, description = "What was adjusted.", body = Adjusted),
        (status = 409, description = "The customer has fewer points than are to be taken (`insufficient_points`)."),
    ),
)]
async fn adjust(
    call: Call,
    Id(customer): Id<CustomerPath>,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<NewAdjustment>,
) -> Answer {
    call.cx.require(perennial_domain::access::Action::PointsAdjust)?;
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    let Json { value, bytes } = input;
    let mode = Mode { remember: once.with(Action::PointsAdjust, &bytes), dry_run };
    call.create(mode, move |engine, txn, cx| Box::pin(engine.adjustment_create_in(txn, cx, id, value))).await
}
