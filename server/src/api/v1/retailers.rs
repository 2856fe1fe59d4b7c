//! `/retailers`: the stores of a merchant.

use perennial_domain::{access::Action, ids::RetailerId};
use perennial_engine::retailers::{NewRetailer, Retailer, RetailerFilter, RetailerPatch};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, found},
    json::Json,
    params::{Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, change, archive))
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Part of the name, or the beginning of the code.
    search: Option<String>,
    /// With those that no longer take part.
    #[serde(default)]
    archived: bool,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List retailers
///
/// In order of their code.
#[utoipa::path(
    get, path = "/retailers", operation_id = "list_retailers", tag = "Retailers", params(ListParams),
    responses((status = 200, description = "A page of retailers.", body = ListOf<Retailer>)),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let filter = RetailerFilter { search: params.search, with_archived: params.archived };
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    found(call.engine().retailer_list(&call.cx, &filter, &page).await)
}

/// Create a retailer
///
/// Purchases may name it as soon as this has answered.
#[utoipa::path(
    post, path = "/retailers", operation_id = "create_retailer", tag = "Retailers", request_body = NewRetailer,
    responses(
        (status = 201, description = "The new retailer.", body = Retailer),
        (status = 409, description = "Another retailer has this code (`code_taken`); it may be archived."),
    ),
)]
async fn create(call: Call, once: Once, input: Json<NewRetailer>) -> Answer {
    let Json { value, bytes } = input;
    call.create(once.with(Action::CatalogueWrite, &bytes), move |engine, txn, cx| {
        Box::pin(engine.retailer_create_in(txn, cx, value))
    })
    .await
}

/// Read a retailer
#[utoipa::path(
    get, path = "/retailers/{id}", operation_id = "read_retailer", tag = "Retailers",
    params(("id" = RetailerId, Path, description = "Id of the retailer.")),
    responses((status = 200, description = "The retailer.", body = Retailer)),
)]
async fn read(call: Call, Id(id): Id<RetailerId>) -> Answer {
    found(call.engine().retailer_get(&call.cx, id).await)
}

/// Change a retailer
///
/// What is not given stays. The code never changes. `archived` ends its part in the program or lets it take part
/// again.
#[utoipa::path(
    patch, path = "/retailers/{id}", operation_id = "change_retailer", tag = "Retailers", request_body = RetailerPatch,
    params(("id" = RetailerId, Path, description = "Id of the retailer.")),
    responses((status = 200, description = "The retailer as it is now.", body = Retailer)),
)]
async fn change(call: Call, Id(id): Id<RetailerId>, patch: Json<RetailerPatch>) -> Answer {
    found(call.engine().retailer_update(&call.cx, id, patch.value).await)
}

/// Archive a retailer
///
/// It takes no more new purchases; what was bought there stays, and a repeated purchase is still answered.
#[utoipa::path(
    delete, path = "/retailers/{id}", operation_id = "archive_retailer", tag = "Retailers",
    params(("id" = RetailerId, Path, description = "Id of the retailer.")),
    responses((status = 200, description = "The archived retailer.", body = Retailer)),
)]
async fn archive(call: Call, Id(id): Id<RetailerId>) -> Answer {
    let patch = RetailerPatch { archived: Some(true), ..RetailerPatch::default() };
    found(call.engine().retailer_update(&call.cx, id, patch).await)
}
